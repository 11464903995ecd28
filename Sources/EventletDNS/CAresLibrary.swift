internal import CAres
internal import EventletNet

/// What c-ares wants of the process, and what it says.
enum CAresLibrary {
  private static let status = ares_library_init(ARES_LIB_INIT_ALL)

  /// Comes before any other call, on any OS thread.
  static func prepare() throws { try check(status, "c-ares") }

  /// Throws what says that a call failed.
  static func check(_ status: Int32, _ subject: String) throws {
    if status != ARES_SUCCESS { throw NameError(subject, reason(status)) }
  }

  /// Why a question has no answer.
  static func reason(_ status: Int32) -> NameError.Reason {
    switch status {
    case ARES_ENOTFOUND: .notFound
    case ARES_ENODATA: .noData
    case ARES_ETIMEOUT: .timedOut
    case ARES_ESERVFAIL: .serverFailure
    case ARES_EREFUSED, ARES_ENOTIMP, ARES_ECONNREFUSED: .refused
    case ARES_EFORMERR, ARES_EBADRESP, ARES_EOF: .badResponse
    case ARES_EBADNAME, ARES_EBADQUERY: .invalidName("a name that cannot be asked for")
    default: .other(ares_strerror(status).map { String(cString: $0) } ?? "error \(status)")
    }
  }
}
