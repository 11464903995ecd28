internal import Glibc

extension GreenFile {
  /// How a file is opened.
  ///
  /// The raw values are C's and Python's names: `GreenFile.Mode(rawValue: "r+")`.
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    /// For reading; the file must exist.
    case read = "r"
    /// For writing, emptied first, created if need be.
    case write = "w"
    /// For writing at the end, wherever that is then; created if need be.
    case append = "a"
    /// For writing, and it is an error if the file exists.
    case create = "x"
    /// For reading and writing in place; the file must exist.
    case update = "r+"
    /// For reading and writing, emptied first, created if need be.
    case rewrite = "w+"
    /// For reading anywhere and writing at the end; created if need be.
    case appendAndRead = "a+"
    /// For reading and writing, and it is an error if the file exists.
    case createAndRead = "x+"

    var flags: Int32 {
      switch self {
      case .read: O_RDONLY
      case .write: O_WRONLY | O_CREAT | O_TRUNC
      case .append: O_WRONLY | O_CREAT | O_APPEND
      case .create: O_WRONLY | O_CREAT | O_EXCL
      case .update: O_RDWR
      case .rewrite: O_RDWR | O_CREAT | O_TRUNC
      case .appendAndRead: O_RDWR | O_CREAT | O_APPEND
      case .createAndRead: O_RDWR | O_CREAT | O_EXCL
      }
    }

    var appends: Bool { self == .append || self == .appendAndRead }
  }
}
