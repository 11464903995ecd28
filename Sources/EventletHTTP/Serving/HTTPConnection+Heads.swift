internal import EventletCore
internal import HTTPTypes

extension HTTPConnection {
  /// Appends the head of a response (RFC 9112, 4).
  func appendHead(
    of response: ServerResponse, _ framing: ResponseWriter.Framing, version: HTTPVersion
  ) throws {
    let output = output
    appendStatusLine(response.status)
    var hasDate = false
    var hasLength = false
    for field in response.headerFields {
      let name = field.name
      if name == .connection {
        // Of what the connection does, the server tells itself.
        if noteConnection(field.value) { append(field) }
        continue
      }
      if name == .transferEncoding { throw HTTPServerError.transferEncodingSet }
      if name == .contentLength {
        if response.status.code == 204 { continue }
        hasLength = true
      }
      if name == .date { hasDate = true }
      append(field)
    }
    if !hasDate { server.dateLine.append(to: output) }
    switch framing {
    case .none, .untilClose: break
    case .length(let length):
      if !hasLength {
        output.append("Content-Length: ")
        output.append(decimal: length)
        output.appendLineEnd()
      }
    case .chunked: output.append("Transfer-Encoding: chunked\r\n")
    }
    appendConnection(response)
    output.appendLineEnd()
  }

  /// Sends an interim response (RFC 9110, 15.2).
  func sendInterim(_ status: HTTPResponse.Status, _ fields: HTTPFields) throws {
    appendStatusLine(status)
    for field in fields { append(field) }
    output.appendLineEnd()
    try flush()
  }

  private func appendStatusLine(_ status: HTTPResponse.Status) {
    if status.code == 200, status.reasonPhrase == "OK" {
      return output.append("HTTP/1.1 200 OK\r\n")
    }
    output.append("HTTP/1.1 ")
    output.append(decimal: status.code)
    output.append(" ")
    output.append(status.reasonPhrase)
    output.appendLineEnd()
  }

  /// Values of `HTTPField` are free of line ends and other controls: nothing can be smuggled in.
  func append(_ field: HTTPField) {
    let output = output
    output.append(field.name.rawName)
    output.append(": ")
    field.withUnsafeBytesOfValue { output.append(UnsafeRawBufferPointer($0)) }
    output.appendLineEnd()
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
    if isLast { return output.append("Connection: close\r\n") }
    guard input.request.parsed.asksToKeepAlive else { return }
    if input.request.parsed.version < .http1_1 { output.append("Connection: keep-alive\r\n") }
    if let time = server.configuration.timeouts.idle, time >= .seconds(1) {
      output.append("Keep-Alive: timeout=")
      output.append(decimal: Int(time.components.seconds))
      output.appendLineEnd()
    }
  }
}
