internal import DequeModule

/// Frames that are still to be sent, because nobody could wait for it.
///
/// Ordered as they go: what is left of a frame of which a part has gone, pongs, messages, the close
/// frame.
struct Outbox {
  private struct Rest {
    let bytes: [UInt8]
    var sentCount: Int
  }

  private var rest: Rest?
  /// Of the last ping: earlier ones need no answer any more (RFC 6455, 5.5.3).
  private var pong: [UInt8]?
  private var ping: [UInt8]?
  private var messages: Deque<[UInt8]> = []
  private var close: [UInt8]?
  /// Of messages, and of what is left of a frame.
  private(set) var byteCount = 0

  var isEmpty: Bool {
    rest == nil && pong == nil && ping == nil && messages.isEmpty && close == nil
  }

  /// Whether a frame has begun to go.
  var isInFrame: Bool { rest != nil }

  /// Of a frame whose beginning has gone.
  mutating func setRest(_ bytes: [UInt8], sentCount: Int) {
    rest = Rest(bytes: bytes, sentCount: sentCount)
    byteCount += bytes.count - sentCount
  }

  mutating func setPong(_ frame: [UInt8]) { pong = frame }
  mutating func setPing(_ frame: [UInt8]) { ping = frame }
  mutating func setClose(_ frame: [UInt8]) { close = frame }

  mutating func append(_ frame: [UInt8]) {
    messages.append(frame)
    byteCount += frame.count
  }

  /// The frame that goes next, and how many of its bytes have gone; stays here until all have.
  ///
  /// No new message begins in the middle of one that is sent in pieces, but what is not of messages
  /// may come there.
  mutating func next(inMessage: Bool) -> (bytes: [UInt8], sentCount: Int)? {
    if rest == nil { begin(inMessage) }
    return rest.map { ($0.bytes, $0.sentCount) }
  }

  private mutating func begin(_ inMessage: Bool) {
    if let frame = pong.take() ?? ping.take() {
      setRest(frame, sentCount: 0)
    } else if !inMessage, let frame = messages.popFirst() {
      rest = Rest(bytes: frame, sentCount: 0)
    } else if let frame = close.take() {
      // Nothing comes after it.
      removeAll()
      setRest(frame, sentCount: 0)
    }
  }

  /// So many bytes of the next frame have gone.
  mutating func didSend(_ count: Int) {
    guard var rest = rest.take() else { return }
    rest.sentCount += count
    byteCount -= count
    if rest.sentCount < rest.bytes.count { self.rest = rest }
  }

  mutating func removeAll() { self = Outbox() }
}
