internal import EventletCore
internal import EventletNet
internal import HTTPTypes

/// A time, by the clock that durations are measured with and by that of the calendar.
struct Moment {
  var time: Nanoseconds = 0
  var date = 0

  static var now: Moment {
    Moment(time: Hub.current.now, date: HTTPDate.now.secondsSinceEpoch)
  }
}

extension HTTPConnection {
  /// How far the connection was when a request's head had come.
  struct Mark {
    let receivedBytes: Int
    let producedBytes: Int
  }

  /// What has been sent, and what is about to be.
  private var producedBytes: Int { sentBytes + output.count }

  func mark() -> Mark {
    Mark(receivedBytes: receivedBytes - input.unusedCount, producedBytes: producedBytes)
  }

  /// Tells the logs of a request that is over.
  func record(_ request: ServerRequest, since mark: Mark) {
    var record = AccessRecord(status: responseStatus)
    record.clientAddress = request.clientAddress
    // Most have none, and to make all fields is dear.
    if request[ForwardedNode.xForwardedFor] != nil {
      record.forwardedFor = ForwardedFor.list(in: request.headerFields)
    }
    record.requestLine = request.line
    record.method = "\(request.method)"
    record.target = request.target
    record.route = request.route
    record.userAgent = request[.userAgent]
    record.referer = request[.referer]
    record.bytesReceived =
      request.parsed.byteCount + receivedBytes - input.unusedCount - mark.receivedBytes
    take(&record, since: mark)
  }

  /// Tells the logs of what was no request, by what has come of it.
  func recordRefusal(since mark: Mark) {
    var record = AccessRecord(status: responseStatus)
    record.clientAddress = info.remoteAddress
    let bytes = input.fromHead
    if input.parser.hasRequestLine {
      let head = input.request.parsed
      let text = { (part: RequestHead.Part) in String(decoding: part.of(bytes), as: UTF8.self) }
      record.requestLine = text(head.line)
      record.method = text(head.methodName)
      record.target = text(head.target)
    } else {
      // An empty line may come before it (RFC 9112, 2.2).
      let line = bytes.drop(while: ByteClass.isLineEnd).prefix(256).prefix {
        !ByteClass.isLineEnd($0)
      }
      record.requestLine = String(decoding: line, as: UTF8.self)
    }
    record.bytesReceived = bytes.count
    take(&record, since: mark)
  }

  private func take(_ record: inout AccessRecord, since mark: Mark) {
    record.peerAddress = info.remoteAddress
    // What was about to be sent for requests before it may have been given up with the connection.
    record.bytesSent = max(0, producedBytes - mark.producedBytes)
    record.duration = .nanoseconds((responseEnd ?? Hub.current.now) - requestBegin.time)
    record.date = requestBegin.date
    server.take(record)
  }
}
