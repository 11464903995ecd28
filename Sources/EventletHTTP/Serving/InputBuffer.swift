/// What a connection has received and not used yet, with the head of the request that is being
/// served.
///
/// Lent to a connection by the hub's ``BufferPool`` while a request is there: an idle one has none.
final class InputBuffer {
  static let initialCapacity = 8192
  /// Free room below which it is not worth a system call.
  private static let leastRoom = 2048

  private var memory = UnsafeMutableRawBufferPointer.allocate(
    byteCount: initialCapacity, alignment: 16)
  /// Where the head of the request begins.
  @exclusivity(unchecked) private(set) var headStart = 0
  /// The first byte that was not used yet.
  @exclusivity(unchecked) private(set) var start = 0
  @exclusivity(unchecked) private(set) var end = 0
  /// How many bytes from `headStart` on must stay where they are in relation to each other.
  @exclusivity(unchecked) private var headCount = 0
  @exclusivity(unchecked) var parser: RequestParser
  @exclusivity(unchecked) var request = ServerRequest()

  init(limits: HTTPLimits) { parser = RequestParser(limits: limits) }

  deinit { memory.deallocate() }

  var capacity: Int { memory.count }

  var unusedCount: Int { end - start }

  /// What has not been used yet; valid until something is received.
  var unused: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[start..<end]) }

  /// From the head's first byte on; valid until something is received.
  var fromHead: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: memory[headStart..<end])
  }

  /// Takes so many bytes as used.
  func use(_ count: Int) { start += count }

  /// Begins with the next request: what is unused is of it.
  func beginHead() {
    if start == end {
      start = 0
      end = 0
    }
    headStart = start
    headCount = 0
  }

  /// The head is complete: it stays here until the next one begins.
  func endHead(_ count: Int) {
    headCount = count
    start = headStart + count
  }

  /// Room for more, after what is here.
  func room() -> UnsafeMutableRawBufferPointer {
    if memory.count - end < Self.leastRoom { makeRoom(for: Self.leastRoom) }
    return UnsafeMutableRawBufferPointer(rebasing: memory[end...])
  }

  func received(_ count: Int) { end += count }

  /// Appends bytes that came from elsewhere.
  func append(_ bytes: [UInt8]) {
    if memory.count - end < bytes.count { makeRoom(for: bytes.count) }
    UnsafeMutableRawBufferPointer(rebasing: memory[end...]).copyBytes(from: bytes)
    end += bytes.count
  }

  /// Puts the head at the beginning and the rest behind it; doubles the memory while that is not
  /// enough.
  private func makeRoom(for more: Int) {
    let rest = unusedCount
    let head = headCount
    let kept = head + rest
    // The line that is not complete yet is unused, too: `start` is where the head begins then.
    var capacity = kept > memory.count / 2 ? memory.count * 2 : memory.count
    while capacity - kept < more { capacity *= 2 }
    let target =
      capacity > memory.count
      ? UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16) : memory
    // SAFETY: both parts lie in the old memory and fit into the new; they move towards its beginning,
    // the head first, so neither is overwritten before it has moved.
    let base = target.baseAddress.unsafelyUnwrapped
    let old = memory.baseAddress.unsafelyUnwrapped
    base.copyMemory(from: old + headStart, byteCount: head)
    (base + head).copyMemory(from: old + start, byteCount: rest)
    if target.baseAddress != memory.baseAddress {
      memory.deallocate()
      memory = target
    }
    headStart = 0
    start = head
    end = kept
  }

  /// The response has been sent: the request is used again, unless somebody has kept it.
  ///
  /// Nobody of ours may hold a reference.
  func finishRequest() {
    if isKnownUniquelyReferenced(&request) {
      request.reset()
    } else {
      request.detach()
      request = ServerRequest()
    }
  }

  /// Fit for another connection.
  func reset() {
    headStart = 0
    start = 0
    end = 0
    headCount = 0
  }
}
