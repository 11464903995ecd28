internal import EventletCore

/// How the messages of a WebSocket are compressed, if the peer takes part: permessage-deflate,
/// RFC 7692.
///
/// ```swift
/// var deflate = WebSocketDeflate()
/// deflate.level = 1
/// deflate.keepsOutgoingContext = false
/// ```
///
/// A message that refers to the ones before it, which is what "context" means here, is much smaller:
/// JSON of a hundred bytes often shrinks to a quarter, and without only by a quarter. For that, each
/// connection remembers what it has received, 32 KiB at most; what it has sent is remembered while
/// the connection is among the busy ones of its hub.
///
/// How long a compressed message is tells something of what is in it. Where somebody can have text of
/// theirs sent next to a secret and see the lengths, do without compression, or without the context.
public struct WebSocketDeflate: Hashable, Sendable {
  /// From 1, the fastest, to 9, the smallest; 6 by default.
  public var level = 6 { didSet { check() } }
  /// How much memory compressing takes: 1 to 9, which stands for 1 KiB to 256 KiB beside the window;
  /// 8, 128 KiB, by default.
  public var memoryLevel = 8 { didSet { check() } }
  /// How many bytes a message must have to be compressed; 64 by default.
  public var minimumSize = 64
  /// How far back what is sent may refer, as a power of 2 in bytes: 9 to 15; 15, 32 KiB, by default.
  ///
  /// The peer may have it be less, to save memory.
  public var outgoingWindowBits = 15 { didSet { check() } }
  /// How far back what the peer sends may refer, as a power of 2 in bytes: 8 to 15; 15, 32 KiB, by
  /// default.
  ///
  /// Less than 15 is asked of the peer: a server that cannot do it does not compress, and a client
  /// that does not offer it goes on with 15. Many do not know of 8.
  public var incomingWindowBits = 15 { didSet { check() } }
  /// Whether messages that are sent may refer to the ones before; true by default.
  ///
  /// The peer may refuse it.
  public var keepsOutgoingContext = true
  /// Whether messages of the peer may refer to the ones before; true by default.
  public var keepsIncomingContext = true

  /// Compression as it is by default.
  public init() {}

  /// Traps when a number is out of its range.
  func check() {
    for (name, value, range) in [
      ("level", level, 1...9), ("memoryLevel", memoryLevel, 1...9),
      ("outgoingWindowBits", outgoingWindowBits, 9...15),
      ("incomingWindowBits", incomingWindowBits, 8...15),
    ] {
      require(range.contains(value), "WebSocketDeflate: \(name) \(value) is not in \(range)")
    }
  }
}
