import EventletCore
import EventletNet

@testable import EventletWebSocket

/// The other end of a connection, which sends whatever bytes it is told to.
final class RawPeer {
  let socket: GreenSocket
  private let masks: Bool
  let reader: BufferedReader

  init(_ socket: GreenSocket, masks: Bool) {
    self.socket = socket
    self.masks = masks
    reader = socket.reader
  }

  // MARK: Sending

  func send(_ bytes: [UInt8]) throws { try socket.sendAll(bytes) }

  func send(_ frame: RawFrame) throws { try send(bytes(frame)) }

  func send(_ opcode: UInt8, _ text: String) throws { try send(RawFrame(opcode, text)) }

  /// What such a frame is when this end sends it.
  func bytes(_ frame: RawFrame) -> [UInt8] { frame.bytes(key: masks ? [1, 2, 3, 254] : nil) }

  func bytes(_ opcode: UInt8, _ text: String) -> [UInt8] { bytes(RawFrame(opcode, text)) }

  // MARK: Receiving

  /// The next frame; nil at the end of the stream.
  func receive() throws -> RawFrame? {
    guard let first = try reader.read(upTo: 1).first else { return nil }
    let second = try reader.read(exactly: 1)[0]
    var count = Int(second & 0x7F)
    if count >= 126 {
      count = try reader.read(exactly: count == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
    }
    let key = second & 0x80 != 0 ? try reader.read(exactly: 4) : nil
    var payload = try reader.read(exactly: count)
    if let key { for index in payload.indices { payload[index] ^= key[index % 4] } }
    return RawFrame(flags: first & 0xF0, opcode: first & 0x0F, payload: payload, key: key)
  }

  /// Reads the head of a response, without its last empty line.
  func readHead() throws -> [String] {
    var lines: [String] = []
    while let line = try reader.readLine(), !line.isEmpty { lines.append(line) }
    return lines
  }
}

/// A frame as it is on the wire.
struct RawFrame: Equatable, CustomStringConvertible {
  /// The four highest bits of the first byte: the last frame of a message, and three reserved ones.
  var flags: UInt8 = 0x80
  var opcode: UInt8
  var payload: [UInt8]
  /// That it came with; does not count for equality.
  var key: [UInt8]?

  init(flags: UInt8 = 0x80, opcode: UInt8, payload: [UInt8], key: [UInt8]? = nil) {
    self.flags = flags
    self.opcode = opcode
    self.payload = payload
    self.key = key
  }

  init(_ opcode: UInt8, _ text: String = "", flags: UInt8 = 0x80) {
    self.init(flags: flags, opcode: opcode, payload: Array(text.utf8))
  }

  /// A close frame.
  static func close(_ code: UInt16, _ reason: String = "") -> RawFrame {
    RawFrame(opcode: 8, payload: [UInt8(code >> 8), UInt8(code & 0xFF)] + reason.utf8)
  }

  static func == (left: RawFrame, right: RawFrame) -> Bool {
    left.flags == right.flags && left.opcode == right.opcode && left.payload == right.payload
  }

  var isMasked: Bool { key != nil }

  /// Of a close frame.
  var code: Int? {
    opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil
  }

  var text: String { String(decoding: payload, as: UTF8.self) }

  func bytes(key: [UInt8]?) -> [UInt8] {
    var bytes = [flags | opcode]
    let mask: UInt8 = key == nil ? 0 : 0x80
    switch payload.count {
    case 0..<126: bytes.append(mask | UInt8(payload.count))
    case 126..<65536:
      bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    default:
      bytes.append(mask | 127)
      bytes += (0..<8).map { UInt8(payload.count >> (56 - 8 * $0) & 0xFF) }
    }
    guard let key else { return bytes + payload }
    return bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
  }

  var description: String {
    "frame \(String(flags | opcode, radix: 16)) "
      + (opcode == 8 && payload.count >= 2
        ? "\(code ?? 0) \(String(decoding: payload.dropFirst(2), as: UTF8.self))" : text)
  }
}
