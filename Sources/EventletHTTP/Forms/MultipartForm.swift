internal import EventletNet
internal import HTTPTypes

/// A form that came as `multipart/form-data`, all of it in memory.
///
/// ```swift
/// let form = try MultipartReader(body, contentType: type).readForm()
/// print(form.fields["title"] ?? "", form.files.count)
/// ```
public struct MultipartForm: Hashable, Sendable {
  /// A file of a form.
  public struct File: Hashable, Sendable {
    /// The name of the form's field.
    public let name: String
    /// What the client says the file is: its name among it.
    public let disposition: ContentDisposition
    /// The type of the content as the client says it; nil if it says none.
    public let contentType: MediaType?
    /// The content.
    public let content: [UInt8]
  }

  /// How much of a form may be in memory.
  ///
  /// ```swift
  /// var limits = MultipartForm.Limits()
  /// limits.maxFileSize = 1 << 20
  /// let form = try request.readForm(limits: limits)
  /// ```
  ///
  /// ``RequestBody/limit`` is for the whole body besides.
  public struct Limits: Hashable, Sendable {
    /// The most bytes of all fields together, their names and what else the parts say of
    /// themselves included: 1 MiB by default.
    public var maxFieldsSize = 1_048_576
    /// The most bytes of one file: 8 MiB by default.
    public var maxFileSize = 8_388_608
    /// The most bytes of all files together: 16 MiB by default.
    public var maxFilesSize = 16_777_216

    /// Creates the default limits.
    public init() {}
  }

  /// The fields that are no files, in order; U+FFFD for what is no UTF-8.
  public fileprivate(set) var fields = FormFields()
  /// The files in order.
  ///
  /// Where the user has chosen none, a client sends one without a name and content.
  public fileprivate(set) var files: [File] = []

  fileprivate init() {}

  /// Of a form without files.
  init(fields: FormFields) { self.fields = fields }

  /// The first file of a field; nil if there is none.
  public func file(_ name: String) -> File? { files.first { $0.name == name } }
}

extension MultipartReader {
  /// Reads all parts that are left into memory.
  ///
  /// A part with the name of a file is one, all others are fields.
  /// - Parameter limits: ``MultipartForm/Limits/init()`` by default.
  /// - Returns: the form.
  /// - Throws: ``FormError``; what the source of the body throws, a kill or timeout among it. What
  ///   was read is lost then.
  public func readForm(
    limits: MultipartForm.Limits = MultipartForm.Limits()
  ) throws -> MultipartForm {
    var form = MultipartForm()
    var fieldsSize = 0
    var filesSize = 0
    while let part = try nextPart() {
      guard let disposition = part.disposition, let name = disposition.name else {
        throw FormError.missingName
      }
      fieldsSize += part.fields.reduce(0) {
        $0 + $1.name.rawName.utf8.count + $1.value.utf8.count
      }
      guard fieldsSize <= limits.maxFieldsSize else {
        throw FormError.tooLarge(limit: limits.maxFieldsSize)
      }
      guard disposition.filename != nil else {
        let value = try part.readAll(
          limit: limits.maxFieldsSize - fieldsSize, orThrow: .tooLarge(limit: limits.maxFieldsSize))
        fieldsSize += value.count
        form.fields.append(name: name, value: String(decoding: value, as: UTF8.self))
        continue
      }
      let content = try part.readAll(
        limit: min(limits.maxFileSize, limits.maxFilesSize - filesSize),
        orThrow: limits.maxFileSize <= limits.maxFilesSize - filesSize
          ? .fileTooLarge(name: name, limit: limits.maxFileSize)
          : .filesTooLarge(limit: limits.maxFilesSize))
      filesSize += content.count
      form.files.append(
        MultipartForm.File(
          name: name, disposition: disposition, contentType: part.contentType, content: content))
    }
    return form
  }
}

extension MultipartReader.Part {
  fileprivate func readAll(limit: Int, orThrow error: FormError) throws -> [UInt8] {
    do { return try readAll(limit: limit) } catch is StreamTooLong { throw error }
  }
}
