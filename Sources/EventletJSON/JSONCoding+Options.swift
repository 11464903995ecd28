public import FoundationEssentials

extension JSONCoding {
  /// How values are read: what Foundation's `JSONDecoder` may be told, as a value.
  ///
  /// What that may be told of other languages than JSON is missing.
  public struct DecoderOptions: Sendable {
    /// What dates are written as; as `Date` does it by default, in seconds since the beginning of
    /// 2001.
    public var dateDecodingStrategy = JSONDecoder.DateDecodingStrategy.deferredToDate
    /// What bytes are written as; Base64 by default.
    public var dataDecodingStrategy = JSONDecoder.DataDecodingStrategy.base64
    /// What stands for numbers that JSON has not, such as infinity; by default nothing does.
    public var nonConformingFloatDecodingStrategy =
      JSONDecoder.NonConformingFloatDecodingStrategy.throw
    /// How names of members become names of properties; as they are by default.
    public var keyDecodingStrategy = JSONDecoder.KeyDecodingStrategy.useDefaultKeys
    /// What values that are read can ask for; nothing by default.
    public var userInfo: [CodingUserInfoKey: any Sendable] = [:]

    /// Options as they are by default.
    public init() {}

    func makeDecoder() -> JSONDecoder {
      let decoder = JSONDecoder()
      decoder.dateDecodingStrategy = dateDecodingStrategy
      decoder.dataDecodingStrategy = dataDecodingStrategy
      decoder.nonConformingFloatDecodingStrategy = nonConformingFloatDecodingStrategy
      decoder.keyDecodingStrategy = keyDecodingStrategy
      decoder.userInfo = userInfo
      return decoder
    }
  }

  /// How values are written: what Foundation's `JSONEncoder` may be told, as a value.
  public struct EncoderOptions: Sendable {
    /// How the text looks; by default with keys sorted, and with slashes as they are.
    public var outputFormatting: JSONEncoder.OutputFormatting = [
      .sortedKeys, .withoutEscapingSlashes,
    ]
    /// What dates are written as; as `Date` does it by default, in seconds since the beginning of
    /// 2001.
    public var dateEncodingStrategy = JSONEncoder.DateEncodingStrategy.deferredToDate
    /// What bytes are written as; Base64 by default.
    public var dataEncodingStrategy = JSONEncoder.DataEncodingStrategy.base64
    /// What stands for numbers that JSON has not, such as infinity; by default nothing does, and they
    /// are an error.
    public var nonConformingFloatEncodingStrategy =
      JSONEncoder.NonConformingFloatEncodingStrategy.throw
    /// How names of properties become names of members; as they are by default.
    public var keyEncodingStrategy = JSONEncoder.KeyEncodingStrategy.useDefaultKeys
    /// What values that are written can ask for; nothing by default.
    public var userInfo: [CodingUserInfoKey: any Sendable] = [:]

    /// Options as they are by default.
    public init() {}

    func makeEncoder() -> JSONEncoder {
      let encoder = JSONEncoder()
      encoder.outputFormatting = outputFormatting
      encoder.dateEncodingStrategy = dateEncodingStrategy
      encoder.dataEncodingStrategy = dataEncodingStrategy
      encoder.nonConformingFloatEncodingStrategy = nonConformingFloatEncodingStrategy
      encoder.keyEncodingStrategy = keyEncodingStrategy
      encoder.userInfo = userInfo
      return encoder
    }
  }
}
