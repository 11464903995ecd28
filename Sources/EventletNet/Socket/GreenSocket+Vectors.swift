internal import CEventletCore
internal import EventletCore
internal import Glibc

// Several pieces in one call: a header and a body need not be put together first.
extension GreenSocket {
  /// How many pieces one system call takes (IOV_MAX).
  private static let mostPieces = 1024
  /// How many arrays are held open at a time, each by a stack frame of its own.
  private static let mostArrays = 16

  /// Sends what the kernel takes of several pieces at once; waits until it takes something.
  /// - Parameters:
  ///   - pieces: In the order in which the peer is to receive them; the memory must stay as it is
  ///     until the call returns.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Returns: the number of bytes taken, of all pieces together; 0 if there are none to send.
  /// - Throws: as ``send(_:timeout:)-(UnsafeRawBufferPointer,_)``.
  ///
  /// In Python: `sendmsg`.
  public func send(_ pieces: [UnsafeRawBufferPointer], timeout: Duration? = nil) throws -> Int {
    let deadline = deadline(timeout)
    try begin(.writing, "send")
    defer { record.end(.writing) }
    var vector = Vector(pieces)
    return try vector.isEmpty ? 0 : send(&vector, moreFollows: false, until: deadline, timeout)
  }

  /// Sends several pieces one after the other, all of each.
  ///
  /// Nobody else's bytes come between them.
  /// - Parameters:
  ///   - pieces: In the order in which the peer is to receive them; the memory must stay as it is
  ///     until the call returns.
  ///   - timeout: For the whole call, however many waits it needs; nil takes the socket's
  ///     ``GreenDescriptor/timeout``.
  /// - Throws: as ``sendAll(_:timeout:)-(UnsafeRawBufferPointer,_)``.
  public func sendAll(_ pieces: [UnsafeRawBufferPointer], timeout: Duration? = nil) throws {
    let deadline = deadline(timeout)
    try sendAll(pieces, until: deadline, timeout)
  }

  /// As the public one, until an absolute deadline, asked for before each part; `.max` never comes.
  ///
  /// `progress` is as that of the one for a single piece.
  package func sendAll(
    _ pieces: [UnsafeRawBufferPointer], until deadline: @autoclosure () -> Int64,
    _ timeout: Duration? = nil, progress: (Int) -> Void = { _ in }
  ) throws {
    try begin(.writing, "send")
    defer { record.end(.writing) }
    try sendAll(pieces, moreFollows: false, until: deadline(), timeout, progress)
  }

  /// Sends several arrays one after the other, all of each and without a copy.
  ///
  /// ```swift
  /// try socket.sendAll([header, body])
  /// ```
  ///
  /// As ``sendAll(_:timeout:)-([UnsafeRawBufferPointer],_)``.
  public func sendAll(_ pieces: [[UInt8]], timeout: Duration? = nil) throws {
    let deadline = deadline(timeout)
    try begin(.writing, "send")
    defer { record.end(.writing) }
    // Of empty ones at the end the kernel would wait for the bytes (MSG_MORE).
    var rest = pieces.filter { !$0.isEmpty }[...]
    while !rest.isEmpty {
      let next = rest.prefix(Self.mostArrays)
      rest = rest.dropFirst(Self.mostArrays)
      try withPointers(to: next, []) {
        try sendAll($0, moreFollows: !rest.isEmpty, until: deadline, timeout)
      }
    }
  }

  // The arrays are a parameter of our own: no access of anybody else's is open while we wait.
  private func withPointers(
    to arrays: ArraySlice<[UInt8]>, _ pieces: [UnsafeRawBufferPointer],
    _ body: ([UnsafeRawBufferPointer]) throws -> Void
  ) throws {
    guard let first = arrays.first else { return try body(pieces) }
    try first.withUnsafeBytes { try withPointers(to: arrays.dropFirst(), pieces + [$0], body) }
  }

  private func sendAll(
    _ pieces: [UnsafeRawBufferPointer], moreFollows: Bool, until deadline: @autoclosure () -> Int64,
    _ timeout: Duration?, _ progress: (Int) -> Void = { _ in }
  ) throws {
    var vector = Vector(pieces)
    while !vector.isEmpty {
      progress(try send(&vector, moreFollows: moreFollows, until: deadline(), timeout))
    }
  }

  /// `vector` is a variable of the caller's own, and no property.
  private func send(
    _ vector: inout Vector, moreFollows: Bool, until deadline: Int64, _ timeout: Duration?
  ) throws -> Int {
    let pieces = vector.rest.prefix(Self.mostPieces)
    let isAll = pieces.count == vector.rest.count
    let flags = Int32(moreFollows || !isAll ? MSG_MORE : 0)
    let list = Array(pieces)
    let count = try perform(.writing, "send", until: deadline, timeout) {
      ev_send_vector(fileDescriptor, list, list.count, flags)
    }
    if vector.advance(by: count), kind.isTCP { record.usedUpWriting() }
    return count
  }

  /// Receives into several pieces of memory, each filled before the next; waits for the first byte.
  /// - Parameters:
  ///   - pieces: At most 1024; with no room it waits for readability and returns 0.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Returns: the number of bytes, of all pieces together; 0 at the end of the stream.
  /// - Throws: as ``receive(into:timeout:)-(UnsafeMutableRawBufferPointer,_)``.
  ///
  /// In Python: `recvmsg_into`.
  public func receive(
    into pieces: [UnsafeMutableRawBufferPointer], timeout: Duration? = nil
  ) throws -> Int {
    guard pieces.count <= Self.mostPieces else {
      throw HubError.invalidArgument(
        "receiving into \(pieces.count) pieces: \(Self.mostPieces) at most")
    }
    let room = pieces.reduce(0) { $0 + $1.count }
    guard room > 0 else {
      return try receive(
        into: UnsafeMutableRawBufferPointer(start: nil, count: 0), timeout: timeout)
    }
    let deadline = deadline(timeout)
    try begin(.reading, "receive")
    defer { record.end(.reading) }
    let list = pieces.map { iovec(iov_base: $0.baseAddress, iov_len: $0.count) }
    let count = try perform(.reading, "receive", until: deadline, timeout) {
      ev_receive_vector(fileDescriptor, list, list.count)
    }
    // See `receive` into one.
    if count < room, count > 0, kind.isTCP, !record.hasHadUrgentData { record.usedUpReading() }
    return count
  }

  /// Pieces that are sent in several steps.
  private struct Vector {
    private(set) var rest: ArraySlice<iovec>

    init(_ pieces: [UnsafeRawBufferPointer]) {
      rest =
        pieces.filter { !$0.isEmpty }.map {
          iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
        }[...]
    }

    var isEmpty: Bool { rest.isEmpty }

    /// - Returns: whether a piece was taken in part, so that there is no room for more.
    mutating func advance(by count: Int) -> Bool {
      var count = count
      while let first = rest.first, first.iov_len <= count {
        count -= first.iov_len
        rest.removeFirst()
      }
      guard count > 0, let first = rest.first else { return false }
      rest[rest.startIndex] = iovec(
        iov_base: first.iov_base.map { $0 + count }, iov_len: first.iov_len - count)
      return true
    }
  }
}
