internal import EventletCore
internal import Glibc

/// An option of a socket with a type of its own.
///
/// ```swift
/// try socket.setOption(.keepAlive, true)
/// try socket.setOption(.keepAliveIdle, .seconds(30))
/// let room = try socket.option(.sendBufferSize)
/// ```
///
/// What is not here has its numbers in socket(7), tcp(7), ip(7) and ipv6(7), for
/// ``BaseSocket/setOption(_:_:_:)-(Int32,Int32,Int32)``; or is an option of your own, see
/// ``init(level:name:unit:)`` and its like.
public struct SocketOption<Value>: Sendable {
  let level: Int32
  let name: Int32
  let size: Int
  let encode: @Sendable (Value) -> [UInt8]
  let decode: @Sendable ([UInt8]) -> Value

  private init(
    level: Int32, name: Int32, size: Int, encode: @escaping @Sendable (Value) -> [UInt8],
    decode: @escaping @Sendable ([UInt8]) -> Value
  ) {
    self.level = level
    self.name = name
    self.size = size
    self.encode = encode
    self.decode = decode
  }
}

private func bytes<Number>(of number: Number) -> [UInt8] {
  withUnsafeBytes(of: number) { Array($0) }
}

private func number(_ bytes: [UInt8], at offset: Int = 0) -> Int32 {
  // Some options of ip(7) answer with one byte.
  guard bytes.count >= offset + 4 else { return Int32(bytes.first ?? 0) }
  return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Int32.self) }
}

extension SocketOption<Bool> {
  /// An option that is on or off.
  public init(level: Int32, name: Int32) {
    self.init(
      level: level, name: name, size: 4, encode: { bytes(of: Int32($0 ? 1 : 0)) },
      decode: { number($0) != 0 })
  }

  /// Whether a listener may take an address that old connections still have (SO_REUSEADDR); on for
  /// listeners made here.
  public static let reuseAddress = SocketOption(level: SOL_SOCKET, name: SO_REUSEADDR)
  /// Whether several sockets may share an address (SO_REUSEPORT).
  public static let reusePort = SocketOption(level: SOL_SOCKET, name: SO_REUSEPORT)
  /// Whether a silent peer is asked now and then if it is still there (SO_KEEPALIVE).
  public static let keepAlive = SocketOption(level: SOL_SOCKET, name: SO_KEEPALIVE)
  /// Whether small writes go out at once (TCP_NODELAY); on for connections made here.
  public static let noDelay = SocketOption(level: Int32(IPPROTO_TCP), name: TCP_NODELAY)
  /// While on, only full packets go out (TCP_CORK), for 200 ms at most.
  ///
  /// Switching it off sends the rest.
  public static let cork = SocketOption(level: Int32(IPPROTO_TCP), name: TCP_CORK)
  /// Whether datagrams may go to everybody in a network (SO_BROADCAST).
  public static let broadcast = SocketOption(level: SOL_SOCKET, name: SO_BROADCAST)
  /// Whether an IPv6 listener refuses clients of IPv4 (IPV6_V6ONLY); to be set before `bind`.
  public static let onlyIPv6 = SocketOption(level: Int32(IPPROTO_IPV6), name: IPV6_V6ONLY)
  /// Whether urgent data is part of the stream (SO_OOBINLINE), see ``GreenSocket/receiveUrgent()``.
  public static let urgentInline = SocketOption(level: SOL_SOCKET, name: SO_OOBINLINE)
}

extension SocketOption<Int> {
  /// An option with a number.
  public init(level: Int32, name: Int32) {
    self.init(
      level: level, name: name, size: 4, encode: { bytes(of: Int32(clamping: $0)) },
      decode: { Int(number($0)) })
  }

  /// Bytes that the kernel keeps for sending (SO_SNDBUF).
  ///
  /// It takes twice of what it is given, for its own needs, and says so when asked.
  public static let sendBufferSize = SocketOption(level: SOL_SOCKET, name: SO_SNDBUF)
  /// Bytes that the kernel keeps received (SO_RCVBUF), as ``sendBufferSize``.
  ///
  /// TCP's window follows it only if it is set before the connection is made.
  public static let receiveBufferSize = SocketOption(level: SOL_SOCKET, name: SO_RCVBUF)
  /// How many questions a peer may leave unanswered (TCP_KEEPCNT).
  public static let keepAliveCount = SocketOption(level: Int32(IPPROTO_TCP), name: TCP_KEEPCNT)
  /// On a listener: how many clients may send data with their first packet and not be connected yet
  /// (TCP_FASTOPEN).
  public static let fastOpenQueue = SocketOption(level: Int32(IPPROTO_TCP), name: TCP_FASTOPEN)
  /// The priority of what is sent, 0 to 6 (SO_PRIORITY).
  public static let priority = SocketOption(level: SOL_SOCKET, name: SO_PRIORITY)
  /// The mark of what is sent, for routing and filtering (SO_MARK); needs a privilege.
  public static let mark = SocketOption(level: SOL_SOCKET, name: SO_MARK)
}

extension SocketOption<Duration> {
  /// An option with a number of units of time.
  ///
  /// What is no multiple of the unit is rounded up: a limit must not become 0, which often means
  /// none.
  public init(level: Int32, name: Int32, unit: Duration) {
    self.init(
      level: level, name: name, size: 4,
      encode: {
        let whole = Int32(clamping: Int64(($0 / unit).rounded(.up)))
        return bytes(of: whole)
      }, decode: { unit * Int(number($0)) })
  }

  /// How long a peer may be silent before it is asked the first time (TCP_KEEPIDLE), in seconds.
  public static let keepAliveIdle = SocketOption(
    level: Int32(IPPROTO_TCP), name: TCP_KEEPIDLE, unit: .seconds(1))
  /// The time between questions (TCP_KEEPINTVL), in seconds.
  public static let keepAliveInterval = SocketOption(
    level: Int32(IPPROTO_TCP), name: TCP_KEEPINTVL, unit: .seconds(1))
  /// How long what was sent may stay unconfirmed before the connection breaks with ETIMEDOUT
  /// (TCP_USER_TIMEOUT), in milliseconds; zero is the system's choice.
  public static let userTimeout = SocketOption(
    level: Int32(IPPROTO_TCP), name: TCP_USER_TIMEOUT, unit: .milliseconds(1))
  /// On a listener: how long the kernel keeps a client that has sent nothing yet from `accept`
  /// (TCP_DEFER_ACCEPT), in seconds, which it rounds up to its own steps.
  public static let deferAccept = SocketOption(
    level: Int32(IPPROTO_TCP), name: TCP_DEFER_ACCEPT, unit: .seconds(1))
}

extension SocketOption<Duration?> {
  /// What `close` does with bytes not sent yet (SO_LINGER).
  ///
  /// nil, as at first, sends them behind the program's back. Zero drops them and resets the
  /// connection. More, in seconds, would keep the hub's OS thread in `close` for so long: better
  /// shut down writing and receive the end of the stream.
  public static let linger = SocketOption(
    level: SOL_SOCKET, name: SO_LINGER, size: 8,
    encode: { limit in
      let seconds = limit.map { Int32(clamping: Int64(($0 / .seconds(1)).rounded(.up))) }
      return bytes(of: Int32(seconds == nil ? 0 : 1)) + bytes(of: seconds ?? 0)
    },
    decode: { number($0) == 0 ? nil : .seconds(Int(number($0, at: 4))) })
}
