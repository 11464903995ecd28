internal import EventletNet
internal import Glibc
internal import Logging

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
