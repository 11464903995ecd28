internal import Glibc
enum PercentCoding {
  static func decodedString(_ b: UnsafeRawBufferPointer) -> String {
    var out: [UInt8] = []; var i = 0
    while i < b.count {
      if b[i] == UInt8(ascii: "%"), i + 2 < b.count, let h = ByteClass.hexadecimalValue(b[i+1]), let l = ByteClass.hexadecimalValue(b[i+2]) { out.append(UInt8(h * 16 + l)); i += 3 } else { out.append(b[i]); i += 1 }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
enum HTTPDate { static func format(_ s: Int) -> String { "Thu, 01 Jan 1970 00:00:00 GMT" } }
