/// What ``AnyGreenThread/link(_:)`` returns and ``AnyGreenThread/unlink(_:)`` takes.
public struct GreenThreadLink {
  final class Identity {}
  let identity = Identity()
  let callback: (AnyGreenThread) throws -> Void
}

extension AnyGreenThread {
  /// Has a call made when this green thread ends, however it ends.
  ///
  /// Links run in the order linked, on the ending green thread, after its result
  /// is stored and before anybody who waits for it resumes. Linking to one that
  /// has ended makes the call at once, in the caller's context. An error of one
  /// link is reported to ``Hub/onUncaughtError`` and stops no other. A link
  /// cannot wait, since its green thread has ended: a call that would gets
  /// ``HubError/blockingCallInHub(_:)``. It may spawn, send and kill.
  ///
  /// ```swift
  /// thread.link { print("\($0) has ended") }
  /// ```
  ///
  /// In Python: `GreenThread.link`.
  @discardableResult
  public final func link(_ callback: @escaping (AnyGreenThread) throws -> Void) -> GreenThreadLink {
    let link = GreenThreadLink(callback: callback)
    if isFinished { run(link) } else { links.append(link) }
    return link
  }

  /// Takes a link back.
  /// - Returns: false when it was not there, or has run.
  ///
  /// In Python: `GreenThread.unlink`.
  @discardableResult
  public final func unlink(_ link: GreenThreadLink) -> Bool {
    guard let index = links.firstIndex(where: { $0.identity === link.identity }) else {
      return false
    }
    links.remove(at: index)
    return true
  }

  final func runLinks() {
    // A link may link: the new one is called in this pass.
    while !links.isEmpty { run(links.removeFirst()) }
  }

  private func run(_ link: GreenThreadLink) {
    do { try link.callback(self) } catch {
      UncaughtError.report(error, origin: "a link of \(self)")
    }
  }
}
