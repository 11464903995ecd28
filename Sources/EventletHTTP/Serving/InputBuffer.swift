internal import EventletCore

/// What a connection has received and not used yet, with the head of the request that is being
/// served.
///
/// Its memory, and the request, are lent by the ``BufferPool``: an idle connection has neither.
final class InputBuffer {
  /// Free room below which it is not worth a system call.
  private static let leastRoom = 2048

  private let pool: BufferPool
  @exclusivity(unchecked) private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  @exclusivity(unchecked) private var heldRequest: ServerRequest?
  /// Where the head of the request begins.
  @exclusivity(unchecked) private(set) var headStart = 0
  /// The first byte that was not used yet.
  @exclusivity(unchecked) private(set) var start = 0
  @exclusivity(unchecked) private(set) var end = 0
  /// How many bytes from `headStart` on must stay where they are in relation to each other.
  @exclusivity(unchecked) private var headCount = 0
  /// Whether the memory is not of the pool: just as large as a head, unless it has grown since.
  @exclusivity(unchecked) private var isOwnMemory = false
  @exclusivity(unchecked) var parser: RequestParser

  init(_ pool: BufferPool, limits: HTTPLimits) {
    self.pool = pool
    parser = RequestParser(limits: limits)
  }

  deinit { giveBack() }

  /// The request that is being received or served.
  var request: ServerRequest {
    if let heldRequest { return heldRequest }
    let request = pool.takeRequest()
    heldRequest = request
    return request
  }

  /// Has no memory until something is received.
  func giveBack() {
    headStart = 0
    start = 0
    end = 0
    headCount = 0
    giveBackMemory()
    if let request = heldRequest {
      heldRequest = nil
      pool.giveBack(request)
    }
  }

  private func giveBackMemory() {
    guard memory.baseAddress != nil else { return }
    if isOwnMemory { memory.deallocate() } else { pool.giveBack(memory) }
    isOwnMemory = false
    memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  /// Nothing more is received: keeps no more memory than what the request's head needs.
  func keepHeadOnly() {
    require(unusedCount == 0 && !isOwnMemory, "InputBuffer: there is more than a head")
    let head = UnsafeMutableRawBufferPointer.allocate(byteCount: headCount, alignment: 1)
    head.copyMemory(from: UnsafeRawBufferPointer(rebasing: fromHead.prefix(headCount)))
    giveBackMemory()
    memory = head
    isOwnMemory = true
    headStart = 0
    start = headCount
    end = headCount
  }

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
    if memory.count == 0 {
      memory = pool.take()
      if memory.count >= more { return }
    }
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
    if isKnownUniquelyReferenced(&heldRequest) {
      heldRequest.unsafelyUnwrapped.reset()
    } else {
      heldRequest?.detach()
      heldRequest = nil
    }
  }
}
