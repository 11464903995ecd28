import Eventlet

/// Somebody in the room.
///
/// What is said to them waits in a queue that a green thread of their own sends from: one who
/// does not read holds up nobody.
final class Member {
  let name: String
  private let socket: GreenSocket
  /// Room for more than all others together can say before the sender has its turn.
  private let outbox = LightQueue<String?>(maxSize: 4000)
  private let sender: GreenThread<Void>

  /// Made by the green thread that reads what they say.
  init(name: String, socket: GreenSocket) {
    self.name = name
    self.socket = socket
    let (outbox, reader) = (outbox, GreenThread.current)
    sender = spawn(name: "to \(name)") {
      do {
        while let text = try outbox.get() { try socket.sendAll(text, timeout: .seconds(30)) }
      } catch is GreenThreadExit {
      } catch {
        // They have gone, and what is left of their words is not worth saying.
        try reader.kill()
      }
    }
  }

  /// Queues a text; one who is thousands behind does not read, and is shown the door.
  func tell(_ text: String) {
    do { try outbox.putNoWait(text) } catch { try? socket.shutdownSafely() }
  }

  /// Returns when they were sent all that they were told.
  func finish() throws {
    do { try outbox.putNoWait(nil) } catch { return }
    try sender.wait()
  }

  func hangUp() { try? sender.kill() }
}
