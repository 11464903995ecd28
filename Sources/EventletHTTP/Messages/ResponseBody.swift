/// The body of a response.
///
/// ```swift
/// var response = ServerResponse(status: .accepted)
/// response.body = .text("later")
/// ```
public struct ResponseBody {
  enum Content {
    case none
    case bytes([UInt8])
    case text(String)
    case stream(length: Int?, (ResponseWriter) throws -> Void)
    /// The head is sent, and the connection is no longer the server's.
    case upgrade((TakenConnection) throws -> Void)
    /// As it is.
    case takeOver((TakenConnection) throws -> Void)
  }

  let content: Content

  /// No body.
  public static var none: ResponseBody { ResponseBody(content: .none) }

  /// Bytes, sent as they are.
  public static func bytes(_ bytes: [UInt8]) -> ResponseBody {
    ResponseBody(content: .bytes(bytes))
  }

  /// Text, as UTF-8.
  public static func text(_ text: String) -> ResponseBody { ResponseBody(content: .text(text)) }

  /// Written piece by piece.
  ///
  /// A client that takes it slowly makes the writing wait. To HTTP/1.1 it is sent in chunks if the
  /// length is not known; to HTTP/1.0 the end of the connection is its end. An error that leaves
  /// the closure cuts the connection if something has been sent, so that the client can tell;
  /// before that the answer is 500. Not called where no body is sent, as to HEAD.
  /// - Parameters:
  ///   - length: If it is known beforehand; nil by default. Another number of bytes is an error
  ///     (``HTTPServerError/contentLengthMismatch(announced:sent:)``).
  ///   - write: Called in the green thread of the connection. The request's body may be read
  ///     meanwhile.
  /// - Returns: a body.
  public static func stream(
    length: Int? = nil, _ write: @escaping (ResponseWriter) throws -> Void
  ) -> ResponseBody {
    ResponseBody(content: .stream(length: length, write))
  }

  /// Pieces of unknown number and length; empty ones are left out.
  ///
  /// In Python: the iterable of WSGI.
  public static func pieces(_ pieces: some Sequence<[UInt8]>) -> ResponseBody {
    .stream { writer in for piece in pieces { try writer.write(piece) } }
  }

  static func upgrade(_ serve: @escaping (TakenConnection) throws -> Void) -> ResponseBody {
    ResponseBody(content: .upgrade(serve))
  }

  static func takeOver(_ serve: @escaping (TakenConnection) throws -> Void) -> ResponseBody {
    ResponseBody(content: .takeOver(serve))
  }

  /// How many bytes there are, where that is known: for those who look at a response before it is
  /// sent.
  public var length: Int? {
    switch content {
    case .none: 0
    case .bytes(let bytes): bytes.count
    case .text(let text): text.utf8.count
    case .stream(let length, _): length
    case .upgrade, .takeOver: nil
    }
  }

  /// Whether the connection becomes another's with this response.
  public var takesConnection: Bool {
    switch content {
    case .upgrade, .takeOver: true
    default: false
    }
  }

  /// Writes all of it.
  ///
  /// For a middleware that puts something around bodies:
  ///
  /// ```swift
  /// let body = response.body
  /// response.body = .stream { writer in
  ///   try writer.write("<!-- a copy -->\n")
  ///   try body.write(to: writer)
  /// }
  /// ```
  /// - Throws: what the body's own closure throws; what keeps the connection from being written.
  public func write(to writer: ResponseWriter) throws {
    switch content {
    case .none, .upgrade, .takeOver: break
    case .bytes(let bytes): try writer.write(bytes)
    case .text(let text): try writer.write(text)
    case .stream(_, let write): try write(writer)
    }
  }
}
