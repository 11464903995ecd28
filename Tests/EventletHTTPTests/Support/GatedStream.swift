import EventletCore
import EventletNet

/// A stream whose sending waits until the test lets it: a client that takes nothing meanwhile.
final class GatedStream: ByteStream {
  private let socket: GreenSocket
  private let permits = EventletCore.Semaphore(value: 0)
  private var isOpen = false
  /// How many are waiting to send.
  var waitingCount: Int { permits.waitingCount }

  init(_ socket: GreenSocket) { self.socket = socket }

  func receive(upTo count: Int) throws -> [UInt8] { try socket.receive(upTo: count) }

  func sendAll(_ bytes: [UInt8]) throws {
    if !isOpen { try permits.acquire() }
    try socket.sendAll(bytes)
  }

  /// Lets everybody through from now on.
  func open() {
    isOpen = true
    for _ in 0..<permits.waitingCount { permits.release() }
  }

  func close() { socket.close() }
}
