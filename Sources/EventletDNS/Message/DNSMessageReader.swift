internal import EventletNet

/// Takes the parts of a message one after the other: RFC 1035, section 4.
///
/// Whatever bytes a name server sends, this ends, and stays inside of them.
struct DNSMessageReader {
  /// A name has no more labels, so that honest compression never comes near; without a limit, each
  /// of many names could lead through all of the message.
  private static let mostReferences = 127

  private let bytes: [UInt8]
  private(set) var position: Int
  /// Where the part that is read ends; names may refer to what is before it.
  private(set) var end: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = 0
    end = bytes.count
  }

  var isAtEnd: Bool { position >= end }

  /// A reader of the next `count` bytes, which are passed over here.
  mutating func part(of count: Int) throws(DNSMessageError) -> DNSMessageReader {
    guard count <= end - position else { throw .truncated }
    var part = self
    part.end = position + count
    position += count
    return part
  }

  mutating func readByte() throws(DNSMessageError) -> UInt8 {
    guard position < end else { throw .truncated }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func readUInt16() throws(DNSMessageError) -> UInt16 {
    try UInt16(readByte()) << 8 | UInt16(readByte())
  }

  mutating func readUInt32() throws(DNSMessageError) -> UInt32 {
    try UInt32(readUInt16()) << 16 | UInt32(readUInt16())
  }

  mutating func readBytes(_ count: Int) throws(DNSMessageError) -> [UInt8] {
    guard count <= end - position else { throw .truncated }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  /// What is left of the part.
  mutating func readRest() -> [UInt8] {
    defer { position = end }
    return Array(bytes[position..<end])
  }

  /// A string of at most 255 bytes after its length: section 3.3.
  mutating func readString() throws(DNSMessageError) -> [UInt8] {
    try readBytes(Int(readByte()))
  }

  /// A name, without the final dot; the root is empty: section 4.1.4.
  mutating func readName() throws(DNSMessageError) -> String {
    var name = ""
    var length = 0
    var next = position
    var limit = end
    var referenceCount = 0
    // Where the name goes on behind its first reference; nil before there was one.
    var after: Int?
    while true {
      guard next < limit else { throw .truncated }
      let count = Int(bytes[next])
      switch count >> 6 {
      case 0:
        next += 1
        if count == 0 {
          position = after ?? next
          return name
        }
        guard next + count <= limit else { throw .truncated }
        length += count + 1
        // With the root's own byte, 255: section 2.3.4.
        guard length < 255 else { throw .badName }
        if !name.isEmpty { name += "." }
        Self.append(bytes[next..<next + count], to: &name)
        next += count
      case 3:
        guard next + 1 < limit else { throw .truncated }
        let target = (count & 0x3f) << 8 | Int(bytes[next + 1])
        // Only ever backwards: so it ends.
        guard target < next, after == nil || target < limit else { throw .badName }
        referenceCount += 1
        guard referenceCount <= Self.mostReferences else { throw .badName }
        after = after ?? next + 2
        limit = next
        next = target
      // The other two kinds of labels were never put to use.
      default: throw .badName
      }
    }
  }

  /// As text, section 5.1: what could be mistaken is escaped.
  private static func append(_ label: ArraySlice<UInt8>, to name: inout String) {
    for byte in label {
      let character = Unicode.Scalar(byte)
      switch byte {
      case UInt8(ascii: "."), UInt8(ascii: "\\"): name += "\\\(character)"
      case 0x21...0x7e: name.unicodeScalars.append(character)
      default:
        let digits = String(byte)
        name += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
      }
    }
  }

  mutating func readAddress(_ size: Int) throws(DNSMessageError) -> IPAddress {
    guard let address = IPAddress(bytes: try readBytes(size)) else { throw .badData }
    return address
  }
}
