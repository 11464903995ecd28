public import EventletNet

/// Whom a proxy in front of the server speaks for: the header of HAProxy's PROXY protocol, with which
/// it begins each of its connections.
///
/// ```swift
/// let header = try ProxyProtocolHeader.receive(from: socket, timeout: .seconds(5))
/// let client = header.source ?? address
/// ```
///
/// Whoever can connect can claim to be anybody, so expect headers where only proxies connect. There is
/// no way to accept connections with and without: the protocol forbids to guess, since a client of
/// one's own could send a header too.
///
/// Both forms are read, the line of version 1 and the bytes of version 2, to the letter of
/// "The PROXY protocol, versions 1 & 2" (haproxy.org).
public struct ProxyProtocolHeader: Hashable, Sendable {
  /// Which form a header has.
  public enum Version: UInt8, Hashable, Sendable {
    /// A line of text.
    case one = 1
    /// Bytes.
    case two = 2
  }

  /// Something else that a proxy tells about a connection, such as the name that the client asked for
  /// by TLS.
  public struct TypeLengthValue: Hashable, Sendable {
    /// What it is; section 2.2 of the specification has the list.
    public let type: UInt8
    /// What it says.
    public let value: [UInt8]

    /// Creates a value.
    public init(type: UInt8, value: [UInt8]) {
      self.type = type
      self.value = value
    }
  }

  /// Version 1 or 2.
  public let version: Version
  /// Whether the proxy speaks for itself, as it does to see whether the server lives: the addresses
  /// are those of the connection.
  public let isLocal: Bool
  /// The client; nil when the proxy speaks for itself, or does not tell.
  public let source: SocketAddress?
  /// Where the client has connected to; nil as ``source`` is.
  public let destination: SocketAddress?
  /// What else the proxy tells, in its order; empty for version 1, and wherever ``source`` is nil.
  public let values: [TypeLengthValue]
  /// How many bytes the header has.
  public let byteCount: Int

  init(
    version: Version, isLocal: Bool = false, source: SocketAddress? = nil,
    destination: SocketAddress? = nil, values: [TypeLengthValue] = [], byteCount: Int
  ) {
    self.version = version
    self.isLocal = isLocal
    self.source = source
    self.destination = destination
    self.values = values
    self.byteCount = byteCount
  }

  /// The first value of a type; nil if there is none.
  ///
  /// ```swift
  /// let authority = header.value(ofType: 0x02).map { String(decoding: $0, as: UTF8.self) }
  /// ```
  public func value(ofType type: UInt8) -> [UInt8]? { values.first { $0.type == type }?.value }

  /// The default for how many bytes a header of version 2 may have: enough for a client's certificate.
  public static let defaultLimit = 4096

  /// Reads a header from the beginning of what was received.
  ///
  /// Does no input or output. More bytes than the header has do no harm.
  /// - Parameters:
  ///   - bytes: All that has come so far.
  ///   - limit: The most bytes that a header of version 2 may have, its first 16 among them.
  /// - Returns: nil when these bytes are the beginning of a header, and more are needed.
  /// - Throws: ``ProxyProtocolError``, as soon as no more bytes could make a header of these.
  public static func parse(
    _ bytes: [UInt8], limit: Int = defaultLimit
  ) throws(ProxyProtocolError) -> ProxyProtocolHeader? {
    guard let first = bytes.first else { return nil }
    let isText = first == lineSignature[0]
    let signature = isText ? lineSignature : binarySignature
    // From the first wrong byte on: who speaks another protocol may be waiting for an answer, and
    // would never send more.
    for (offset, (byte, expected)) in zip(bytes, signature).enumerated() where byte != expected {
      throw .notAHeader(offset: offset)
    }
    guard bytes.count >= signature.count else { return nil }
    return isText ? try parseLine(bytes) : try parseBinary(bytes, limit: limit)
  }
}
