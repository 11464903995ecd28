internal import EventletCore

/// The buffers of all connections of a server that have nothing to do at this time.
///
/// So there are as many as requests are served at a time, not as connections are open; and the last
/// one given back, which is in the processor's cache, is the first to be lent.
final class BufferPool {
  /// One that has grown larger is not kept.
  private static let largestKept = 65_536
  private static let mostKept = 256

  private let limits: HTTPLimits
  @exclusivity(unchecked) private var inputs: [InputBuffer] = []
  @exclusivity(unchecked) private var outputs: [OutputBuffer] = []

  init(limits: HTTPLimits) { self.limits = limits }

  func takeInput() -> InputBuffer { inputs.popLast() ?? InputBuffer(limits: limits) }

  func giveBack(_ buffer: InputBuffer) {
    guard buffer.capacity <= Self.largestKept, inputs.count < Self.mostKept else { return }
    buffer.reset()
    inputs.append(buffer)
  }

  func takeOutput() -> OutputBuffer { outputs.popLast() ?? OutputBuffer() }

  func giveBack(_ buffer: OutputBuffer) {
    guard buffer.capacity <= Self.largestKept, outputs.count < Self.mostKept else { return }
    buffer.removeAll()
    outputs.append(buffer)
  }
}
