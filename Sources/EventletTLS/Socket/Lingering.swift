internal import EventletCore
internal import EventletNet
internal import Glibc

/// Closes a socket in a way that does not discard what was sent.
///
/// Linux answers `close()` by a reset when something is unread, and so it answers what comes
/// afterwards: then all that the peer's end has not taken yet is lost. Tickets and the peer's own
/// end are such, which nobody receives who has only sent (RFC 1122, section 4.2.2.13).
enum Lingering {
  /// How long the peer may take to receive what was sent and to close.
  static let time = Duration.seconds(10)
  private static let roomSize = 16384
  /// The most that ``discard(from:)`` takes: more than one peer's tickets and alerts.
  private static let mostDiscarded = 1 << 20

  /// Closes `socket` for everybody who uses it, at once.
  ///
  /// The connection below lives on in a green thread of its own until the peer has closed too, if
  /// something could be lost otherwise. Never switches.
  /// - Parameters:
  ///   - socket: Whose connection is to end.
  ///   - farewell: What the kernel had no room for.
  static func close(_ socket: GreenSocket, sending farewell: [UInt8]) {
    let hasEnded = discard(from: socket)
    // The name first: a closed socket has none.
    let name = "end of TLS to \(socket)"
    guard mayLose(socket, farewell, peerHasEnded: hasEnded), let rest = try? socket.duplicate()
    else { return socket.close() }
    socket.close()
    rest.timeout = nil
    GreenThread.spawnDiscarding(name: name) {
      defer { rest.close() }
      do { try withTimeout(time) { try end(rest, sending: farewell) } } catch {
        // The peer is gone, or has had its time.
      }
    }
  }

  /// Whether a plain close could lose something.
  private static func mayLose(
    _ socket: GreenSocket, _ farewell: [UInt8], peerHasEnded: Bool
  ) -> Bool {
    if !farewell.isEmpty { return true }
    // Nothing can come any more that would be answered by a reset.
    if peerHasEnded { return false }
    // What was sent over a Unix socket is with the peer already.
    return (try? socket.localAddress).map { $0.family != .unix } ?? false
  }

  private static func end(_ socket: GreenSocket, sending farewell: [UInt8]) throws {
    try socket.sendAll(farewell)
    try socket.shutdown(.writing)
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: roomSize, alignment: 16)
    defer { room.deallocate() }
    while try socket.receive(into: room) > 0 {}
  }

  /// Takes what the kernel has received, without a wait.
  /// - Returns: whether the peer has ended its direction, or the connection is gone.
  private static func discard(from socket: GreenSocket) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: roomSize, alignment: 16) { room in
      var discarded = 0
      while discarded < mostDiscarded {
        let count = recv(
          socket.fileDescriptor, room.baseAddress, room.count, Int32(MSG_DONTWAIT))
        if count == 0 { return true }
        if count < 0 {
          if errno == EINTR { continue }
          return errno != EAGAIN
        }
        discarded += count
      }
      return false
    }
  }
}
