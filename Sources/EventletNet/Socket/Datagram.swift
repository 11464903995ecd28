internal import CEventletCore
internal import Glibc

/// A message that was received.
public struct Datagram: Hashable, Sendable {
  /// As much of the message as there was room for; empty if an empty one was sent.
  public let bytes: [UInt8]
  /// Who sent it, and what to answer to.
  ///
  /// ``SocketAddress/unnamed`` for a Unix-domain socket that is bound to nothing.
  public let sender: SocketAddress
  /// The length of the message.
  public let length: Int

  /// Whether there was less room than bytes: the rest is lost.
  public var isTruncated: Bool { length > bytes.count }

  init(_ message: ev_datagram) {
    let count = min(message.length, message.count)
    bytes = Array(UnsafeRawBufferPointer(start: message.bytes, count: count))
    length = message.length
    sender = Self.sender(of: message)
  }

  // A socket of a connected pair says nothing about who sent.
  static func sender(of message: ev_datagram) -> SocketAddress {
    guard message.address_length > 0 else { return .unnamed }
    var storage = sockaddr_storage()
    withUnsafeMutableBytes(of: &storage) { target in
      withUnsafeBytes(of: message.address) { target.copyMemory(from: $0) }
    }
    return SocketAddress(storage, length: message.address_length) ?? .unnamed
  }
}
