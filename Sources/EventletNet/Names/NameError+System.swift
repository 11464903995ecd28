internal import EventletCore
internal import Glibc

extension NameError {
  /// From what getaddrinfo or getnameinfo returned.
  /// - Parameters:
  ///   - name: What was to be resolved.
  ///   - code: An `EAI_…` number.
  ///   - errno: The error number of the same call.
  package init(_ name: String, code: Int32, errno: Int32) {
    let reason: Reason
    switch code {
    case EAI_NONAME: reason = .notFound
    // glibc has these for those alone who ask for extensions, EAI_NODATA and EAI_ADDRFAMILY.
    case -5, -9: reason = .noData
    case EAI_AGAIN: reason = .temporary
    case EAI_FAIL: reason = .serverFailure
    case EAI_SERVICE: reason = .unknownService
    case EAI_SYSTEM: reason = .system(errno: errno)
    default: reason = .other(gai_strerror(code).map { String(cString: $0) } ?? "error \(code)")
    }
    self.init(name, reason)
  }
}

extension NameError.Reason {
  var text: String {
    switch self {
    case .notFound: "no such name"
    case .noData: "the name has no such record"
    case .temporary: "temporary failure, no answer now"
    case .timedOut: "no name server has answered in time"
    case .serverFailure: "the name servers failed"
    case .refused: "the name servers refused to answer"
    case .badResponse: "a name server sent a bad response"
    case .invalidName(let text): text
    case .notNumeric: "no IP address, and names were not to be looked up"
    case .unknownService: "no such service"
    case .closed: "the resolver was closed"
    case .system(let errno): SystemError(call: "getaddrinfo", errno: errno).description
    case .other(let text): text
    }
  }
}
