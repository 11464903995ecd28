internal import EventletCore
internal import EventletNet
internal import Glibc
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

/// The lines about the beginning and the end of a serving.
struct ServingLog: Sendable {
  private let logger: Logger?
  private let place: String

  init(_ logger: Logger?, _ address: SocketAddress?, isSecure: Bool) {
    self.logger = logger
    let name = address.map { "\($0)" } ?? "an unknown address"
    let scheme = isSecure ? "https" : "http"
    place = address?.family == .unix ? name : "\(scheme)://\(name)"
  }

  func begin() { logger?.info("(\(getpid())) serving on \(place)") }

  /// - Parameter left: How many connections are still served.
  func end(left: Int = 0) {
    let rest = left == 0 ? "" : "; connections left: \(left)"
    logger?.info("(\(getpid())) no longer serving on \(place)\(rest)")
  }
}

extension ConnectionInfo {
  /// For messages.
  var peerName: String { remoteAddress.map { "\($0)" } ?? "a client" }
}
