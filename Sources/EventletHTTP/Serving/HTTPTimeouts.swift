internal import EventletCore

/// How long a server waits for a client.
///
/// No client can hold a connection by sending, or taking, a byte now and then: what transfers bytes
/// has a time to begin with and gets more for what it transfers, see ``minimumRate``.
///
/// ```swift
/// var timeouts = HTTPTimeouts()
/// timeouts.idle = .seconds(5)
/// ```
///
/// In Python: `keepalive`, which may be a number, and `socket_timeout`, which each byte sets back.
public struct HTTPTimeouts: Hashable, Sendable {
  /// From the connection's beginning, or the last response, to the first byte of a request: 60
  /// seconds by default; nil is for ever.
  ///
  /// Then the connection is closed without a word.
  public var idle: Duration? = .seconds(60)
  /// From the first byte of a request to the end of its head: 20 seconds by default; nil is for ever.
  ///
  /// Then the answer is 408.
  public var head: Duration? = .seconds(20)
  /// What is spent waiting for a body's bytes, beside what ``minimumRate`` allows for those that have
  /// come: 30 seconds by default; nil is for ever.
  ///
  /// Then reading throws ``RequestError`` with ``RequestError/Reason/bodyTimedOut``, which answers with
  /// 408 if the handler lets it go on. The handler's own time does not count.
  public var body: Duration? = .seconds(30)
  /// What one sending of bytes may take, beside what ``minimumRate`` allows for those that the kernel
  /// has taken: 30 seconds by default; nil is for ever.
  ///
  /// A body of bytes or text is sent in one, whatever its size; of one that is written piece by piece
  /// each piece. A file is sent in one if the kernel sends it, which takes a socket and a length; else
  /// in pieces.
  ///
  /// Then the connection is closed.
  public var send: Duration? = .seconds(30)
  /// How many bytes a second are enough to go on for as long as it takes: 1024 by default; 0 allows
  /// no more time for more bytes.
  public var minimumRate = 1024
  /// What a handler may take until its response is sent: nil by default, for ever.
  ///
  /// The body that is written piece by piece is part of it. Then it gets ``HandlerTimedOut`` where
  /// it waits. One that it lets go on is reported, and the answer is 503, or
  /// the connection is cut if a response has begun; it is closed in any case. A handler that does not
  /// wait is not interrupted.
  public var handler: Duration?
  /// Until the stream of a ``/EventletNet/ConnectionLayer`` is there, as after the handshake of TLS,
  /// and the header of the PROXY protocol has come: 10 seconds for each by default; nil is for ever.
  ///
  /// Then the connection is closed.
  public var handshake: Duration? = .seconds(10)
  /// How long a connection that is closed with a request unread takes in what still comes, so that
  /// the client gets to read the response: 2 seconds by default.
  public var linger: Duration = .seconds(2)

  /// Creates times as they are by default.
  public init() {}

  /// A time to begin with, and more for what has been transferred.
  ///
  /// Short enough to be added to any time of the clock.
  func allowance(_ time: Duration, for count: Int) -> Nanoseconds {
    let longest = Nanoseconds.max / 4
    guard minimumRate > 0 else { return min(longest, time.nanoseconds) }
    let (scaled, overflows) = count.multipliedReportingOverflow(by: 1_000_000_000)
    if overflows { return longest }
    let more = Nanoseconds(scaled / minimumRate)
    return min(longest, min(longest, time.nanoseconds) + min(longest, more))
  }
}
