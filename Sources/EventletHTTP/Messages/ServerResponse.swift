public import HTTPTypes

/// What a handler answers a request with.
///
/// ```swift
/// return .text("Hello, World!")
/// return ServerResponse(status: .created, headerFields: [.location: "/items/7"])
/// return .stream { writer in
///   for number in 1...10 { try writer.write("line \(number)\n") }
/// }
/// ```
///
/// The server adds `Date`, the length, and what the connection needs. It sends no body where there
/// must be none: to HEAD, with 204 and 304.
///
/// In Python: `start_response` and the iterable of WSGI.
public struct ServerResponse {
  /// The status.
  public var status: HTTPResponse.Status
  /// The fields.
  ///
  /// `Connection: close` is obeyed. A `Content-Length` is checked against the body, and a
  /// `Transfer-Encoding` is an error (``HTTPServerError``).
  public var headerFields: HTTPFields
  /// The body.
  public var body: ResponseBody

  /// Creates a response.
  /// - Parameters:
  ///   - status: 200 by default.
  ///   - headerFields: None by default.
  ///   - body: None by default.
  public init(
    status: HTTPResponse.Status = .ok, headerFields: HTTPFields = HTTPFields(),
    body: ResponseBody = .none
  ) {
    self.status = status
    self.headerFields = headerFields
    self.body = body
  }
}

extension ServerResponse {
  /// Text, as UTF-8.
  /// - Parameters:
  ///   - text: The body.
  ///   - status: 200 by default.
  ///   - contentType: `text/plain; charset=utf-8` by default.
  /// - Returns: a response.
  public static func text(
    _ text: String, status: HTTPResponse.Status = .ok,
    contentType: String = "text/plain; charset=utf-8"
  ) -> ServerResponse {
    ServerResponse(status: status, headerFields: .contentType(contentType), body: .text(text))
  }

  /// A page.
  /// - Parameters:
  ///   - text: The body.
  ///   - status: 200 by default.
  /// - Returns: a response.
  public static func html(_ text: String, status: HTTPResponse.Status = .ok) -> ServerResponse {
    self.text(text, status: status, contentType: "text/html; charset=utf-8")
  }

  /// Bytes.
  /// - Parameters:
  ///   - bytes: The body.
  ///   - status: 200 by default.
  ///   - contentType: `application/octet-stream` by default.
  /// - Returns: a response.
  public static func bytes(
    _ bytes: [UInt8], status: HTTPResponse.Status = .ok,
    contentType: String = "application/octet-stream"
  ) -> ServerResponse {
    ServerResponse(status: status, headerFields: .contentType(contentType), body: .bytes(bytes))
  }

  /// A status alone, without a body: as `.status(.noContent)`.
  public static func status(_ status: HTTPResponse.Status) -> ServerResponse {
    ServerResponse(status: status)
  }

  /// Another place to go to.
  ///
  /// What a client says where to go, in a query perhaps, may lead to a site that only looks like this
  /// one: check it.
  /// - Parameters:
  ///   - location: A URL, or a path of this server. What is not visible ASCII is percent-encoded, as
  ///     a `Location` wants it (RFC 3986); all else is taken as it is.
  ///   - status: 303 by default: whatever the method was, the client gets that place.
  /// - Returns: a response.
  public static func redirect(
    to location: String, status: HTTPResponse.Status = .seeOther
  ) -> ServerResponse {
    ServerResponse(status: status, headerFields: [.location: location.withVisibleASCIIOnly])
  }

  /// A body that is written piece by piece, see ``ResponseBody/stream(length:_:)``.
  /// - Parameters:
  ///   - status: 200 by default.
  ///   - headerFields: None by default.
  ///   - length: If it is known beforehand; nil, the default, sends chunks.
  ///   - write: Called when the head is ready, in the green thread of the connection.
  /// - Returns: a response.
  public static func stream(
    status: HTTPResponse.Status = .ok, headerFields: HTTPFields = HTTPFields(), length: Int? = nil,
    _ write: @escaping (ResponseWriter) throws -> Void
  ) -> ServerResponse {
    ServerResponse(
      status: status, headerFields: headerFields, body: .stream(length: length, write))
  }

  /// Switches the connection to another protocol (RFC 9110, 7.8).
  ///
  /// ```swift
  /// return .upgrade(to: "echo") { connection in
  ///   while let line = try connection.reader.readLine() { try connection.sendAll(line + "\n") }
  /// }
  /// ```
  ///
  /// The answer is 101. When the closure has ended, the connection is closed. The client must have
  /// asked for it, else the handler's answer is a mistake (``HTTPServerError/notAnUpgrade``).
  /// - Parameters:
  ///   - protocolName: For `Upgrade`.
  ///   - headerFields: Others; none by default.
  ///   - serve: Given the connection, in its green thread.
  /// - Returns: a response.
  public static func upgrade(
    to protocolName: String, headerFields: HTTPFields = HTTPFields(),
    _ serve: @escaping (TakenConnection) throws -> Void
  ) -> ServerResponse {
    var fields: HTTPFields = [.upgrade: protocolName, .connection: "Upgrade"]
    for field in headerFields where field.name != .upgrade && field.name != .connection {
      fields.append(field)
    }
    return ServerResponse(
      status: .switchingProtocols, headerFields: fields, body: .upgrade(serve))
  }

  /// Takes the connection over; the server sends nothing, and closes it when the closure has ended.
  ///
  /// ```swift
  /// return .takeOver { connection in try connection.sendAll("HTTP/1.1 299 Odd\r\n\r\n") }
  /// ```
  /// - Parameter serve: Given the connection, in its green thread. What it throws is reported, unless
  ///   the connection has broken.
  /// - Returns: a response, whose status is for the logs.
  ///
  /// In Python: `WSGI_LOCAL.already_handled` with `get_socket()`.
  public static func takeOver(
    _ serve: @escaping (TakenConnection) throws -> Void
  ) -> ServerResponse {
    ServerResponse(body: .takeOver(serve))
  }

  /// What a CONNECT is answered with: the connection is a tunnel from then on (RFC 9110, 9.3.6).
  /// - Parameter serve: Given the connection when the status, 200, has been sent.
  /// - Returns: a response.
  public static func tunnel(
    _ serve: @escaping (TakenConnection) throws -> Void
  ) -> ServerResponse {
    ServerResponse(body: .upgrade(serve))
  }
}

extension String {
  /// With the bytes of all other characters percent-encoded.
  fileprivate var withVisibleASCIIOnly: String {
    let isVisible = { (byte: UInt8) in (0x21...0x7E).contains(byte) }
    if utf8.allSatisfy(isVisible) { return self }
    return utf8.reduce(into: "") { text, byte in
      if isVisible(byte) {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += PercentCoding.encode([byte], for: .anywhere)
      }
    }
  }
}
