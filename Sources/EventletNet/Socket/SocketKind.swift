internal import EventletCore
internal import Glibc

/// How calls on a socket differ from those on others.
struct SocketKind {
  /// nil for those whose addresses are unknown here.
  let family: SocketAddress.Family?
  /// Then a call that receives less than it might has left nothing behind, urgent data apart.
  ///
  /// Others stop at the end of a message, or where a descriptor was passed along.
  let isTCP: Bool
  /// SOCK_STREAM and the like.
  let type: Int32

  init(_ family: SocketAddress.Family, type: Int32) {
    self.family = family
    self.type = type
    isTCP = family != .unix && type == Self.stream
  }

  static let stream = Int32(SOCK_STREAM.rawValue)
  static let datagram = Int32(SOCK_DGRAM.rawValue)

  init(of descriptor: Int32) throws {
    func option(_ name: Int32) throws -> Int32 {
      var value: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      guard getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 else {
        throw SystemError(call: "getsockopt", subject: "descriptor \(descriptor)")
      }
      return value
    }
    family = SocketAddress.Family(number: try option(SO_DOMAIN))
    type = try option(SO_TYPE)
    isTCP =
      try (family == .ipv4 || family == .ipv6) && type == Self.stream
      && option(SO_PROTOCOL) == Int32(IPPROTO_TCP)
  }
}
