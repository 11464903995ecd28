public import EventletNet
public import HTTPTypes

/// A path from a client that leads to no file of a ``DirectoryRoot``.
///
/// ```swift
/// do { entry = try root.open(path) } catch let error as FileAccessError {
///   throw HTTPError(error.status, "there is no such page")
/// }
/// ```
///
/// One that a handler lets go on is answered with its ``status``, and nothing about the path. What is wrong with the disk or the process is a ``/EventletCore/SystemError`` instead.
public struct FileAccessError: PeerError, Hashable, Sendable, CustomStringConvertible {
  /// Why there is no file.
  public enum Reason: Hashable, Sendable {
    /// Nothing has that name.
    case notFound
    /// A name begins with a dot.
    case hidden
    /// A name is `..`.
    case climbs
    /// A name holds a NUL, which would end it.
    case holdsNUL
    /// A symbolic link leads out of the directory, or begins at the root of the file system.
    case outside
    /// A symbolic link is on the way, and they are not followed; or they lead in a circle.
    case symbolicLink
    /// A pipe, a socket or a device.
    case notAFile
    /// The process may not read it.
    case permissionDenied
  }

  /// The path that was asked for.
  public let path: String
  /// Why there is no file.
  public let reason: Reason

  /// Creates an error.
  /// - Parameters:
  ///   - path: The path that was asked for.
  ///   - reason: Why there is no file.
  public init(path: String, reason: Reason) {
    self.path = path
    self.reason = reason
  }

  /// What to answer: 400 for a path that is no good anywhere, 403 for what the process may not read,
  /// and 404 for all else, lest it tell what there is.
  public var status: HTTPResponse.Status {
    switch reason {
    case .climbs, .holdsNUL: .badRequest
    case .permissionDenied: .forbidden
    case .notFound, .hidden, .outside, .symbolicLink, .notAFile: .notFound
    }
  }

  /// What – on what – why.
  public var description: String {
    let why =
      switch reason {
      case .notFound: "no such file"
      case .hidden: "a name begins with a dot"
      case .climbs: "a name is '..'"
      case .holdsNUL: "a name holds a NUL"
      case .outside: "a symbolic link leads out of the directory"
      case .symbolicLink: "a symbolic link is not followed"
      case .notAFile: "neither a file nor a directory"
      case .permissionDenied: "permission denied"
      }
    return "open '\(EscapedText(path))': \(why)"
  }
}
