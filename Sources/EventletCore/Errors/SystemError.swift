internal import CEventletCore
internal import Glibc

/// A system call that the kernel refused.
///
/// Says which call, on what, and why: `connect to 127.0.0.1:80: connection
/// refused (ECONNREFUSED)`. The named constants match by error number alone:
///
/// ```swift
/// do { try GreenSocket.connect(to: address) } catch SystemError.connectionRefused { … }
/// ```
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The call, such as `connect`.
  public let call: String
  /// The error number of `<errno.h>`.
  public let errno: Int32
  /// What the call was made on, such as `127.0.0.1:80` or `descriptor 7`.
  ///
  /// May be empty.
  public let subject: String

  /// Creates an error from an error number.
  /// - Parameters:
  ///   - call: The call, such as `connect`.
  ///   - errno: The error number of `<errno.h>`.
  ///   - subject: What the call was made on; empty by default.
  public init(call: String, errno: Int32, subject: String = "") {
    self.call = call
    self.errno = errno
    self.subject = subject
  }

  /// Creates an error from this OS thread's `errno`.
  package init(call: String, subject: @autoclosure () -> String = "") {
    // First of all: building the subject may make system calls of its own.
    let errno = ev_errno()
    self.init(call: call, errno: errno, subject: subject())
  }

  /// What – on what – why.
  public var description: String {
    let text = strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
    let name = ev_errno_name(errno).map { " (\(String(cString: $0)))" } ?? ""
    let on = subject.isEmpty ? "" : " \(subject)"
    return "\(call)\(on): \(text.prefix(1).lowercased() + text.dropFirst())\(name)"
  }

  /// Matches an error by its number in a `catch` clause.
  public static func ~= (pattern: SystemError, error: any Error) -> Bool {
    (error as? SystemError)?.errno == pattern.errno
  }
}

extension SystemError {
  /// Nobody listens there (ECONNREFUSED).
  public static let connectionRefused = SystemError(call: "", errno: ECONNREFUSED)
  /// The peer broke the connection off (ECONNRESET).
  public static let connectionReset = SystemError(call: "", errno: ECONNRESET)
  /// Writing to a connection whose reading side is gone (EPIPE).
  public static let brokenPipe = SystemError(call: "", errno: EPIPE)
  /// Not possible now, and the call was told not to wait (EAGAIN).
  public static let wouldBlock = SystemError(call: "", errno: EAGAIN)
  /// The socket has no peer (ENOTCONN).
  public static let notConnected = SystemError(call: "", errno: ENOTCONN)
  /// Somebody else has that address (EADDRINUSE).
  public static let addressInUse = SystemError(call: "", errno: EADDRINUSE)
  /// The descriptor is closed or never was one (EBADF).
  public static let badDescriptor = SystemError(call: "", errno: EBADF)
  /// The kernel or the network gave the peer up (ETIMEDOUT).
  public static let connectionTimedOut = SystemError(call: "", errno: ETIMEDOUT)
  /// An argument that the kernel does not accept (EINVAL).
  public static let invalidArgument = SystemError(call: "", errno: EINVAL)
}
