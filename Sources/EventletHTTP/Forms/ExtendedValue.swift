/// The value of a parameter such as `filename*`: text of any alphabet, RFC 8187, section 3.2.
enum ExtendedValue {
  /// nil for what is malformed, or of a character set that nobody has to know.
  static func decode(_ text: String) -> String? {
    let parts = text.split(
      separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    let bytes: [UInt8]
    do { bytes = try PercentCoding.decodeStrictly(parts[2]) } catch { return nil }
    if parts[0].equalsIgnoringASCIICase("UTF-8") {
      return String(validating: bytes, as: UTF8.self)
    }
    guard parts[0].equalsIgnoringASCIICase("ISO-8859-1") else { return nil }
    return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  }

  static func encode(_ text: String) -> String {
    "UTF-8''" + text.percentEncoded(for: .extendedParameter)
  }
}
