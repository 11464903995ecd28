import Eventlet

/// The chat room.
final class Room {
  private var members: [Member] = []

  /// A name that nobody has yet, nil if they leave instead.
  func askName(_ client: GreenSocket, _ lines: BufferedReader) throws -> String? {
    var question = "Your name? "
    while true {
      try client.sendAll(question)
      guard let name = try lines.readLine()?.printable else { return nil }
      if name.unicodeScalars.count > 20 {
        question = "At most 20 letters, please. Your name? "
      } else if members.contains(where: { $0.name == name }) {
        question = "\(name) is here already. Your name? "
      } else if !name.isEmpty {
        return name
      }
    }
  }

  /// Somebody is in the room until their lines end.
  func stay(_ member: Member, _ lines: BufferedReader) throws {
    members.append(member)
    defer {
      members.removeAll { $0 === member }
      say("\(member.name) has gone")
    }
    let names = members.map(\.name).joined(separator: ", ")
    member.tell("Welcome, \(member.name)! Ctrl-C leaves. Here: \(names)\r\n")
    say("\(member.name) has come", except: member)
    while let line = try lines.readLine()?.printable {
      if line.isEmpty { continue }
      say("\(member.name): \(line)", except: member)
      // A pasted book must not drown what others say.
      try GreenThread.sleep(for: .milliseconds(5))
    }
  }

  private func say(_ line: String, except sender: Member? = nil) {
    // One string for all of them, however many wait to be sent.
    let line = line + "\r\n"
    for member in members where member !== sender { member.tell(line) }
  }
}
