public import EventletNet

/// What came instead of a header of the PROXY protocol.
///
/// ```swift
/// do {
///   let header = try ProxyProtocolHeader.receive(from: socket)
/// } catch ProxyProtocolError.connectionEnded(receivedCount: 0) {
///   // A look at whether the port is open, as load balancers take it.
/// }
/// ```
///
/// The connection is of no use then: nobody knows what was meant.
public enum ProxyProtocolError: PeerError, Hashable, Sendable, CustomStringConvertible {
  /// The byte at this place is of neither signature: the peer speaks another protocol, or is no
  /// proxy.
  case notAHeader(offset: Int)
  /// A line of version 1 does not end within 107 bytes.
  case lineTooLong
  /// A line of version 1, without its end, that is none of the specification.
  case malformedLine(String)
  /// A version that this side does not know.
  case unsupportedVersion(UInt8)
  /// A command of version 2 other than LOCAL and PROXY.
  case unknownCommand(UInt8)
  /// A family or transport that version 2 does not have; both as they came, in one byte.
  case unknownFamily(UInt8)
  /// A header of version 2 that announces more than it may have.
  case tooLong(byteCount: Int, limit: Int)
  /// A header of version 2 that is too short for its addresses.
  case missingAddresses(byteCount: Int)
  /// The name of a Unix-domain socket that cannot be one.
  case invalidUnixName
  /// What follows the addresses is no list of types, lengths and values.
  case malformedValues
  /// The header was damaged on its way.
  case checksumMismatch
  /// The peer ended the connection before the header was complete.
  case connectionEnded(receivedCount: Int)

  /// What is wrong with the header.
  public var description: String { "PROXY protocol header: \(reason)" }

  private var reason: String {
    switch self {
    case .notAHeader(let offset): "byte \(offset) is of no signature"
    case .lineTooLong: "the line is longer than \(ProxyProtocolHeader.longestLine) bytes"
    case .malformedLine(let line): "malformed line '\(EscapedText(line))'"
    case .unsupportedVersion(let version): "version \(version) is unknown"
    case .unknownCommand(let command): "command \(command) is unknown"
    case .unknownFamily(let family):
      "family \(family >> 4) with transport \(family & 15) is unknown"
    case .tooLong(let count, let limit): "\(count) bytes, of \(limit) at most"
    case .missingAddresses(let count): "\(count) bytes are too few for the addresses"
    case .invalidUnixName: "the name of a Unix socket is invalid"
    case .malformedValues: "the values behind the addresses are malformed"
    case .checksumMismatch: "the checksum does not match"
    case .connectionEnded(let count): "the connection ended after \(count) bytes"
    }
  }
}
