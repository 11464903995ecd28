internal import CEventletCore
internal import EventletCore
internal import Glibc

/// Opens what lies beneath a directory where the kernel has no openat2(2), name by name.
///
/// Symbolic links are read and followed by hand, and `..` in them leads back to a directory that the
/// walk came through and has open: whatever is renamed or replaced meanwhile, no step leads out.
struct PathWalk {
  /// From the root to where it has come; the last is where the next name is looked for.
  private var directories: [OwnedDescriptor]
  /// Those that are left, in reverse.
  private var names: [[UInt8]]
  private let followsLinks: Bool
  /// As many as the kernel follows.
  private var linksLeft = 40
  private let subject: String

  init(from root: OwnedDescriptor, to path: RelativePath, followsLinks: Bool, subject: String) {
    directories = [root]
    names = Self.names(in: path.cString.dropLast())
    self.followsLinks = followsLinks
    self.subject = subject
  }

  /// Without the NUL that ends a path.
  private static func names(in path: ArraySlice<UInt8>) -> [[UInt8]] {
    path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .reversed().map(Array.init)
  }

  /// Walks, and opens what it arrives at.
  mutating func open(flags: Int32) throws -> OwnedDescriptor {
    while let name = names.popLast() {
      switch name {
      case [], Array(".".utf8): break
      case Array("..".utf8):
        if directories.count == 1 { throw error(EXDEV) }
        directories.removeLast()
      default:
        let isLast = names.isEmpty
        // Not followed, be it replaced by a link this very moment.
        let how = isLast ? flags : Int32(EV_OPEN_PATH) | O_DIRECTORY
        if let opened = descriptor(name, how | O_NOFOLLOW) {
          if isLast { return opened }
          directories.append(opened)
        } else {
          try follow(name, orThrow: ev_errno())
        }
      }
    }
    guard let opened = descriptor(Array(".".utf8), flags) else {
      throw error(ev_errno())
    }
    return opened
  }

  private var here: Int32 { directories[directories.count - 1].number }

  private func descriptor(_ name: [UInt8], _ flags: Int32) -> OwnedDescriptor? {
    let number = ev_open_at(here, name + [0], flags | O_CLOEXEC)
    return number < 0 ? nil : OwnedDescriptor(number)
  }

  /// Goes on with what a link says, if it is one.
  private mutating func follow(_ name: [UInt8], orThrow errorNumber: Int32) throws {
    // What not following a link gives: the second if a directory was asked for.
    guard [ELOOP, ENOTDIR].contains(errorNumber) else { throw error(errorNumber) }
    var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = readlinkat(here, name + [0], &target, target.count)
    guard length >= 0 else { throw error(errorNumber) }
    guard followsLinks, linksLeft > 0 else { throw error(ELOOP) }
    linksLeft -= 1
    guard length < target.count else { throw error(ENAMETOOLONG) }
    if target[0] == UInt8(ascii: "/") { throw error(EXDEV) }
    names += Self.names(in: target[..<length])
  }

  private func error(_ number: Int32) -> SystemError {
    SystemError(call: "open", errno: number, subject: subject)
  }
}
