internal import CEventletCore
internal import EventletCore
internal import Glibc

/// Who is at the other end of a Unix-domain socket, as of when it connected; from the kernel, so it
/// cannot be forged.
public struct PeerCredentials: Hashable, Sendable {
  /// The number of the process, which may have ended since.
  public let processID: Int32
  /// The number of its user.
  public let userID: UInt32
  /// The number of its group.
  public let groupID: UInt32
}

/// An open descriptor that came from another process, closed with the last reference to it unless
/// somebody takes it.
///
/// ```swift
/// let (_, descriptors) = try socket.receiveDescriptors(upTo: 1)
/// let client = try GreenSocket(adopting: descriptors[0])
/// ```
public final class PassedDescriptor: CustomStringConvertible {
  @exclusivity(unchecked) private var number: Int32

  init(owning number: Int32) { self.number = number }

  deinit { close() }

  /// The number, for whoever tries to adopt it and takes it if that works.
  var untakenNumber: Int32 {
    require(number >= 0, "PassedDescriptor: taken or closed already")
    return number
  }

  /// Gives the descriptor to the caller, who has to close it.
  ///
  /// Traps when it was taken or closed before.
  /// - Returns: the descriptor, close-on-exec.
  public func take() -> Int32 {
    defer { number = -1 }
    return untakenNumber
  }

  /// Closes it, unless it was taken.
  public func close() {
    if number >= 0 { Glibc.close(take()) }
  }

  /// The number, for messages.
  public var description: String { number < 0 ? "no descriptor" : "descriptor \(number)" }
}

extension GreenSocket {
  /// Takes over a descriptor that came from another process.
  ///
  /// As for a number. Traps when it was taken or closed before.
  /// - Parameter passed: Taken, unless this throws.
  /// - Throws: ``/EventletCore/SystemError`` when it is no socket.
  public convenience init(adopting passed: PassedDescriptor) throws {
    try self.init(adopting: passed.untakenNumber)
    _ = passed.take()
  }
}

extension GreenDatagramSocket {
  /// Takes over a descriptor that came from another process.
  ///
  /// As for a number. Traps when it was taken or closed before.
  /// - Parameter passed: Taken, unless this throws.
  /// - Throws: ``/EventletCore/SystemError`` when it is no socket, EPROTOTYPE when it is one of a stream.
  public convenience init(adopting passed: PassedDescriptor) throws {
    try self.init(adopting: passed.untakenNumber)
    _ = passed.take()
  }
}

/// Unix-domain sockets tell who the peer is, and carry descriptors: unix(7).
extension BaseSocket {
  /// Who is at the other end of a connected Unix-domain socket (SO_PEERCRED).
  /// - Throws: ``/EventletCore/SystemError``, for a socket of another kind ENOPROTOOPT.
  ///
  /// In Python: `getsockopt(SOL_SOCKET, SO_PEERCRED, …)`.
  public final var peerCredentials: PeerCredentials {
    get throws {
      try requireOpen("getsockopt")
      guard kind.family == .unix else {
        throw SystemError(call: "getsockopt", errno: ENOPROTOOPT, subject: subject)
      }
      var (process, user, group): (Int32, UInt32, UInt32) = (0, 0, 0)
      guard ev_peer_credentials(fileDescriptor, &process, &user, &group) == 0 else {
        throw SystemError(call: "getsockopt", subject: subject)
      }
      return PeerCredentials(processID: process, userID: user, groupID: group)
    }
  }

  /// Sends bytes, and open descriptors along with the first (SCM_RIGHTS).
  ///
  /// The peer gets duplicates: the caller's stay open, and are its to close.
  /// - Parameters:
  ///   - bytes: At least one.
  ///   - descriptors: 1 to 253.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Returns: the number of bytes taken, which may be fewer than given; all descriptors are sent.
  /// - Throws: ``/EventletCore/HubError/invalidArgument(_:)``; as ``GreenSocket/send(_:timeout:)-(UnsafeRawBufferPointer,_)``;
  ///   what a kill or timeout throws, and then nothing was sent.
  ///
  /// In Python: `send_fds`.
  @discardableResult
  public final func send(
    _ bytes: [UInt8], passing descriptors: [Int32], timeout: Duration? = nil
  ) throws -> Int {
    guard !bytes.isEmpty else {
      throw HubError.invalidArgument("passing descriptors: needs at least one byte to go with them")
    }
    guard (1...Int(EV_MOST_PASSED)).contains(descriptors.count) else {
      throw HubError.invalidArgument(
        "passing \(descriptors.count) descriptors: 1 to \(EV_MOST_PASSED) are possible")
    }
    let deadline = deadline(timeout)
    try begin(.writing, "send")
    defer { record.end(.writing) }
    let count = try perform(.writing, "send", until: deadline, timeout) {
      ev_send_passing(fileDescriptor, bytes, bytes.count, descriptors, Int32(descriptors.count))
    }
    for descriptor in descriptors { Hub.current.noteDuplicate(of: descriptor) }
    if count < bytes.count { record.usedUpWriting() }
    return count
  }

  /// Receives bytes, and the descriptors that came with them (SCM_RIGHTS).
  ///
  /// Other calls that receive drop descriptors, and the kernel closes them.
  /// - Parameters:
  ///   - limit: The most descriptors to take; at most 253.
  ///   - byteCount: The most bytes, at least 1; 4096 by default.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Returns: the bytes, empty at the end of a stream; and the descriptors, which are closed if
  ///   nobody takes them.
  /// - Throws: a ``/EventletCore/SystemError`` with EMSGSIZE when more descriptors came than `limit`,
  ///   or than this process may have open: the bytes that they came with are lost, and all of them
  ///   closed. Otherwise as ``GreenSocket/receive(into:timeout:)-(UnsafeMutableRawBufferPointer,_)``;
  ///   what a kill or timeout throws, and then nothing was received.
  ///
  /// In Python: `recv_fds`.
  public final func receiveDescriptors(
    upTo limit: Int, bytesUpTo byteCount: Int = 4096, timeout: Duration? = nil
  ) throws -> (bytes: [UInt8], descriptors: [PassedDescriptor]) {
    guard (0...Int(EV_MOST_PASSED)).contains(limit), byteCount > 0 else {
      throw HubError.invalidArgument(
        "receiving \(limit) descriptors with \(byteCount) bytes: 0 to \(EV_MOST_PASSED) are "
          + "possible, and at least one byte")
    }
    let deadline = deadline(timeout)
    try begin(.reading, "receive")
    defer { record.end(.reading) }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    var numbers = [Int32](repeating: -1, count: max(limit, 1))
    var count: Int32 = 0
    var isTruncated = false
    let received = try perform(.reading, "receive", until: deadline, timeout) {
      count = Int32(limit)
      return ev_receive_passed(fileDescriptor, &bytes, byteCount, &numbers, &count, &isTruncated)
    }
    let descriptors = numbers[..<Int(count)].map(PassedDescriptor.init(owning:))
    guard !isTruncated else {
      throw SystemError(call: "receive descriptors", errno: EMSGSIZE, subject: subject)
    }
    return (Array(bytes[..<received]), descriptors)
  }
}
