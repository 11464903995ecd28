internal import EventletCore
public import EventletNet
public import HTTPTypes

extension MultipartReader {
  /// One part of a body: a field of a form, or a file.
  ///
  /// ```swift
  /// let text = try part.readText(limit: 1000)
  /// ```
  ///
  /// Its content is there until ``MultipartReader/nextPart()`` is called; not all of it needs to be
  /// read.
  public final class Part: ByteSource, ReadFaultObserving {
    /// The fields of the part.
    public let fields: HTTPFields
    /// What the part is; nil if it does not say so in a way that can be read.
    public let disposition: ContentDisposition?
    private let reader: MultipartReader
    private let number: Int
    private var isClosed = false

    init(of reader: MultipartReader, number: Int, fields: HTTPFields) {
      self.reader = reader
      self.number = number
      self.fields = fields
      disposition = fields[.contentDisposition].flatMap { ContentDisposition(parsing: $0) }
    }

    /// The name of the form's field; nil if the part has none.
    public var name: String? { disposition?.name }

    /// The name of the file as the client says it; nil if the part is no file.
    ///
    /// Empty if the user has chosen none. Not to be used for a path, see
    /// ``ContentDisposition/safeFilename``.
    public var filename: String? { disposition?.filename }

    /// The type of the content as the client says it; nil if it says none.
    public var contentType: MediaType? {
      fields[.contentType].flatMap { MediaType(parsing: $0) }
    }

    /// Receives at most `count` bytes of the content; waits for the first.
    /// - Parameter count: At least 1.
    /// - Returns: empty at the end of the part.
    /// - Throws: ``FormError``; ``PartClosed`` after ``close()`` and when another part has been
    ///   begun; what the source of the body throws, a kill or timeout among it, and then nothing
    ///   was received; ``/EventletCore/HubError/invalidArgument(_:)``.
    public func receive(upTo count: Int) throws -> [UInt8] {
      guard count > 0 else {
        throw HubError.invalidArgument("receiving \(count) bytes: at least one is possible")
      }
      guard !isClosed, number == reader.openPart else { throw PartClosed(name: name) }
      return try reader.receive(upTo: count)
    }

    /// Receives all that is left of the content.
    /// - Parameter limit: The most bytes.
    /// - Returns: the content, perhaps nothing.
    /// - Throws: ``/EventletNet/StreamTooLong`` when there are more, and then part of them has been
    ///   received: an answer of the handler's is to say so, for by itself it becomes 400; as for
    ///   ``receive(upTo:)``.
    public func readAll(limit: Int) throws -> [UInt8] {
      var content: [UInt8] = []
      while case let piece = try receive(upTo: .max), !piece.isEmpty {
        guard piece.count <= limit - content.count else {
          noteReadFault()
          throw StreamTooLong(limit: limit)
        }
        content += piece
      }
      return content
    }

    /// Receives all that is left of the content, as text.
    /// - Parameter limit: The most bytes.
    /// - Returns: the text; U+FFFD for what is no UTF-8.
    /// - Throws: as for ``readAll(limit:)``.
    public func readText(limit: Int) throws -> String {
      String(decoding: try readAll(limit: limit), as: UTF8.self)
    }

    package func noteReadFault() { (reader.source as? any ReadFaultObserving)?.noteReadFault() }

    /// Says that the rest of the content is not wanted; the reader passes over it.
    public func close() { isClosed = true }
  }

  /// A part was read that is closed, or that the reader has left behind.
  public struct PartClosed: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name of the form's field, if the part has one.
    public let name: String?

    /// A short text.
    public var description: String {
      "receive from part '\(name ?? "")' of a form: closed, or another part was begun"
    }
  }
}
