internal import CEventletPatch

extension MonkeyPatch {
  /// Families of calls that become green together.
  public struct Subjects: OptionSet, Hashable, Sendable, CustomStringConvertible {
    /// Bits, one for each member.
    public let rawValue: UInt32

    /// Creates a set from bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    init(_ bit: Int) { rawValue = UInt32(bit) }

    /// `recv`, `send` and their relatives, `connect`, `accept`, and `read`, `write` and their
    /// relatives, of sockets, pipes, terminals and all else that can be waited for; also the first
    /// filling of a stdio buffer, and `sendfile`.
    ///
    /// In Python's modules `read` and `write` are `os.read` and `os.write`, so they are green with
    /// either of this and ``os``.
    public static let socket = Subjects(EV_PATCH_SOCKET)
    /// `select`, `poll`, `epoll_wait` and their relatives.
    public static let select = Subjects(EV_PATCH_SELECT)
    /// `sleep`, `usleep`, `nanosleep`, `clock_nanosleep`, `thrd_sleep`.
    public static let time = Subjects(EV_PATCH_TIME)
    /// `wait` and its relatives, `system`, `pclose`, locks of files, and `read`, `write` and their
    /// relatives.
    public static let os = Subjects(EV_PATCH_OS)
    /// Locks of all kinds, conditions, semaphores, barriers, `pthread_once`, `pthread_join`, those of
    /// C11, futexes, `DispatchQueue.sync`, and Foundation's run loops.
    ///
    /// A green thread that finds a lock taken by another green thread parks; siblings exclude each
    /// other even where libc takes them for one thread. One that a plain OS thread has taken is waited
    /// for by the OS thread first, for at most 50 milliseconds.
    public static let thread = Subjects(EV_PATCH_THREAD)
    /// Looking names up: `getaddrinfo`, `getnameinfo`, `gethostbyname`, `res_query` and their
    /// relatives.
    public static let dns = Subjects(EV_PATCH_DNS)

    /// All of them.
    public static let all: Subjects = [.socket, .select, .time, .os, .thread, .dns]

    private static let names: [(Subjects, String)] = [
      (.socket, "socket"), (.select, "select"), (.time, "time"), (.os, "os"),
      (.thread, "thread"), (.dns, "dns"),
    ]

    /// The names of the members.
    public var description: String {
      "[\(Self.names.filter { contains($0.0) }.map(\.1).joined(separator: ", "))]"
    }
  }
}
