package import EventletCore
package import Glibc

extension IPAddress {
  /// From the kernel's form; nil if it is of another family.
  package init?(_ storage: sockaddr_storage) {
    var storage = storage
    let address = withUnsafeBytes(of: &storage) { bytes -> IPAddress? in
      switch Int32(bytes.load(as: sa_family_t.self)) {
      case AF_INET: IPAddress(bytes: bytes[4..<8])
      case AF_INET6:
        IPAddress(
          bytes: bytes[8..<24], scope: bytes.loadUnaligned(fromByteOffset: 24, as: UInt32.self))
      default: nil
      }
    }
    guard let address else { return nil }
    self = address
  }

  /// From what a C library points to; nil if it is of another family.
  package init?(_ address: UnsafePointer<sockaddr>) {
    let size: Int
    switch Int32(address.pointee.sa_family) {
    case AF_INET: size = MemoryLayout<sockaddr_in>.size
    case AF_INET6: size = MemoryLayout<sockaddr_in6>.size
    default: return nil
    }
    var storage = sockaddr_storage()
    // SAFETY: the family says how long it is.
    withUnsafeMutableBytes(of: &storage) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: size))
    }
    self.init(storage)
  }

  package func storage(port: UInt16) -> sockaddr_storage {
    var storage = sockaddr_storage()
    withUnsafeMutableBytes(of: &storage) { target in
      target.storeBytes(of: sa_family_t(family.number), as: sa_family_t.self)
      target.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
      let bytes = bytes
      UnsafeMutableRawBufferPointer(rebasing: target[(family == .ipv4 ? 4 : 8)...])
        .copyBytes(from: bytes)
      if family == .ipv6 { target.storeBytes(of: scope, toByteOffset: 24, as: UInt32.self) }
    }
    return storage
  }

  /// The size of ``storage(port:)`` that counts.
  package var storageSize: socklen_t {
    socklen_t(
      family == .ipv4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size)
  }

  /// What the kernel has against sending to this address, such as that no route leads there; nil
  /// if nothing.
  ///
  /// Sends nothing: connecting a datagram socket only looks the route up.
  package var refusal: SystemError? {
    let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let probe = Glibc.socket(family.number, type, 0)
    guard probe >= 0 else { return SystemError(call: "socket", subject: description) }
    defer { Glibc.close(probe) }
    // Any port will do but 0.
    var storage = storage(port: 9)
    let result = withUnsafePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(probe, $0, storageSize)
      }
    }
    return result == 0 ? nil : SystemError(call: "connect to", subject: description)
  }
}

extension SocketAddress {
  /// A port at an address.
  public init(_ address: IPAddress, port: UInt16) {
    guard
      let socketAddress = SocketAddress(
        address.storage(port: port), length: address.storageSize)
    else {
      fatalError("SocketAddress: cannot be made of \(address)")
    }
    self = socketAddress
  }

  /// The address without the port; nil for what is no address of IPv4 or IPv6.
  public var ipAddress: IPAddress? {
    withStorage { storage, _ in IPAddress(storage.pointee) }
  }
}
