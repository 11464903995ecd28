internal import EventletCore
public import EventletHTTP
public import EventletNet
public import HTTPTypes

/// The answer to a request: its head, and its body as it is read.
///
/// ```swift
/// let response = try client.get(url)
/// guard response.status == .ok else { return }
/// while case let piece = try response.receive(upTo: 65_536), !piece.isEmpty { try file.sendAll(piece) }
/// ```
///
/// A server that sends faster than the body is read waits: no more than some 200 KiB is held here. One that
/// is dropped before its end gives up the rest, and with it its connection of HTTP/1. One green thread reads
/// at a time: a second one gets
/// ``/EventletCore/HubError/secondWaiter(direction:descriptor:first:second:)``. A kill or timeout loses
/// nothing.
///
/// In Python: `http.client.HTTPResponse`, `requests.Response`.
public final class HTTPClientResponse: ByteSource {
  private let transfer: Transfer
  private let body: ResponseBody
  private let nameLookUp: Duration
  /// How often the request was sent elsewhere before this answer came.
  public let redirectCount: Int
  @exclusivity(unchecked) private var ownFields: HTTPFields?

  init(_ transfer: Transfer, redirectCount: Int, nameLookUp: Duration) {
    self.transfer = transfer
    body = ResponseBody(transfer)
    self.redirectCount = redirectCount
    self.nameLookUp = nameLookUp
  }

  deinit { transfer.cancel() }

  // MARK: The head

  /// The status, such as 200.
  public var status: HTTPResponse.Status { transfer.head.httpStatus }

  /// The status without its phrase, which costs nothing.
  var statusCode: Int { transfer.head.status }

  /// The fields of the head.
  public var headerFields: HTTPFields {
    if let ownFields { return ownFields }
    let fields = transfer.head.fields
    ownFields = fields
    return fields
  }

  /// The fields that came after the body (RFC 9110, 6.5); empty before its end.
  public var trailers: HTTPFields { transfer.head.trailers }

  /// The version of HTTP.
  public var version: HTTPVersion { transfer.head.version }

  /// Where the answer comes from, after all redirects; without a password.
  ///
  /// In Python: `geturl()`.
  public var url: String { "\(transfer.request.url)" }

  /// How long the body is, if the server has said so; nil if it has not, or if it is compressed.
  public var length: Int? {
    if headerFields[.contentEncoding] != nil { return nil }
    return headerFields[.contentLength].flatMap { Int($0) }
  }

  // MARK: The way

  /// The server's address, or the proxy's; nil if it is not of the Internet.
  public var remoteAddress: SocketAddress? {
    let information = transfer.information
    let host = information.remoteAddress
    guard !host.isEmpty else { return nil }
    let text = host.contains(":") ? "[\(host)]" : host
    return try? SocketAddress(parsing: "\(text):\(information.remotePort)")
  }

  /// Whether the request went over a connection that was there already.
  public var reusedConnection: Bool { transfer.information.openedConnections == 0 }

  /// How long what took; see ``HTTPClientTimings``.
  public var timings: HTTPClientTimings {
    HTTPClientTimings(transfer.information, nameLookUp: nameLookUp)
  }

  // MARK: The body

  /// Whether all of the body has been read.
  public var isAtEnd: Bool { body.isAtEnd }

  /// Receives into memory of the caller's; waits for the first byte.
  /// - Parameter buffer: The memory must stay until the call returns.
  /// - Returns: the number of bytes; 0 at the end of the body.
  /// - Throws: ``HTTPClientError``; ``HTTPClientTimeout``; a kill or timeout, and then nothing was received.
  public func receive(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try body.receive(into: buffer)
  }

  /// Receives at most `count` bytes; waits for the first.
  /// - Parameter count: 0 and less receive nothing, and do not wait.
  /// - Returns: empty at the end of the body.
  /// - Throws: as ``receive(into:)``.
  ///
  /// In Python: `read(count)`, which waits for all of them.
  public func receive(upTo count: Int) throws -> [UInt8] {
    try body.receive(upTo: count)
  }

  /// Calls `body` with piece after piece as they come, none of them empty.
  /// - Throws: as ``receive(into:)``; what `body` throws, and then the rest can still be read.
  ///
  /// In Python: `iter_content`.
  public func forEach(_ body: ([UInt8]) throws -> Void) throws {
    while case let piece = try receive(upTo: .max), !piece.isEmpty { try body(piece) }
  }

  /// Reads what is left of the body.
  /// - Parameter limit: The most bytes to take, after decompression; nil, the default, is
  ///   ``HTTPClient/Limits/body``.
  /// - Returns: the bytes, perhaps none.
  /// - Throws: as ``receive(into:)``, and what had come can still be read; ``HTTPClientError`` with ``HTTPClientError/Reason/bodyTooLong(limit:)``
  ///   when there are more, and then the request is given up.
  ///
  /// In Python: `read()`, `content`.
  public func bytes(limit: Int? = nil) throws -> [UInt8] {
    let limit = limit ?? transfer.engine.configuration.limits.body
    // Nearly all that is small is there already.
    if let all = body.takeAll(limit: limit) { return all }
    if let length, length > limit { throw giveUp(limit) }
    var bytes: [UInt8] = []
    do {
      while case let piece = try receive(upTo: .max), !piece.isEmpty {
        if bytes.isEmpty { bytes = piece } else { bytes += piece }
        if bytes.count > limit { break }
      }
    } catch {
      body.putBack(bytes)
      throw error
    }
    guard bytes.count <= limit else { throw giveUp(limit) }
    return bytes
  }

  private func giveUp(_ limit: Int) -> HTTPClientError {
    let error = transfer.error(.bodyTooLong(limit: limit))
    transfer.cancel(error)
    return error
  }

  /// Reads what is left of the body as text.
  ///
  /// In the character set that `Content-Type` names: UTF-8, in which what is not comes as U+FFFD, or
  /// ISO-8859-1; all others are taken for UTF-8.
  /// - Parameter limit: As for ``bytes(limit:)``.
  /// - Returns: the text, perhaps empty.
  /// - Throws: as ``bytes(limit:)``.
  ///
  /// In Python: `text`.
  public func text(limit: Int? = nil) throws -> String {
    let bytes = try bytes(limit: limit)
    let type = headerFields[.contentType].flatMap(MediaType.init)
    switch type?["charset"]?.lowercased() {
    case "iso-8859-1", "latin1":
      return String(String.UnicodeScalarView(bytes.map(Unicode.Scalar.init)))
    default: return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// Reads lines, exact counts and up to delimiters.
  ///
  /// Keep one for the whole body: it receives ahead.
  ///
  /// In Python: `readline`, `iter_lines`.
  public func makeReader() -> BufferedReader { BufferedReader(self) }

  /// Writes what is left of the body to a file, which is made, or emptied.
  /// - Throws: as ``receive(into:)``; what keeps the file from being written, and then it holds a part.
  ///
  /// In Python: `urllib.request.urlretrieve`.
  public func save(to path: String) throws {
    try GreenFile.withOpen(path, .write) { file in try forEach { try file.sendAll($0) } }
  }

  /// Gives up what is left of the body.
  ///
  /// If all has come, the connection is used again; otherwise one of HTTP/1 is closed. Never switches. May
  /// be called twice; dropping the response does the same.
  public func close() { transfer.cancel() }

  /// So much is read of an answer that nobody wants, to keep its connection, and for no longer.
  private static let mostPassedOver = (count: 65_536, time: Duration.seconds(1))

  /// Lets the connection be used again, if what is left of the body is little and there.
  func passOver() throws {
    defer { close() }
    if let length, length > Self.mostPassedOver.count { return }
    let end = transfer.engine.hub.deadline(after: Self.mostPassedOver.time)
    var rest = Self.mostPassedOver.count
    do {
      while rest > 0, try transfer.waitForBody(until: end) {
        rest -= transfer.take(upTo: rest).count
      }
    } catch is HTTPClientError {
    } catch let error as HTTPClientTimeout where !error.isWhole {}
  }

  // MARK: Success

  /// Throws for a status that tells of no success: 300 and above, which is also a redirect that was not
  /// followed, and 304 to a request with conditions.
  ///
  /// ```swift
  /// let text = try client.get(url).requireSuccess().text()
  /// ```
  /// - Returns: itself.
  /// - Throws: ``UnsuccessfulResponse`` with the beginning of the body, as much as comes of it; what a kill,
  ///   a timeout or the limit of the whole request throws.
  ///
  /// In Python: `raise_for_status`.
  @discardableResult
  public func requireSuccess() throws -> HTTPClientResponse {
    guard statusCode >= 300 else { return self }
    var prefix: [UInt8] = []
    // Without its body the status is worth as much.
    do {
      while prefix.count < 1024,
        case let piece = try receive(upTo: 1024 - prefix.count), !piece.isEmpty
      { prefix += piece }
    } catch is HTTPClientError {
    } catch let error as HTTPClientTimeout where !error.isWhole {}
    close()
    throw UnsuccessfulResponse(
      status: status, headerFields: headerFields, url: url, bodyPrefix: prefix)
  }
}
