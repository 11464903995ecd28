internal import EventletCore
internal import EventletNet
internal import HTTPTypes

extension HTTPConnection {
  /// How far the connection was when a request began.
  struct Mark {
    let time: Nanoseconds
    let receivedBytes: Int
    let producedBytes: Int
  }

  /// What has been sent, and what is about to be.
  private var producedBytes: Int { sentBytes + output.count }

  func mark() -> Mark {
    Mark(
      time: Hub.current.now, receivedBytes: receivedBytes - input.unusedCount,
      producedBytes: producedBytes)
  }

  /// Tells the logs of a request that is over.
  func record(_ request: ServerRequest, since mark: Mark) {
    var record = AccessRecord(status: responseStatus)
    record.clientAddress = request.clientAddress
    record.forwardedFor = ForwardedFor.list(in: request.headerFields)
    record.requestLine = request.line
    record.method = "\(request.method)"
    record.target = request.target
    record.userAgent = request[.userAgent]
    record.referer = request[.referer]
    record.bytesReceived =
      request.parsed.byteCount + receivedBytes - input.unusedCount - mark.receivedBytes
    take(&record, since: mark)
  }

  /// Tells the logs of what was no request, by what has come of it.
  func recordRefusal(since mark: Mark) {
    let line = input.fromHead.prefix(256).prefix {
      $0 != ByteClass.carriageReturn && $0 != ByteClass.lineFeed
    }
    var record = AccessRecord(status: responseStatus)
    record.clientAddress = info.remoteAddress
    record.requestLine = String(decoding: line, as: UTF8.self)
    record.bytesReceived = input.fromHead.count
    take(&record, since: mark)
  }

  private func take(_ record: inout AccessRecord, since mark: Mark) {
    record.bytesSent = producedBytes - mark.producedBytes
    record.duration = .nanoseconds(Hub.current.now - mark.time)
    record.date = HTTPDate.now.secondsSinceEpoch
    server.take(record)
  }
}
