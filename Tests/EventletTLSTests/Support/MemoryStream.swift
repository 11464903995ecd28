import EventletCore
import EventletNet

/// One end of a stream in memory, which gives what was sent in pieces of a size of the test's
/// choice.
final class MemoryStream: ByteStream, CustomStringConvertible {
  /// One direction.
  private final class Line {
    var bytes: [UInt8] = []
    var isEnded = false
    let lock = Lock()
    let change: Condition

    init() { change = Condition(lock: lock) }
  }

  private let incoming: Line
  private let outgoing: Line
  /// The most bytes that one call receives.
  var pieceSize = Int.max
  /// The most bytes that wait to be received before a sender waits.
  var capacity = Int.max
  /// What was sent here, all of it.
  private(set) var record: [UInt8] = []
  private(set) var isClosed = false

  private init(_ incoming: Line, _ outgoing: Line) {
    self.incoming = incoming
    self.outgoing = outgoing
  }

  static func makePair() -> (MemoryStream, MemoryStream) {
    let (there, back) = (Line(), Line())
    return (MemoryStream(back, there), MemoryStream(there, back))
  }

  var description: String { "memory" }

  func receive(upTo count: Int) throws -> [UInt8] {
    try incoming.lock.withLock {
      try incoming.change.wait { !self.incoming.bytes.isEmpty || self.incoming.isEnded }
      let piece = Array(incoming.bytes.prefix(min(count, pieceSize)))
      incoming.bytes.removeFirst(piece.count)
      incoming.change.notifyAll()
      return piece
    }
  }

  func sendAll(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      try outgoing.lock.withLock {
        try outgoing.change.wait {
          self.outgoing.bytes.count < self.capacity || self.outgoing.isEnded
        }
        if outgoing.isEnded { throw SystemError(call: "send", errno: SystemError.brokenPipe.errno) }
        let part = rest.prefix(capacity == .max ? rest.count : capacity - outgoing.bytes.count)
        outgoing.bytes += part
        record += part
        rest = rest.dropFirst(part.count)
        outgoing.change.notifyAll()
      }
    }
  }

  /// Puts bytes behind what was sent, as somebody in between might.
  func inject(_ bytes: [UInt8]) throws { try sendAll(bytes) }

  func close() {
    guard !isClosed else { return }
    isClosed = true
    for line in [incoming, outgoing] {
      line.isEnded = true
      // Nobody holds the lock for longer than its lines, none of which waits but for a change.
      if line.lock.acquireNoWait() {
        line.change.notifyAll()
        line.lock.release()
      }
    }
  }
}
