internal import CEventletCore
internal import EventletCore
internal import Glibc

extension GreenSocket {
  /// Waits until the peer has ended its sending, has closed, or the connection is broken.
  ///
  /// For who works for a client and reads nothing meanwhile. What the client has sent and nobody has
  /// received yet does not matter, and stays. May be called while another green thread receives, and
  /// by several.
  ///
  /// ```swift
  /// try withDiscardingGreenGroup { group in
  ///   group.spawn {
  ///     try client.waitUntilPeerCloses()
  ///     throw ClientIsGone()
  ///   }
  ///   answer = try computeForLong()
  ///   group.cancelAll()
  /// }
  /// ```
  ///
  /// A client may also end its sending and still wait for the answer (`shutdown(.writing)`): from
  /// here that looks the same, so use this where the protocol rules it out.
  /// - Parameter timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Throws: ``IOTimeout``; ``/EventletCore/SystemError``;
  ///   ``/EventletCore/HubError/closedWhileWaiting(descriptor:)``; what a kill or timeout throws.
  public func waitUntilPeerCloses(timeout: Duration? = nil) throws {
    let deadline = deadline(timeout)
    try requireOpen("wait for the peer's end")
    while !hasPeerClosed {
      if mustNotWait(timeout) {
        throw SystemError(call: "wait for the peer's end", errno: EAGAIN, subject: subject)
      }
      guard try record.wait(for: .hangUp, until: deadline) else {
        throw IOTimeout(operation: "wait for the peer's end", subject: subject)
      }
      try requireOpen("wait for the peer's end")
    }
  }

  /// Asked anew each time: what the record remembers may be of before the connection.
  private var hasPeerClosed: Bool {
    var events: UInt32 = 0
    let found = withUnsafePointer(to: fileDescriptor) {
      ev_poll($0, [UInt32(EV_HANGUP)], &events, 1, 0)
    }
    return found > 0
  }
}
