// What the Python names must leave alone; it compiles without a warning. scripts/python-names.

import Eventlet
import EventletWebSocket
import Glibc

// A bare call of libc stays one of libc: its result has libc's type.
func libc(_ set: inout fd_set, _ ready: inout pollfd, _ bytes: inout [UInt8]) {
  let _: UInt32 = sleep(1)
  let _: Int32 = connect(3, nil, 0)
  let _: Int32 = listen(3, 5)
  let _: Int32 = accept(3, nil, nil)
  let _: Int = read(3, &bytes, 1)
  let _: Int = write(3, bytes, 1)
  let _: Int = send(3, bytes, 1, 0)
  let _: Int = recv(3, &bytes, 1, 0)
  let _: Int32 = select(4, &set, nil, nil, nil)
  let _: Int32 = poll(&ready, 1, 0)
  let _: Int32 = kill(0, 0)
  let _: Int32 = setsockopt(3, 1, 2, bytes, 4)
}

func errors(queue: Queue<Int>) throws -> Int? {
  do { return try queue.getNoWait() } catch QueueError.empty { return nil }
}

// Python's names are free for the user's own declarations.
enum Cup { case empty, full }
struct Empty: Equatable {}
struct Full<Item> { let item: Item }
func getcurrent() -> Int { 1 }
func spawn_n(_ body: () -> Int) -> Int { body() }

func own(hubs: [Hub], debug: Bool) -> (Cup, Empty, Full<Int>, Int, Int, Int, Bool) {
  (.empty, Empty(), Full(item: 1), getcurrent(), spawn_n { 2 }, hubs.count, debug)
}

protocol Lockable {
  func locked() -> Bool
}
extension EventletCore.Semaphore: Lockable {
  func locked() -> Bool { isLocked }
}

protocol Connection {
  func recv(_ count: Int) throws -> [UInt8]
  func sendall(_ bytes: [UInt8]) throws
}
extension GreenSocket: Connection {
  func recv(_ count: Int) throws -> [UInt8] { try receive(upTo: count) }
  func sendall(_ bytes: [UInt8]) throws { try sendAll(bytes) }
}

extension BaseQueue {
  func empty() -> Bool { isEmpty }
  var pending: Int { count }
}

extension WebSocket {
  var path: String { "\(stream)" }
  func wait() throws -> WebSocketMessage? { try receive() }
}

func ownMembersOfWebSockets(socket: WebSocket) throws -> Int {
  socket.path.count + (try socket.wait()?.byteCount ?? 0)
}

func ownMembers(bounded: BoundedSemaphore, socket: GreenSocket, queue: Queue<Int>) throws -> Bool {
  try socket.sendall(socket.recv(1))
  return bounded.locked() || queue.empty() || queue.pending == 0
}
