/// The fields that decide where a request ends and what becomes of the connection, and the rules
/// for them (RFC 9112, 3.2, 6 and 9; RFC 9110, 7.6.1, 8.6 and 10.1.1).
struct FramingFields {
  private var contentLength: RequestHead.Part?
  private var transferEncoding: RequestHead.Part?
  private var host: RequestHead.Part?
  private var expectsContinue = false
  private var expectsSomethingElse = false
  private var repeatsTransferEncoding = false
  /// Places of `Connection`, which may be repeated: as a rule there is one at most.
  private var firstConnection: Int?
  private var lastConnection = 0

  /// Looks at a field that comes at `index` of the head's.
  mutating func note(
    _ field: RequestHead.Field, at index: Int, of bytes: UnsafeRawBufferPointer
  ) throws(RequestError) {
    let name = field.name.of(bytes)
    switch name.count {
    case 4:
      guard name.equalsIgnoringCase("host") else { return }
      if host != nil { throw RequestError(.repeatedHost) }
      host = field.value
    case 6:
      guard name.equalsIgnoringCase("expect") else { return }
      // Several are one list, whose every member counts (RFC 9110, 5.3).
      if field.value.of(bytes).equalsIgnoringCase("100-continue") {
        expectsContinue = true
      } else {
        expectsSomethingElse = true
      }
    case 10:
      guard name.equalsIgnoringCase("connection") else { return }
      if firstConnection == nil { firstConnection = index }
      lastConnection = index
    case 14:
      guard name.equalsIgnoringCase("content-length") else { return }
      // Even the same one twice: somebody before us may have looked at another.
      if contentLength != nil { throw RequestError(.repeatedContentLength) }
      contentLength = field.value
    case 17:
      guard name.equalsIgnoringCase("transfer-encoding") else { return }
      if transferEncoding != nil { repeatsTransferEncoding = true }
      transferEncoding = field.value
    default: break
    }
  }

  /// At the end of the head.
  func interpret(
    _ bytes: UnsafeRawBufferPointer, into head: inout RequestHead
  ) throws(RequestError) {
    try interpretHost(bytes, into: &head)
    head.framing = try framing(bytes, head.version)
    interpretConnection(bytes, into: &head)
    // HTTP/1.0 has none.
    if head.version >= .http1_1 {
      if expectsSomethingElse { throw RequestError(.unsupportedExpectation) }
      head.expectsContinue = expectsContinue && head.framing != .none
    }
  }

  private func interpretHost(
    _ bytes: UnsafeRawBufferPointer, into head: inout RequestHead
  ) throws(RequestError) {
    guard let host else {
      if head.version >= .http1_1 { throw RequestError(.missingHost) }
      return
    }
    guard Authority.isValid(host.of(bytes)) else { throw RequestError(.malformedHost) }
    // That of the target comes before it.
    if head.authority == nil { head.authority = host }
  }

  private func framing(
    _ bytes: UnsafeRawBufferPointer, _ version: HTTPVersion
  ) throws(RequestError) -> RequestHead.Framing {
    guard let transferEncoding else {
      guard let contentLength else { return .none }
      let length = try Self.length(contentLength.of(bytes))
      return length == 0 ? .none : .length(length)
    }
    if contentLength != nil { throw RequestError(.contradictoryLengths) }
    if version < .http1_1 { throw RequestError(.transferEncodingInHTTP1_0) }
    if repeatsTransferEncoding { throw RequestError(.malformedTransferEncoding) }
    let value = transferEncoding.of(bytes)
    if value.equalsIgnoringCase("chunked") { return .chunked }
    throw RequestError(Self.faultOfTransferEncoding(value))
  }

  private static func faultOfTransferEncoding(
    _ value: UnsafeRawBufferPointer
  ) -> RequestError.Reason {
    var chunkedCount = 0
    var isChunkedLast = false
    var codings = 0
    value.forEachListMember { coding in
      codings += 1
      isChunkedLast = coding.equalsIgnoringCase("chunked")
      if isChunkedLast { chunkedCount += 1 }
    }
    // Commas around a single `chunked` are read differently by different readers.
    guard codings > 0, chunkedCount <= 1, chunkedCount == 0 || isChunkedLast, codings > chunkedCount
    else { return .malformedTransferEncoding }
    return .unsupportedTransferEncoding
  }

  /// Digits and nothing else; without leading signs, spaces or underscores, and no list.
  private static func length(_ value: UnsafeRawBufferPointer) throws(RequestError) -> Int {
    guard !value.isEmpty else { throw RequestError(.malformedContentLength) }
    var length = 0
    for byte in value {
      guard ByteClass.isDigit(byte) else { throw RequestError(.malformedContentLength) }
      let (product, overflows) = length.multipliedReportingOverflow(by: 10)
      let (sum, overflowsToo) = product.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      if overflows || overflowsToo { throw RequestError(.malformedContentLength) }
      length = sum
    }
    return length
  }

  private func interpretConnection(
    _ bytes: UnsafeRawBufferPointer, into head: inout RequestHead
  ) {
    guard let firstConnection else { return }
    var close = false
    var keepAlive = false
    var upgrade = false
    for index in firstConnection...lastConnection {
      let field = head.fields[index]
      guard index == firstConnection || field.name.of(bytes).equalsIgnoringCase("connection") else {
        continue
      }
      field.value.of(bytes).forEachListMember { option in
        if option.equalsIgnoringCase("close") { close = true }
        if option.equalsIgnoringCase("keep-alive") { keepAlive = true }
        if option.equalsIgnoringCase("upgrade") { upgrade = true }
      }
    }
    head.asksToClose = close
    head.asksToKeepAlive = keepAlive
    head.asksToUpgrade = upgrade
  }
}
