internal import EventletCore
internal import HTTPTypes

extension HTTPConnection {
  /// Appends the head of a response (RFC 9112, 4).
  /// - Parameters:
  ///   - response: What the handler has answered.
  ///   - request: Of the client; nil for what was none.
  ///   - hasBody: Whether its status allows one.
  /// - Returns: how its body is to be sent.
  /// - Throws: ``HTTPServerError``, and then a part has been appended.
  @discardableResult
  func appendHead(
    of response: ServerResponse, to request: ServerRequest?, hasBody: Bool
  ) throws -> ResponseWriter.Framing {
    let output = output
    responseStatus = response.status.code
    output.append(response.status)
    var hasDate = false
    var announced: Int?
    for field in response.headerFields {
      // Most names are told from these by their length.
      switch field.name.canonicalName.utf8.count {
      case 4: if field.name == .date { hasDate = true }
      case 10:
        // Of what the connection does, the server tells itself.
        if field.name == .connection, !noteConnection(field.value) { continue }
      case 14:
        if field.name == .contentLength {
          // There is none beside 204 (RFC 9110, 8.6).
          if response.status.code == 204 { continue }
          if announced != nil {
            throw HTTPServerError.malformedContentLength(
              response.headerFields[.contentLength] ?? field.value)
          }
          // A handler may answer HEAD without the body that GET would have; and 304 has none.
          let needsBody = request?.parsed.method != .head && response.status.code != 304
          announced = try Self.announcedLength(field.value, response.body, needsBody)
        }
      case 17:
        if field.name == .transferEncoding { throw HTTPServerError.transferEncodingSet }
      default: break
      }
      output.append(field)
    }
    if !hasDate { server.dateLine.append(to: output) }
    let framing = Self.framing(
      hasBody, announced ?? response.body.length, request?.version ?? .http1_1)
    switch framing {
    case .none: break
    // Known before anything else of it, so that HTTP/1.0 hears of the end.
    case .untilClose: isLast = true
    case .length(let length):
      if announced == nil {
        output.append(literal: "Content-Length: ")
        output.append(decimal: length)
        output.appendLineEnd()
      }
    case .chunked: output.append(literal: "Transfer-Encoding: chunked\r\n")
    }
    appendConnection(response)
    output.appendLineEnd()
    return framing
  }

  private static func framing(
    _ hasBody: Bool, _ length: Int?, _ version: HTTPVersion
  ) -> ResponseWriter.Framing {
    if !hasBody { return .none }
    if let length { return .length(length) }
    return version < .http1_1 ? .untilClose : .chunked
  }

  /// What the handler says itself, checked against what it gives.
  static func announcedLength(
    _ text: String, _ body: ResponseBody, _ needsBody: Bool
  ) throws -> Int {
    guard let length = Int(text), length >= 0, text.utf8.allSatisfy(ByteClass.isDigit) else {
      throw HTTPServerError.malformedContentLength(text)
    }
    if !needsBody, case .none = body.content { return length }
    if let actual = body.length, actual != length {
      throw HTTPServerError.contentLengthMismatch(announced: length, sent: actual)
    }
    return length
  }

  /// Sends an interim response (RFC 9110, 15.2).
  func sendInterim(_ status: HTTPResponse.Status, _ fields: HTTPFields) throws {
    output.append(status)
    for field in fields { output.append(field) }
    output.appendLineEnd()
    try flush()
  }

  /// Obeys a `Connection` of the handler's.
  /// - Returns: whether it says something else that the client should know.
  private func noteConnection(_ value: String) -> Bool {
    var isOurs = false
    var value = value
    value.withUTF8 { bytes in
      UnsafeRawBufferPointer(bytes).forEachListMember { option in
        if option.equalsIgnoringCase("close") { isLast = true }
        if option.equalsIgnoringCase("close") || option.equalsIgnoringCase("keep-alive") {
          isOurs = true
        }
      }
    }
    return !isOurs
  }

  private func appendConnection(_ response: ServerResponse) {
    if response.body.takesConnection { return }
    if isLast { return output.append(literal: "Connection: close\r\n") }
    guard input.request.parsed.asksToKeepAlive else { return }
    if input.request.parsed.version < .http1_1 {
      output.append(literal: "Connection: keep-alive\r\n")
    }
    if let time = server.configuration.timeouts.idle, time >= .seconds(1) {
      output.append(literal: "Keep-Alive: timeout=")
      output.append(decimal: Int(time.components.seconds))
      output.appendLineEnd()
    }
  }
}

extension OutputBuffer {
  /// A status line.
  func append(_ status: HTTPResponse.Status) {
    if status.code == 200, status.reasonPhrase == "OK" {
      return append(literal: "HTTP/1.1 200 OK\r\n")
    }
    append(literal: "HTTP/1.1 ")
    append(decimal: status.code)
    append(literal: " ")
    append(status.reasonPhrase)
    appendLineEnd()
  }

  /// The line of a field.
  ///
  /// Values of `HTTPField` are free of line ends and NUL, however they were made: nothing can be
  /// smuggled in.
  func append(_ field: HTTPField) {
    append(field.name.rawName)
    append(literal: ": ")
    field.withUnsafeBytesOfValue { append(UnsafeRawBufferPointer($0)) }
    appendLineEnd()
  }
}
