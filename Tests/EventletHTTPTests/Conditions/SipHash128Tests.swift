import Testing

@testable import EventletHTTP

@Suite struct SipHash128Tests {
  private static let key: (UInt64, UInt64) = (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908)

  /// Of the bytes from 0 on, as OpenSSL's `SIPHASH` has them.
  private static let vectors = [
    (0, "a3817f04ba25a8e66df67214c7550293"), (1, "da87c1d86b99af44347659119b22fc45"),
    (7, "a1f1ebbed8dbc153c0b84aa61ff08239"), (8, "3b62a9ba6258f5610f83e264f31497b4"),
    (9, "264499060ad9baabc47f8b02bb6d71ed"), (15, "5493e99933b0a8117e08ec0f97cfc3d9"),
    (16, "6ee2a4ca67b054bbfd3315bf85230577"), (63, "5150d1772f50834a503e069a973fbd7c"),
  ]

  @Test(arguments: vectors)
  func itIsTheOneThatOthersHave(count: Int, digits: String) {
    let bytes = (0..<count).map { UInt8($0) }
    for split in stride(from: 0, through: count, by: 8) {
      var hash = SipHash128(key: Self.key)
      let words = bytes.withUnsafeBytes { all in
        hash.add(UnsafeRawBufferPointer(rebasing: all[..<split]))
        return hash.finish(UnsafeRawBufferPointer(rebasing: all[split...]))
      }
      #expect(
        words.0.byteSwapped.hexadecimalText + words.1.byteSwapped.hexadecimalText == digits,
        "split at \(split)")
    }
  }
}
