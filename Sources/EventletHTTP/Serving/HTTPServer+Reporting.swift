internal import EventletCore
internal import Logging

extension HTTPServer {
  /// Whether anybody wants to know of each request.
  var keepsRecords: Bool {
    configuration.accessLog != nil || configuration.onRequestEnd != nil
  }

  func requestBegins() {
    statistics.requestCount += 1
    statistics.activeCount += 1
  }

  func requestEnds() { statistics.activeCount -= 1 }

  func requestIsRefused(_ error: RequestError, _ connection: HTTPConnection) {
    statistics.refusedCount += 1
    log(debug: "\(connection.info.peerName): \(error)")
  }

  func take(_ record: AccessRecord) {
    configuration.accessLog?.take(record)
    configuration.onRequestEnd?(record)
  }

  /// An error that the client is not told of.
  func report(_ error: any Error, _ origin: @autoclosure () -> String) {
    if let logger = configuration.logger {
      logger.error("\(origin()): \(error)")
    } else {
      Hub.current.report(error, origin: origin())
    }
  }

  func log(debug message: @autoclosure () -> String) {
    configuration.logger?.debug("\(message())")
  }

  func log(warning message: @autoclosure () -> String) {
    configuration.logger?.warning("\(message())")
  }
}
