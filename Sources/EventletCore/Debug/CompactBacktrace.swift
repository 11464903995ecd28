#if canImport(Runtime)
internal import Runtime

// `Backtrace` has no initializer that takes addresses, but it is `Codable`, in the compact format
// that its documentation describes: 0x02 for words of eight bytes, then for each address a byte that
// says what it is (0x1f a program counter, 0x2f a return address) and its bytes, the highest first,
// then 0x00; all of it in base 64.
extension Backtrace {
  init(addresses: [CodeAddress]) throws {
    var bytes: [UInt8] = [0x02]
    for code in addresses {
      bytes.append(code.isReturnAddress ? 0x2f : 0x1f)
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: UInt64(code.address) >> UInt64(shift)))
      }
    }
    bytes.append(0)
    try self.init(
      from: TextDecoder(fields: ["architecture": architectureName, "backtrace": base64(bytes)]))
  }
}

/// As the module itself writes it.
private let architectureName: String = {
  #if arch(x86_64)
  let name = "x86_64"
  #else
  let name = "arm64"
  #endif
  return (try? Backtrace.capture(limit: 1))?.architecture ?? name
}()

private func base64(_ bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let count = min(3, bytes.count - start)
    var word: UInt32 = 0
    for index in 0..<3 { word = word << 8 | (index < count ? UInt32(bytes[start + index]) : 0) }
    for index in 0...count { text.append(alphabet[Int(word >> UInt32(18 - 6 * index)) & 63]) }
  }
  return String(decoding: text, as: UTF8.self)
}

/// Decodes an object whose fields are all texts.
private struct TextDecoder: Decoder {
  let fields: [String: String]
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(TextContainer<Key>(fields: fields))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw notText() }
  func singleValueContainer() throws -> any SingleValueDecodingContainer { throw notText() }
}

private struct TextContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let fields: [String: String]
  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { fields.keys.compactMap { Key(stringValue: $0) } }

  func contains(_ key: Key) -> Bool { fields[key.stringValue] != nil }
  func decodeNil(forKey key: Key) throws -> Bool { fields[key.stringValue] == nil }

  // All other types come here too, by the protocol's own implementations.
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    guard let value = fields[key.stringValue] as? Value else { throw notText() }
    return value
  }

  func decode(_ type: String.Type, forKey key: Key) throws -> String {
    guard let value = fields[key.stringValue] else { throw notText() }
    return value
  }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { throw notText() }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { throw notText() }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { throw notText() }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { throw notText() }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { throw notText() }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { throw notText() }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { throw notText() }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { throw notText() }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { throw notText() }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { throw notText() }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { throw notText() }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { throw notText() }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { throw notText() }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> { throw notText() }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    throw notText()
  }
  func superDecoder() throws -> any Decoder { throw notText() }
  func superDecoder(forKey key: Key) throws -> any Decoder { throw notText() }
}

private func notText() -> DecodingError {
  .dataCorrupted(.init(codingPath: [], debugDescription: "not a text"))
}
#endif
