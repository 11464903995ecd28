internal import EventletCore
internal import FoundationEssentials

/// How JSON is read and written: configured once, and used by all hubs.
///
/// ```swift
/// extension JSONCoding {
///   static let api: JSONCoding = {
///     var coding = JSONCoding()
///     coding.decoder.dateDecodingStrategy = .iso8601
///     coding.encoder.dateEncodingStrategy = .iso8601
///     coding.sizeLimit = 65_536
///     return coding
///   }()
/// }
///
/// let order = try request.readJSON(Order.self, coding: .api)
/// ```
///
/// Decoding holds up the hub meanwhile: one MiB of nothing but small numbers takes Foundation's decoder
/// some tenths of a second. Where much is to come, `ThreadPool.execute` decodes elsewhere.
public struct JSONCoding: Sendable {
  /// How values are read; as by Foundation's decoder by default.
  public var decoder = DecoderOptions() {
    didSet { foundationDecoder = decoder.makeDecoder() }
  }
  /// How values are written; by default with keys sorted, so that the same value is always the same
  /// bytes, and with slashes as they are.
  public var encoder = EncoderOptions() {
    didSet { foundationEncoder = encoder.makeEncoder() }
  }
  /// How many bytes of a body are taken: 1 MiB by default.
  public var sizeLimit = 1_048_576
  /// How many arrays and objects may be open at once: 32 by default, and at most 512, which is where
  /// Foundation's decoder stops.
  ///
  /// Writing a value takes up to four KiB of the stack for each: who takes more than the default and
  /// sends it back does that on a green thread with a larger stack.
  public var nestingLimit = 32

  // Objects, which copies share: nobody changes one, for other options make another.
  private var foundationDecoder = DecoderOptions().makeDecoder()
  private var foundationEncoder = EncoderOptions().makeEncoder()

  /// What is used where nothing else is said.
  public static let standard = JSONCoding()

  /// Creates a coding as it is by default.
  public init() {}

  /// Reads a value.
  ///
  /// Strictly by RFC 8259, in UTF-8. Members that the type has not are passed over; of two members
  /// with one name the first counts.
  /// - Parameters:
  ///   - type: Of the value. Its `init(from:)` must not wait; what that throws, other than a
  ///     `DecodingError`, is thrown as it is.
  ///   - bytes: JSON of any length: ``sizeLimit`` is for bodies.
  /// - Returns: the value.
  /// - Throws: ``JSONError``; a kill or timeout, for what has more than 16 levels is read on a green
  ///   thread with a larger stack.
  public func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, from bytes: [UInt8]
  ) throws -> Value {
    // Faster, and without recursion.
    if type == JSONValue.self,
      let value = try JSONValue(parsing: bytes, nestingLimit: nestingLimit) as? Value
    {
      return value
    }
    var tokenizer = try JSONTokenizer(bytes, nestingLimit: nestingLimit)
    while try tokenizer.next() != nil {}
    if tokenizer.nesting <= Self.nestingOnAnyStack { return try decodeChecked(type, from: bytes) }
    return try spawn(
      name: "JSON", stackSize: Self.stackSize + tokenizer.nesting * Self.stackSizePerLevel
    ) { try decodeChecked(type, from: bytes) }.wait()
  }

  /// A level was measured to take Foundation's decoder four KiB at most, in a debug build with a type
  /// that tries one kind of value after the other.
  private static let nestingOnAnyStack = 16
  private static let stackSizePerLevel = 16_384
  private static let stackSize = 262_144

  private func decodeChecked<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8]
  ) throws -> Value {
    do { return try foundationDecoder.decode(type, from: Data(bytes)) } catch {
      throw (error as? DecodingError).map { JSONError($0) } ?? error
    }
  }

  /// Writes a value.
  /// - Parameter value: Its `encode(to:)` must not wait.
  /// - Returns: JSON in UTF-8.
  /// - Throws: `EncodingError` for what JSON has not, such as a number that is none.
  public func encode(_ value: some Encodable) throws -> [UInt8] {
    Array(try foundationEncoder.encode(value))
  }
}
