internal import CEventletCore
internal import EventletCore
internal import Glibc

extension GreenSocket {
  /// Sends all that this socket receives to another, until the end of the stream.
  ///
  /// The bytes do not pass through this process (splice(2)), unless a socket is of a kind for which
  /// that is not possible. What ``reader`` has received ahead comes first. The end is not passed on,
  /// see ``relay(with:)``.
  ///
  /// Takes a pipe, which is two descriptors, as soon as there are bytes to move.
  /// - Parameters:
  ///   - target: Another socket of this hub.
  ///   - count: The most bytes to copy; nil, the default, copies to the end.
  ///   - timeout: For the whole call, at both sockets; nil takes this socket's
  ///     ``GreenDescriptor/timeout``. That of `target` is of no effect.
  /// - Returns: how many bytes were sent: fewer than `count` if the stream ended before.
  /// - Throws: as ``receive(into:timeout:)-(UnsafeMutableRawBufferPointer,_)`` of this socket and
  ///   ``sendAll(_:timeout:)-(UnsafeRawBufferPointer,_)`` of `target`, whose errors name the socket
  ///   that they are of; what a kill or timeout throws. Then an unknown part was sent, and what this
  ///   socket has received may be lost.
  @discardableResult
  public func copy(
    to target: GreenSocket, count: Int? = nil, timeout: Duration? = nil
  ) throws -> Int {
    let deadline = deadline(timeout)
    let count = max(count ?? .max, 0)
    try begin(.reading, "receive")
    defer { record.end(.reading) }
    try target.begin(.writing, "send")
    defer { target.record.end(.writing) }
    // While one side waits the other is in the middle of the copy, too.
    record.keepOthersOut(.reading)
    target.record.keepOthersOut(.writing)
    // Not before: what is taken must not get lost because somebody else is at work.
    let ahead = min(reader.bufferedCount, count)
    let first = try reader.read(exactly: ahead)
    let limit = timeout ?? self.timeout ?? StreamCopy.noLimit
    let copy = StreamCopy(from: self, to: target, until: deadline, limit)
    try first.withUnsafeBytes { try copy.send($0) }
    let canSplice = kind.canSplice && target.kind.canSplice
    return try ahead
      + (canSplice ? copy.runThroughPipe(atMost: count - ahead) : copy.run(atMost: count - ahead))
  }

  /// Sends all that either of two sockets receives to the other, until both streams have ended.
  ///
  /// ```swift
  /// let upstream = try GreenSocket.connect(to: destination)
  /// defer { upstream.close() }
  /// try client.relay(with: upstream)
  /// ```
  ///
  /// The end of one stream is passed on by `shutdown(.writing)`, and the other goes on. As with
  /// ``copy(to:count:timeout:)`` the bytes do not pass through this process. Both sockets stay open.
  ///
  /// Each direction may take as long, from its beginning to its end, as the ``GreenDescriptor/timeout``
  /// of the socket that it receives from says. For a limit of both use
  /// ``/EventletCore/withTimeout(_:throwing:_:)``.
  /// - Parameter other: Another socket of this hub.
  /// - Returns: how many bytes went to `other`, and how many came from it.
  /// - Throws: as `copy`; the first error of one direction ends the other.
  @discardableResult
  public func relay(with other: GreenSocket) throws -> (sent: Int, received: Int) {
    var received = 0
    var sent = 0
    try withDiscardingGreenGroup { directions in
      directions.spawn { received = try other.copyAndEnd(to: self) }
      sent = try copyAndEnd(to: other)
    }
    return (sent, received)
  }

  private func copyAndEnd(to target: GreenSocket) throws -> Int {
    let count = try copy(to: target)
    // Gone already: its own direction hears of that.
    do { try target.shutdown(.writing) } catch SystemError.notConnected {}
    return count
  }
}

extension SocketKind {
  /// Whether splice(2) moves its bytes.
  var canSplice: Bool { isTCP || family == .unix && type == Self.stream }
}

/// One copy from a socket to another, which have both begun their operations.
private struct StreamCopy {
  /// A time limit that is none, and yet comes before a socket's own.
  static let noLimit = Duration.nanoseconds(Int64.max)

  private static let chunkSize = 64 * 1024
  /// What is received at a time where splice(2) does not go on: it soon does again.
  private static let asideSize = 4 * 1024

  private let source: GreenSocket
  private let target: GreenSocket
  private let deadline: Int64
  private let timeout: Duration

  init(
    from source: GreenSocket, to target: GreenSocket, until deadline: Int64, _ timeout: Duration
  ) {
    self.source = source
    self.target = target
    self.deadline = deadline
    self.timeout = timeout
  }

  func runThroughPipe(atMost count: Int) throws -> Int {
    guard count > 0 else { return 0 }
    // A connection at rest has no pipe.
    try source.waitForAnyData(until: deadline, timeout)
    let pipe = try SplicePipe()
    let aside = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.asideSize, alignment: 16)
    defer { aside.deallocate() }
    let start = aside.baseAddress.unsafelyUnwrapped
    var copied = 0
    while copied < count {
      let room = min(pipe.capacity, count - copied)
      var isAside = false
      // The pipe is empty: that there is nothing to do is because of the socket.
      var left = try source.perform(.reading, "receive", until: deadline, timeout) {
        let moved = ev_splice_from_socket(source.fileDescriptor, pipe.writeEnd, room)
        isAside = moved == 0 || moved < 0 && ev_errno() == EAGAIN
        // At the place where urgent data was splice stops for good, as if there were nothing, or no
        // more. Only recv(2) goes past it, and knows.
        return isAside
          ? ev_receive(source.fileDescriptor, start, min(room, Self.asideSize), 0) : moved
      }
      if left == 0 { break }
      copied += left
      if isAside {
        try send(UnsafeRawBufferPointer(start: start, count: left))
        continue
      }
      while left > 0 {
        let rest = left
        left -= try target.perform(.writing, "send", until: deadline, timeout) {
          ev_splice_to_socket(pipe.readEnd, target.fileDescriptor, rest)
        }
      }
    }
    return copied
  }

  func run(atMost count: Int) throws -> Int {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkSize, alignment: 16)
    defer { buffer.deallocate() }
    let start = buffer.baseAddress.unsafelyUnwrapped
    var copied = 0
    while copied < count {
      let room = min(buffer.count, count - copied)
      let received = try source.perform(.reading, "receive", until: deadline, timeout) {
        ev_receive(source.fileDescriptor, start, room, 0)
      }
      if received == 0 { break }
      try send(UnsafeRawBufferPointer(start: start, count: received))
      copied += received
    }
    return copied
  }

  func send(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while let start = rest.baseAddress, !rest.isEmpty {
      let count = rest.count
      let sent = try target.perform(.writing, "send", until: deadline, timeout) {
        ev_send(target.fileDescriptor, start, count, 0)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[sent...])
    }
  }
}
