internal import EventletNet
internal import Glibc

extension GreenSocket {
  private static let unsentLimit = SocketOption<Int>(
    level: Int32(IPPROTO_TCP), name: TCP_NOTSENT_LOWAT)

  /// Has the kernel take little for this client that it cannot send yet.
  ///
  /// By itself it takes up to 4 MiB for each, whether the client reads or not, and stops at what all
  /// programs of the machine may have together (tcp_mem of tcp(7)): so a thousand clients who read
  /// nothing would hold up all others. And what it has taken counts as sent, so that those clients
  /// would have so much more time. Clients who read get no less: it asks for more in time.
  func limitUnsent() {
    // One that is set came from the listener. An error is what sockets of the Unix domain have, which
    // take some hundred KiB in any case.
    guard let limit = try? option(Self.unsentLimit), limit <= 0 else { return }
    try? setOption(Self.unsentLimit, 128 << 10)
  }
}
