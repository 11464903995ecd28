internal import Glibc

/// The C library's calls, which block: for OS threads of a pool alone.
package struct SystemLookUp: Sendable {
  /// Asks for the addresses of a name.
  package var entry: @Sendable (HostName, IPAddress.Family?) throws -> HostEntry
  /// Asks for the name of an address.
  package var name: @Sendable (IPAddress) throws -> String

  package init(
    entry: @escaping @Sendable (HostName, IPAddress.Family?) throws -> HostEntry,
    name: @escaping @Sendable (IPAddress) throws -> String
  ) {
    self.entry = entry
    self.name = name
  }

  static let libc = SystemLookUp(entry: getEntry, name: getName)

  private static func getEntry(
    of name: HostName, family: IPAddress.Family?
  ) throws -> HostEntry {
    var hints = addrinfo()
    hints.ai_family = family?.number ?? AF_UNSPEC
    // One of each address, not one for each type of socket.
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_CANONNAME
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(name.description, nil, &hints, &list)
    guard code == 0 else { throw NameError(name.text, code: code, errno: errno) }
    defer { freeaddrinfo(list) }
    var addresses: [IPAddress] = []
    var next = list
    while let item = next {
      next = item.pointee.ai_next
      // A hosts file may give an address twice.
      if let address = item.pointee.ai_addr.flatMap({ IPAddress($0) }),
        !addresses.contains(address)
      {
        addresses.append(address)
      }
    }
    guard !addresses.isEmpty else { throw NameError(name.text, .noData) }
    let canonical = list?.pointee.ai_canonname.map { String(cString: $0) } ?? name.text
    return HostEntry(
      name: canonical, aliases: canonical == name.text ? [] : [name.text], addresses: addresses)
  }

  private static func getName(of address: IPAddress) throws -> String {
    var storage = address.storage(port: 0)
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let code = withUnsafePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getnameinfo($0, address.storageSize, &text, socklen_t(text.count), nil, 0, NI_NAMEREQD)
      }
    }
    guard code == 0 else { throw NameError("\(address)", code: code, errno: errno) }
    return string(text)
  }
}
