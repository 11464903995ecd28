import Eventlet

/// Somebody in the room.
///
/// What is said to them waits in a queue that a green thread of their own sends from: one who
/// does not read holds up nobody.
final class Member {
  let name: String
  private let socket: GreenSocket
  private let outbox = LightQueue<String>(maxSize: 100)
  private var sender: AnyGreenThread?

  init(name: String, socket: GreenSocket) {
    self.name = name
    self.socket = socket
    let outbox = outbox
    sender = GreenThread.spawnDiscarding(name: "to \(name)") {
      while true {
        do { try socket.sendAll(outbox.get(), timeout: .seconds(30)) } catch is SystemError {
          return
        } catch is any TimeoutError {
          // Their receiving end finds out.
          try socket.shutdownSafely()
          return
        }
      }
    }
  }

  /// Queues a line; one who is a hundred lines behind is shown the door.
  func tell(_ line: String) {
    do { try outbox.putNoWait(line + "\r\n") } catch { try? socket.shutdownSafely() }
  }

  func leave() { try? sender?.kill() }
}

/// The chat room.
final class Room {
  private var members: [Member] = []

  func enter(_ member: Member) {
    members.append(member)
    member.tell("Welcome, \(member.name)! Here: \(members.map(\.name).joined(separator: ", "))")
    say("\(member.name) has come", except: member)
  }

  func leave(_ member: Member) {
    members.removeAll { $0 === member }
    member.leave()
    say("\(member.name) has gone", except: member)
  }

  func say(_ line: String, except sender: Member) {
    for member in members where member !== sender { member.tell(line) }
  }
}
