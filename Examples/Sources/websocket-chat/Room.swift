import Eventlet
import EventletWebSocket

/// The chat room.
final class Room {
  private static let historyLimit = 50
  private static let nameLimit = 20

  /// One who does not read holds up nobody, and is shown the door.
  private let sockets = WebSocketGroup(slowReceivers: .drop)
  private var members: [String] = []
  private var history: [Event] = []

  /// Somebody is in the room until their socket ends.
  func stay(_ socket: WebSocket, as wish: String) throws {
    let name = unusedName(for: wish)
    // Nothing switches here, so that they miss nothing, and are told nothing twice.
    let welcome = Welcome(name: name, members: members + [name], history: history)
    try socket.sendNoWait(PreparedMessage(try welcome.json))
    try tell(Event(kind: .joined, name: name))
    members.append(name)
    defer { leave(name) }
    try sockets.withMember(socket) {
      while let message = try socket.receive() {
        guard case .text(let text) = message, !text.isEmpty else { continue }
        try tell(Event(kind: .said, name: name, text: text))
        // A pasted book must not drown what others say.
        try GreenThread.sleep(for: .milliseconds(5))
      }
    }
  }

  private func leave(_ name: String) {
    members.removeAll { $0 == name }
    // JSON has everything that an event is made of.
    try? tell(Event(kind: .left, name: name))
  }

  private func tell(_ event: Event) throws {
    history = (history + [event]).suffix(Self.historyLimit)
    sockets.broadcast(try event.json)
  }

  private func unusedName(for wish: String) -> String {
    let wish = wish.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let base = wish.isEmpty ? "somebody" : String(wish.unicodeScalars.prefix(Self.nameLimit))
    var (name, number) = (base, 1)
    while members.contains(name) {
      number += 1
      name = "\(base) \(number)"
    }
    return name
  }
}
