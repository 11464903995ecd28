internal import CEventletCore

/// A lock between OS threads, for a handful of instructions that never wait and call nobody's code.
///
/// Not `Mutex`: that hands a contended lock over in the kernel, where two hubs that send to each
/// other spent most of their time, and the thread sanitizer cannot see into it. This one spins for
/// as long as such a handful takes before it sleeps.
@usableFromInline
package final class BriefLock: @unchecked Sendable {
  // @unchecked Sendable because the word is touched atomically alone.
  private let word = UnsafeMutablePointer<ev_lock>.allocate(capacity: 1)

  @usableFromInline
  package init() { word.initialize(to: ev_lock()) }

  deinit { word.deallocate() }

  @usableFromInline
  func take() { ev_lock_take(word) }

  @usableFromInline
  func release() { ev_lock_release(word) }

  func renewInChild() { word.pointee = ev_lock() }

  @inlinable
  package func withLock<Result>(_ body: () -> Result) -> Result {
    take()
    defer { release() }
    return body()
  }
}
