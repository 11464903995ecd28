/// A name, an address or a service that could not be resolved.
///
/// Says which, and why: `resolve example.org: no such name`.
///
/// ```swift
/// do { try connectToPeer() } catch let error as NameError where error.isTemporary { retryLater() }
/// ```
///
/// A fresh value each time. The caller's own `timeout:` is a ``IOTimeout`` instead.
///
/// In Python: `socket.gaierror`.
public struct NameError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Why something was not resolved.
  public enum Reason: Hashable, Sendable {
    /// There is no such name, as who is responsible for it says (EAI_NONAME; NXDOMAIN).
    case notFound
    /// The name exists, and has nothing of what was asked for, such as no address of that family
    /// (EAI_NODATA).
    case noData
    /// No answer now; there may be one later (EAI_AGAIN).
    case temporary
    /// No name server answered within its time and tries.
    case timedOut
    /// The name servers failed (EAI_FAIL; SERVFAIL).
    case serverFailure
    /// The name servers will not answer this question, or cannot be reached (REFUSED).
    case refused
    /// What a name server sent is no answer to the question, or none at all.
    case badResponse
    /// Nothing that may be asked for. Holds what is wrong with it.
    case invalidName(String)
    /// A name where only an address was to be given (EAI_NONAME with AI_NUMERICHOST).
    case notNumeric
    /// There is no service of that name (EAI_SERVICE).
    case unknownService
    /// The resolver was closed, before or meanwhile.
    case closed
    /// A system call that the kernel refused (EAI_SYSTEM). Holds the error number.
    case system(errno: Int32)
    /// Anything else that a library reports. Holds its text.
    case other(String)
  }

  /// What was to be resolved: a name, an address, a service.
  public let name: String
  /// Why it was not.
  public let reason: Reason

  /// Creates an error, for a ``Resolver`` of one's own.
  /// - Parameters:
  ///   - name: What was to be resolved.
  ///   - reason: Why it was not.
  public init(_ name: String, _ reason: Reason) {
    self.name = name
    self.reason = reason
  }

  /// Whether the same question may well be answered later.
  public var isTemporary: Bool {
    switch reason {
    case .temporary, .timedOut, .serverFailure, .refused, .badResponse, .system: true
    default: false
    }
  }

  /// What – on what – why.
  public var description: String { "resolve \(name.isEmpty ? "''" : name): \(reason.text)" }
}
