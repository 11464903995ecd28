public import EventletCore
internal import Glibc

/// What a test must not leave behind: counts taken before and after.
///
/// ```swift
/// let check = LeakCheck()
/// try talk(to: peer)
/// for leak in check.leaks(of: Hub.current) { print(leak) }
/// ```
public struct LeakCheck {
  private let descriptors: Set<String>?

  /// Takes stock of the process.
  /// - Parameter countsOpenDescriptors: Pass false where other tests run in the process at the
  ///   same time, as Swift Testing has it: what they open would count.
  public init(countsOpenDescriptors: Bool = true) {
    descriptors = countsOpenDescriptors ? Self.openDescriptors() : nil
  }

  /// What has come to stay since, one line each; empty if nothing.
  ///
  /// Counts all green threads, timers, waits and registered descriptors of `hub`,
  /// and those open descriptors of the process that were not open before.
  /// Descriptors without a file, such as those of eventfd and epoll, are passed
  /// over: other libraries make them when they like.
  public func leaks(of hub: Hub) -> [String] {
    var found = hub.greenThreads.map { "leaked \($0)" }
    let statistics = hub.statistics
    if statistics.timers > 0 { found.append("leaked \(statistics.timers) timers") }
    if statistics.descriptorWaits > 0 {
      found.append("leaked \(statistics.descriptorWaits) waits for descriptors")
    }
    if statistics.descriptors > 0 {
      found.append("leaked \(statistics.descriptors) registered descriptors")
    }
    if let descriptors {
      for name in Self.openDescriptors().subtracting(descriptors).sorted() {
        found.append("leaked descriptor \(name)")
      }
    }
    return found
  }

  /// Numbers with what they refer to: a number closed and opened anew differs.
  static func openDescriptors() -> Set<String> {
    guard let directory = opendir("/proc/self/fd") else { return [] }
    defer { closedir(directory) }
    let own = dirfd(directory)
    var found: Set<String> = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) }
      guard let number = Int32(name), number != own else { continue }
      var target = [CChar](repeating: 0, count: 256)
      let length = readlink("/proc/self/fd/\(name)", &target, target.count - 1)
      // Closed since by another OS thread.
      if length < 0 { continue }
      let text = String(decoding: target[..<length].map(UInt8.init), as: UTF8.self)
      // Dispatch, under XCTest, makes event and timer descriptors when it likes.
      if text.hasPrefix("anon_inode:") { continue }
      // A sanitizer talks by pipes with a process that knows names, from its first report on, be
      // it one that is suppressed.
      if text.hasPrefix("pipe:"), Sanitizer.isActive { continue }
      found.insert("\(number) → \(text)")
    }
    return found
  }
}
