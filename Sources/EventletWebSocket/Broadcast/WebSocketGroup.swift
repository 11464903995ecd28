internal import EventletCore

/// Connections that get the same messages: a chat room, the readers of a page.
///
/// ```swift
/// let room = WebSocketGroup()
/// router.webSocket("/chat") { socket, request in
///   try room.withMember(socket) {
///     while let message = try socket.receive() { room.broadcast(message) }
///   }
/// }
/// ```
///
/// A message is framed, and compressed, once for all. Nobody waits for who takes it slowly: what the
/// system does not take at once waits in the member's own store, at most
/// ``WebSocket/Configuration/maxUnsentBytes``, and then ``SlowReceivers`` says what happens.
///
/// Not `Sendable`: it belongs to the hub of its members.
public final class WebSocketGroup {
  /// What becomes of a member that takes messages too slowly.
  public enum SlowReceivers: Hashable, Sendable {
    /// Its connection is broken off; but while ``WebSocket/sendPieces(_:_:)`` keeps the others waiting,
    /// it is treated as with ``skip``.
    case drop
    /// It does not get the messages for which it has no room.
    case skip
  }

  /// What becomes of members that are too slow.
  public let slowReceivers: SlowReceivers
  private var members: [ObjectIdentifier: WebSocket] = [:]
  /// How many members were dropped for being too slow.
  public private(set) var droppedCount = 0
  /// How many messages members did not get for being too slow.
  public private(set) var skippedCount = 0

  /// Creates a group without members.
  /// - Parameter slowReceivers: What becomes of members that are too slow; dropped by default.
  public init(slowReceivers: SlowReceivers = .drop) { self.slowReceivers = slowReceivers }

  /// How many members there are.
  public var count: Int { members.count }

  /// Whether a connection is a member.
  public func contains(_ socket: WebSocket) -> Bool { members[ObjectIdentifier(socket)] != nil }

  deinit { for member in members.values { member.leave(self) } }

  /// Adds a connection, unless it is a member or has ended.
  ///
  /// It leaves by itself when it has ended; see also ``withMember(_:_:)``.
  public func add(_ socket: WebSocket) {
    if socket.end != nil || contains(socket) { return }
    members[ObjectIdentifier(socket)] = socket
    socket.groups.append(.passUnretained(self))
  }

  /// Removes a connection, if it is a member.
  public func remove(_ socket: WebSocket) {
    if members.removeValue(forKey: ObjectIdentifier(socket)) != nil { socket.leave(self) }
  }

  /// Has a connection be a member while `body` runs, and as long as before if it is one already.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws.
  public func withMember<Result>(
    _ socket: WebSocket, _ body: () throws -> Result
  ) rethrows -> Result {
    if contains(socket) { return try body() }
    add(socket)
    defer { remove(socket) }
    return try body()
  }

  /// Sends a message to all members; never waits.
  /// - Parameters:
  ///   - message: The message.
  ///   - sender: A member that does not get it; nil, the default, for none.
  /// - Returns: how many get it, as far as that is known.
  @discardableResult
  public func broadcast(_ message: PreparedMessage, except sender: WebSocket? = nil) -> Int {
    var receiverCount = 0
    var leaving: [WebSocket] = []
    for member in members.values where member !== sender {
      do {
        try member.sendNoWait(message)
        receiverCount += 1
      } catch WebSocketError.tooSlow {
        // Messages wait for the end of one that is sent in pieces: the peer may be quick.
        if slowReceivers == .skip || member.isInMessage {
          skippedCount += 1
          continue
        }
        droppedCount += 1
        member.abort()
        leaving.append(member)
      } catch { leaving.append(member) }
    }
    for member in leaving { remove(member) }
    return receiverCount
  }

  /// Sends text to all members; never waits.
  /// - Returns: how many get it, as far as that is known.
  @discardableResult
  public func broadcast(_ text: String, except sender: WebSocket? = nil) -> Int {
    broadcast(PreparedMessage(text), except: sender)
  }

  /// Sends a message to all members; never waits.
  /// - Returns: how many get it, as far as that is known.
  @discardableResult
  public func broadcast(_ message: WebSocketMessage, except sender: WebSocket? = nil) -> Int {
    broadcast(PreparedMessage(message), except: sender)
  }

  /// Says good-bye to all members and waits for none.
  /// - Parameters:
  ///   - code: Why; ``WebSocketCloseCode/goingAway`` by default.
  ///   - reason: For people, 123 bytes at most; empty by default.
  /// - Throws: as ``WebSocket/closeNoWait(_:reason:)``, and then nobody has left.
  public func closeAll(
    _ code: WebSocketCloseCode = .goingAway, reason: String = ""
  ) throws(WebSocketError) {
    _ = try ClosePayload(checking: code, reason)
    for member in members.values {
      remove(member)
      try member.closeNoWait(code, reason: reason)
    }
  }
}

extension WebSocket {
  func leave(_ group: WebSocketGroup) {
    groups.removeAll { $0.toOpaque() == Unmanaged.passUnretained(group).toOpaque() }
  }

  /// It has ended.
  func leaveAll() {
    // SAFETY: a group that goes takes itself out of the list.
    for group in groups { group.takeUnretainedValue().remove(self) }
  }
}
