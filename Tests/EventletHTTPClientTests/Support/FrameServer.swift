import EventletCore
import EventletNet

/// The server's end of a connection of HTTP/2 (RFC 9113), as much of it as the tests need.
final class FrameServer {
  struct Frame {
    let type: UInt8
    let flags: UInt8
    let stream: UInt32
    let payload: [UInt8]

    var endsStream: Bool { flags & 1 != 0 }
  }

  private let stream: any ByteStream
  private let reader: BufferedReader

  init(_ stream: any ByteStream) {
    self.stream = stream
    reader = BufferedReader(stream)
  }

  /// Takes the client's preface, and sends the settings.
  func begin() throws {
    let preface = try reader.read(exactly: 24)
    guard preface.starts(with: "PRI * HTTP/2.0".utf8) else {
      throw SystemError(call: "read a preface", errno: 71)
    }
    try send(type: 4, [])
  }

  /// The next frame that is about a request: settings and pings are dealt with; nil at the end.
  func next() throws -> Frame? {
    while true {
      let head = try reader.read(upTo: 9)
      if head.isEmpty { return nil }
      let rest = try reader.read(exactly: 9 - head.count)
      let all = head + rest
      let length = Int(all[0]) << 16 | Int(all[1]) << 8 | Int(all[2])
      let number = all[5..<9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      let frame = Frame(
        type: all[3], flags: all[4], stream: number, payload: try reader.read(exactly: length))
      switch frame.type {
      case 4: if frame.flags & 1 == 0 { try send(type: 4, flags: 1, []) }
      case 6: if frame.flags & 1 == 0 { try send(type: 6, flags: 1, frame.payload) }
      case 0, 1, 3: return frame
      default: break
      }
    }
  }

  /// The head of the next request, whatever else is said of those before it; nil at the end.
  func nextRequest() throws -> Frame? {
    while let frame = try next() { if frame.type == 1 { return frame } }
    return nil
  }

  func send(type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8]) throws {
    let length = payload.count
    try self.stream.sendAll(
      [UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
        + [24, 16, 8, 0].map { UInt8(stream >> $0 & 255) } + payload)
  }

  /// `:status: 200` is entry 8 of the static table (RFC 7541, A).
  func answer(_ stream: UInt32, _ body: String) throws {
    try send(type: 1, flags: 4, stream: stream, [0x88])
    try send(type: 0, flags: 1, stream: stream, Array(body.utf8))
  }
}
