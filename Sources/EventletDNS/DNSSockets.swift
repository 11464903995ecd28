internal import CAres
internal import EventletCore
internal import Glibc

/// The sockets of c-ares' channels.
///
/// In place of its own calls, since these send by TCP with writev(2): a server that has gone would
/// end the process by SIGPIPE.
enum DNSSockets {
  /// For all channels, for ever.
  // Not checked because it is written once, before anybody reads it.
  nonisolated(unsafe) static let functions: UnsafePointer<ares_socket_functions> = {
    let functions = UnsafeMutablePointer<ares_socket_functions>.allocate(capacity: 1)
    functions.initialize(
      to: ares_socket_functions(
        asocket: { family, type, proto, _ in open(family, type, proto) },
        aclose: { socket, _ in DNSSockets.close(socket) },
        aconnect: { socket, address, length, _ in Glibc.connect(socket, address, length) },
        arecvfrom: { socket, buffer, size, flags, address, length, _ in
          Glibc.recvfrom(socket, buffer, size, flags, address, length)
        },
        asendv: { socket, parts, count, _ in send(socket, parts, count) }))
    return UnsafePointer(functions)
  }()

  private static func open(_ family: Int32, _ type: Int32, _ proto: Int32) -> Int32 {
    let flags = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = Glibc.socket(family, type | flags, proto)
    if descriptor >= 0, type == Int32(SOCK_STREAM.rawValue) {
      var isOn: Int32 = 1
      // Without it a question only comes later.
      setsockopt(
        descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
    }
    return descriptor
  }

  private static func close(_ descriptor: Int32) -> Int32 {
    // Nothing of it may be kept, for its number may be another's soon.
    Hub.current.notifyClose(descriptor)
    return Glibc.close(descriptor)
  }

  private static func send(
    _ descriptor: Int32, _ parts: UnsafePointer<iovec>?, _ count: Int32
  ) -> Int {
    var message = msghdr()
    message.msg_iov = UnsafeMutablePointer(mutating: parts)
    message.msg_iovlen = Int(count)
    return sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
  }
}
