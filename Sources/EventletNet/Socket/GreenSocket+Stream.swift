internal import CEventletCore
internal import EventletCore
internal import Glibc

extension GreenSocket {
  /// Receives into memory of the caller's; waits for the first byte.
  /// - Parameters:
  ///   - buffer: Where to; with no room it waits for readability and returns 0.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Returns: the number of bytes; 0 at the end of the stream.
  /// - Throws: ``IOTimeout``; ``/EventletCore/SystemError``, among them
  ///   `connectionReset` and `notConnected`;
  ///   ``/EventletCore/HubError/closedWhileWaiting(descriptor:)``; what a kill or
  ///   timeout throws, and then nothing was received.
  ///
  /// In Python: `recv_into`, where a reset is the end of the stream.
  public func receive(
    into buffer: UnsafeMutableRawBufferPointer, timeout: Duration? = nil
  ) throws -> Int {
    let deadline = deadline(timeout)
    try begin(.reading, "receive")
    defer { record.end(.reading) }
    guard let start = buffer.baseAddress, buffer.count > 0 else {
      try waitForAnyData(until: deadline, timeout)
      return 0
    }
    return try perform(.reading, "receive", until: deadline, timeout) {
      let count = ev_receive(fileDescriptor, start, buffer.count, 0)
      // Less than asked for: the kernel's buffer is empty, and the next
      // edge will announce more. Saves the call that would say EAGAIN.
      if count < buffer.count, count > 0, kind.isTCP, !record.hasHadUrgentData {
        record.usedUpReading()
      }
      return count
    }
  }

  /// Receives into memory of which nothing is needed while this waits.
  /// - Parameters:
  ///   - deadline: The absolute end; `.max` never comes.
  ///   - takeMemory: Gives some when there may be something to receive.
  ///   - giveBack: Called when there was nothing.
  /// - Returns: the number of bytes; 0 at the end of the stream.
  /// - Throws: as ``receive(into:timeout:)-(UnsafeMutableRawBufferPointer,_)``.
  @inline(__always)
  package func receive(
    until deadline: Int64, takeMemory: () -> UnsafeMutableRawBufferPointer, giveBack: () -> Void
  ) throws -> Int {
    try begin(.reading, "receive")
    defer { record.end(.reading) }
    return try perform(.reading, "receive", until: deadline, nil) {
      let memory = takeMemory()
      let count = ev_receive(fileDescriptor, memory.baseAddress.unsafelyUnwrapped, memory.count, 0)
      if count < 0 {
        giveBack()
      } else if count < memory.count, count > 0, kind.isTCP, !record.hasHadUrgentData {
        record.usedUpReading()
      }
      return count
    }
  }

  /// Sends what the kernel takes at once, perhaps nothing.
  ///
  /// Lets others run now and then, as every call does.
  /// - Returns: the number of bytes taken.
  @inline(__always)
  package func sendWithoutWaiting(_ bytes: UnsafeRawBufferPointer) throws -> Int {
    try begin(.writing, "send")
    defer { record.end(.writing) }
    try letOthersRun(.writing, "send", until: .max, nil)
    return try sendNow(bytes)
  }

  /// Sends what the kernel takes at once, perhaps nothing.
  ///
  /// Never switches, so that a hub callback may call it.
  /// - Returns: the number of bytes taken.
  package func sendAtOnce(_ bytes: UnsafeRawBufferPointer) throws -> Int {
    try begin(.writing, "send")
    defer { record.end(.writing) }
    return try sendNow(bytes)
  }

  @inline(__always)
  private func sendNow(_ bytes: UnsafeRawBufferPointer) throws -> Int {
    guard record.isWritable, let start = bytes.baseAddress else { return 0 }
    let count = ev_send(fileDescriptor, start, bytes.count, 0)
    if count < bytes.count { record.usedUpWriting() }
    if count >= 0 {
      hasDone(byteCount: count)
      return count
    }
    let error = ev_errno()
    if error == EAGAIN { return 0 }
    throw SystemError(call: "send", errno: error, subject: subject)
  }

  /// Sends all bytes until an absolute deadline, asked for before each part; `.max` never comes.
  ///
  /// `progress` is given the number of bytes that the kernel has taken, each time: whoever counts
  /// learns of those before an error, too.
  package func sendAll(
    _ bytes: UnsafeRawBufferPointer, until deadline: @autoclosure () -> Int64,
    progress: (Int) -> Void = { _ in }
  ) throws {
    try begin(.writing, "send")
    defer { record.end(.writing) }
    var rest = bytes
    while !rest.isEmpty {
      let count = try send(rest, until: deadline(), nil)
      progress(count)
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Waits until there is something to receive, be it the end, and leaves it there.
  func waitForAnyData(until deadline: Int64, _ timeout: Duration?) throws {
    var byte: UInt8 = 0
    _ = try perform(.reading, "receive", until: deadline, timeout) {
      ev_receive(fileDescriptor, &byte, 1, Int32(MSG_PEEK))
    }
  }

  /// Receives at most `count` bytes; waits for the first.
  /// - Parameters:
  ///   - count: The most bytes to return.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Returns: empty at the end of the stream.
  /// - Throws: as ``receive(into:timeout:)-(UnsafeMutableRawBufferPointer,_)``.
  ///
  /// In Python: `recv`.
  public func receive(upTo count: Int, timeout: Duration?) throws -> [UInt8] {
    // More than the kernel has at a time, unless its buffers were made larger.
    try receiveArray(upTo: count, most: 8 << 20) { try receive(into: $0, timeout: timeout) }
  }

  /// Receives at most `count` bytes; waits for the first.
  ///
  /// As ``receive(upTo:timeout:)`` with the socket's own ``GreenDescriptor/timeout``.
  public func receive(upTo count: Int) throws -> [UInt8] {
    try receive(upTo: count, timeout: nil)
  }

  /// Sends what the kernel takes at once; waits until it takes something.
  /// - Parameters:
  ///   - bytes: The memory must stay as it is until the call returns.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Returns: the number of bytes taken, which may be fewer than given.
  /// - Throws: ``IOTimeout``; ``/EventletCore/SystemError``, among them
  ///   `brokenPipe` and `connectionReset`;
  ///   ``/EventletCore/HubError/closedWhileWaiting(descriptor:)``; what a kill or
  ///   timeout throws, and then nothing was sent.
  ///
  /// In Python: `send`.
  public func send(_ bytes: UnsafeRawBufferPointer, timeout: Duration? = nil) throws -> Int {
    let deadline = deadline(timeout)
    try begin(.writing, "send")
    defer { record.end(.writing) }
    return try send(bytes, until: deadline, timeout)
  }

  private func send(
    _ bytes: UnsafeRawBufferPointer, until deadline: Int64, _ timeout: Duration?
  ) throws -> Int {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return 0 }
    return try perform(.writing, "send", until: deadline, timeout) {
      let count = ev_send(fileDescriptor, start, bytes.count, 0)
      if count >= 0, count < bytes.count { record.usedUpWriting() }
      return count
    }
  }

  /// Sends all bytes.
  ///
  /// Nobody else's come between them, see ``GreenSocket``.
  /// - Parameters:
  ///   - bytes: The memory must stay as it is until the call returns.
  ///   - timeout: For the whole call, however many waits it needs; nil takes the
  ///     socket's ``GreenDescriptor/timeout``.
  /// - Throws: as ``send(_:timeout:)-(UnsafeRawBufferPointer,_)``; then an unknown part was sent, and the
  ///   connection is of no more use than to be closed.
  ///
  /// In Python: `sendall`.
  public func sendAll(_ bytes: UnsafeRawBufferPointer, timeout: Duration? = nil) throws {
    try sendAll(bytes, "send", timeout) { try send($0, until: $1, timeout) }
  }

  /// Sends a part of an array, all of it and without a copy, within `timeout` for the whole call.
  ///
  /// ```swift
  /// try socket.sendAll(message[headerLength...])
  /// ```
  /// - Throws: as ``sendAll(_:timeout:)-(UnsafeRawBufferPointer,_)``.
  public func sendAll(_ bytes: ArraySlice<UInt8>, timeout: Duration? = nil) throws {
    try bytes.withUnsafeBytes { try sendAll($0, timeout: timeout) }
  }

  /// Sends all bytes, within the socket's ``GreenDescriptor/timeout``.
  /// - Throws: as ``sendAll(_:timeout:)-(UnsafeRawBufferPointer,_)``.
  public func sendAll(_ bytes: [UInt8]) throws { try sendAll(bytes, timeout: nil) }

  /// Sends all bytes, within `timeout` for the whole call.
  /// - Throws: as ``sendAll(_:timeout:)-(UnsafeRawBufferPointer,_)``.
  public func sendAll(_ bytes: [UInt8], timeout: Duration?) throws {
    // `bytes` is a parameter of our own: no access of anybody else's is open
    // while we wait.
    try bytes.withUnsafeBytes { try sendAll($0, timeout: timeout) }
  }

  /// Sends a string as UTF-8, all of it, within `timeout` for the whole call.
  /// - Throws: as ``sendAll(_:timeout:)-(UnsafeRawBufferPointer,_)``.
  public func sendAll(_ text: String, timeout: Duration?) throws {
    try sendAll(Array(text.utf8), timeout: timeout)
  }
}
