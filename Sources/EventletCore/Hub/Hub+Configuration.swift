internal import CEventletCore
internal import Glibc

extension Hub {
  /// Which call asks the kernel for ready descriptors.
  public enum PollerKind: String, Sendable {
    /// epoll(7), the default.
    case epoll
    /// poll(2).
    case poll
  }

  /// How a hub is made, see ``Hub/use(_:)-(Hub.Configuration)``.
  public struct Configuration {
    /// epoll, unless the environment variable `EVENTLET_HUB` says `poll`.
    public var poller: PollerKind
    /// Usable bytes of a green thread's stack, of virtual memory: only what is touched counts.
    ///
    /// 256 KiB by default.
    public var stackSize = 256 * 1024
    /// The clock; nil is the kernel's monotonic clock.
    public var clock: (any HubClock)?
    /// Whether each green thread has its own set of open accesses for Swift's exclusivity
    /// checking.
    ///
    /// With one set for all, the runtime catches conflicts BETWEEN green threads, at a price
    /// that grows with their number; that is the default of debug builds.
    public var isolatesExclusivity: Bool

    /// Whether the hub of the process's main thread runs what comes to the main
    /// actor and the main dispatch queue, between green threads.
    ///
    /// On by default. While any OS thread but idle ones of thread pools runs beside the hub's, what
    /// looks like a deadlock may still be ended from there: then it is said on standard error after
    /// ten seconds, once, and no ``HubError/deadlock(_:)`` is thrown. Off, nothing can come from
    /// there, and the error is thrown.
    ///
    /// Off, nothing runs the main actor while the main thread's green threads wait, and code that
    /// awaits it waits for ever: in ``GreenThread/awaiting(_:)`` also a closure that belongs to the
    /// main actor itself, as one in `main.swift` does.
    ///
    /// A program with an `async` main, be it an `@main` type's or by an `await` at top level, has its
    /// main thread's hub run from the first suspension of the main on, unless this is off.
    public var drainsMainQueue = true

    /// Creates the default configuration.
    public init() {
      poller = PollerKind.fromEnvironment()
      #if DEBUG
      isolatesExclusivity = false
      #else
      isolatesExclusivity = true
      #endif
    }
  }

  static func makePoller(_ kind: PollerKind, mailbox: Int32) throws -> any Poller {
    let poller: any Poller =
      switch kind {
      case .epoll: try EpollPoller()
      case .poll: PollPoller()
      }
    try poller.watch(mailbox, tag: mailboxTag)
    return poller
  }

  /// Which poller this hub uses: `epoll` or `poll`.
  public var pollerName: String { poller.name }
}

extension Hub.PollerKind {
  static func fromEnvironment() -> Self {
    guard let value = getenv("EVENTLET_HUB") else { return .epoll }
    let name = String(cString: value)
    guard let kind = Hub.PollerKind(rawValue: name) else {
      // Silently going on with another poller than was asked for would be worse.
      fatalError("EVENTLET_HUB=\(name): there is no such hub; use epoll or poll")
    }
    return kind
  }
}
