internal import EventletCore
internal import EventletNet
internal import HTTPTypes

/// Receives the body of one request for as long as the request lasts.
final class BodyReceiver {
  private enum Continuation {
    /// The client sends the body without being told to.
    case notAwaited
    case awaited
    case sent
  }

  /// Below this, it is better to receive what follows in the same call.
  private static let leastDirect = 4096

  private let connection: HTTPConnection
  let announcedLength: Int?
  /// What is left of a body of known length.
  @exclusivity(unchecked) private var remaining: Int
  @exclusivity(unchecked) private var decoder: ChunkedDecoder?
  @exclusivity(unchecked) private(set) var isAtEnd = false
  @exclusivity(unchecked) private(set) var receivedCount = 0
  @exclusivity(unchecked) var limit: Int?
  @exclusivity(unchecked) private(set) var trailers = HTTPFields()
  @exclusivity(unchecked) private var continuation: Continuation
  /// How long it was waited for bytes so far.
  @exclusivity(unchecked) private var waited: Nanoseconds = 0
  /// Who reads.
  ///
  /// A second reader would get bytes out of their order.
  @exclusivity(unchecked) private var reader: AnyGreenThread?
  /// What is wrong with the body: found again at each further call.
  @exclusivity(unchecked) private var failure: RequestError?

  init(_ framing: RequestHead.Framing, expectsContinue: Bool, of connection: HTTPConnection) {
    self.connection = connection
    let limits = connection.configuration.limits
    limit = limits.body
    continuation = expectsContinue ? .awaited : .notAwaited
    if case .length(let length) = framing {
      announcedLength = length
      remaining = length
    } else {
      announcedLength = nil
      remaining = 0
      decoder = ChunkedDecoder(limits: limits)
    }
  }

  /// Whether the client has not been told to send the body, and so may never do.
  var isContinueAwaited: Bool { continuation == .awaited }

  /// Whether a green thread waits for it.
  var isBeingRead: Bool { reader != nil }

  /// Whether nobody knows where the next request begins.
  var hasFailed: Bool { failure != nil }

  /// What is left, where that is known.
  var remainingCount: Int? { announcedLength == nil ? nil : remaining }

  func receive(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if let failure { throw failure }
    if let first = reader {
      throw HubError.second(.reading, of: connection.descriptor, after: first)
    }
    if isAtEnd || buffer.isEmpty { return 0 }
    if let limit, let announcedLength, announcedLength > limit {
      throw fail(.bodyTooLong(limit: limit))
    }
    reader = GreenThread.current
    defer { reader = nil }
    try sendContinueIfAwaited()
    do {
      return announcedLength == nil
        ? try receiveChunked(into: buffer) : try receiveCounted(into: buffer)
    } catch let error as RequestError {
      failure = error
      throw error
    }
  }

  /// - Returns: empty at the end of the body.
  func receive(upTo count: Int) throws -> [UInt8] {
    if isAtEnd { return [] }
    let most = min(count, announcedLength ?? count, 1 << 20)
    // Not into an array's own storage: that access would stay open across the switch.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(most, 0), alignment: 16)
    defer { buffer.deallocate() }
    return Array(buffer[..<(try receive(into: buffer))])
  }

  private func fail(_ reason: RequestError.Reason) -> RequestError {
    let error = RequestError(reason)
    failure = error
    return error
  }

  private func receiveCounted(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = try receiveData(into: buffer, most: remaining, missing: remaining)
    remaining -= count
    if remaining == 0 { isAtEnd = true }
    return count
  }

  private func receiveChunked(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      let data = decoder.unsafelyUnwrapped.dataCount
      if data > 0 {
        let count = try receiveData(into: buffer, most: data, missing: data)
        decoder?.takeData(count)
        if let limit, receivedCount > limit { throw RequestError(.bodyTooLong(limit: limit)) }
        return count
      }
      if decoder.unsafelyUnwrapped.isAtEnd {
        collectTrailers()
        isAtEnd = true
        return 0
      }
      if connection.input.unusedCount == 0 { try fill(missing: 1) }
      let used = try takeControl()
      connection.input.use(used)
    }
  }

  private func takeControl() throws(RequestError) -> Int {
    try decoder?.takeControl(connection.input.unused) ?? 0
  }

  /// Receives data of the body; `missing` bytes, at least, are to come if the stream ends.
  private func receiveData(
    into buffer: UnsafeMutableRawBufferPointer, most: Int, missing: Int
  ) throws -> Int {
    let wanted = min(buffer.count, most)
    var count = min(wanted, connection.input.unusedCount)
    if count == 0, wanted >= Self.leastDirect {
      count = try waiting {
        try connection.transport.receive(
          into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), until: $0)
      }
      if count == 0 { throw RequestError(.bodyEndedEarly(missing: missing)) }
      connection.receivedBytes += count
    } else {
      if count == 0 {
        try fill(missing: missing)
        count = min(wanted, connection.input.unusedCount)
      }
      buffer.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: connection.input.unused[..<count]))
      connection.input.use(count)
    }
    receivedCount += count
    return count
  }

  private func fill(missing: Int) throws {
    let count = try waiting { try connection.receiveMore(until: $0) }
    if count == 0 { throw RequestError(.bodyEndedEarly(missing: missing)) }
  }

  /// Has something wait for the client, within what is left of its time.
  private func waiting(_ receive: (_ deadline: Nanoseconds) throws -> Int) throws -> Int {
    // What is to be sent first may be what the client waits for.
    try connection.flush()
    let timeouts = connection.configuration.timeouts
    guard let time = timeouts.body else { return try receive(.never) }
    let hub = Hub.current
    let begin = hub.now
    let allowed = timeouts.allowance(time, for: receivedCount)
    defer { waited += hub.now - begin }
    do { return try receive(max(begin, begin + allowed - waited)) } catch is IOTimeout {
      throw RequestError(.bodyTimedOut)
    }
  }

  // MARK: Trailers

  private func collectTrailers() {
    guard let decoder, !decoder.trailerFields.isEmpty else { return }
    decoder.trailers.withUnsafeBytes { bytes in
      for field in decoder.trailerFields {
        let name = HTTPField.Name(String(decoding: field.name.of(bytes), as: UTF8.self))
        // The parser has let through none that is not one.
        if let name { trailers.append(HTTPField(name: name, value: field.value.of(bytes))) }
      }
    }
  }

  // MARK: 100 Continue

  private func sendContinueIfAwaited() throws {
    guard continuation == .awaited else { return }
    try connection.waitForSender()
    // Somebody else may have told it meanwhile.
    if continuation == .awaited { try sendContinue(HTTPFields()) }
  }

  func sendContinue(_ fields: HTTPFields) throws {
    if continuation == .notAwaited { return }
    // What is being sent lies where this is to be put.
    try connection.waitForSender()
    // Once the response has begun, be it in the output buffer, it would be read as a part of that.
    guard !connection.holdsResponse, !connection.hasBegunResponse else {
      continuation = .sent
      return
    }
    // Before it is: what a kill leaves unsent stays in the output buffer.
    continuation = .sent
    try connection.sendInterim(.continue, fields)
  }

  // MARK: The rest

  /// Throws away what the handler has not read, which the client is told to send if it waits.
  /// - Throws: what is wrong with the body, or that there is more than is thrown away.
  func discardAll() throws {
    if isAtEnd { return }
    if let failure { throw failure }
    if let reader { throw HubError.second(.reading, of: connection.descriptor, after: reader) }
    let most = connection.configuration.limits.discardedBody
    // Before it is told to send what would not be taken.
    if let remainingCount, remainingCount > most { throw fail(.bodyTooLong(limit: most)) }
    try sendContinueIfAwaited()
    if try !discardRest() { throw failure ?? fail(.bodyTooLong(limit: most)) }
  }

  /// Throws away what the handler has not read.
  /// - Returns: whether the end was found, so that another request may follow.
  func discardRest() throws -> Bool {
    if isAtEnd { return true }
    if failure != nil || reader != nil || isContinueAwaited { return false }
    let most = connection.configuration.limits.discardedBody
    if let remainingCount = remainingCount, remainingCount > most { return false }
    limit = nil
    let end = receivedCount + most
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16_384, alignment: 16)
    defer { buffer.deallocate() }
    while receivedCount <= end { if try receive(into: buffer) == 0 { return isAtEnd } }
    return false
  }
}
