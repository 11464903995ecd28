/// What is to be sent: the heads of responses, small bodies, and chunks.
///
/// Its memory is lent by the ``BufferPool``: an idle connection has none.
final class OutputBuffer {
  private let pool: BufferPool
  @exclusivity(unchecked) private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  @exclusivity(unchecked) private(set) var count = 0
  /// How many bytes there are before what may be taken back.
  @exclusivity(unchecked) private var mark = 0

  init(_ pool: BufferPool) { self.pool = pool }

  deinit { giveBack() }

  /// Has no memory until something is appended.
  func giveBack() {
    removeAll()
    guard memory.baseAddress != nil else { return }
    pool.giveBack(memory)
    memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  var isEmpty: Bool { count == 0 }

  /// All of it; valid until something is appended.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

  func removeAll() {
    count = 0
    mark = 0
  }

  /// What is appended from now on may be taken back.
  func beginTentative() { mark = count }

  /// Takes back what was appended since, but for what has been removed meanwhile: that is sent.
  func takeBackTentative() { count = mark }

  func removeFirst(_ gone: Int) {
    // SAFETY: both ranges lie in the memory; `copyMemory` allows them to overlap.
    let base = memory.baseAddress.unsafelyUnwrapped
    base.copyMemory(from: base + gone, byteCount: count - gone)
    count -= gone
    mark = max(0, mark - gone)
  }

  /// Where so many more bytes can be put, which count as appended.
  @inline(__always)
  func appendUninitialized(_ more: Int) -> UnsafeMutableRawPointer {
    if memory.count - count < more { grow(by: more) }
    let place = memory.baseAddress.unsafelyUnwrapped + count
    count += more
    return place
  }

  private func grow(by more: Int) {
    if memory.count == 0 {
      memory = pool.take()
      if memory.count >= more { return }
    }
    var capacity = memory.count * 2
    while capacity - count < more { capacity *= 2 }
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    larger.copyMemory(from: bytes)
    memory.deallocate()
    memory = larger
  }

  /// What is written out in the program: named, for a literal would else be a `String`.
  @inline(__always)
  func append(literal text: StaticString) {
    appendUninitialized(text.utf8CodeUnitCount).copyMemory(
      from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
  }

  func append(_ text: String) {
    // Contiguous in every string that was made in Swift: no copy.
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

  func append(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    appendUninitialized(bytes.count).copyMemory(from: start, byteCount: bytes.count)
  }

  func append(decimal number: Int) {
    var digits = 1
    var rest = number
    while rest >= 10 {
      rest /= 10
      digits += 1
    }
    let place = appendUninitialized(digits)
    rest = number
    for index in (0..<digits).reversed() {
      place.storeBytes(
        of: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10), toByteOffset: index,
        as: UInt8.self)
      rest /= 10
    }
  }

  func append(hexadecimal number: Int) {
    var digits = 1
    while number >> (4 * digits) > 0 { digits += 1 }
    let place = appendUninitialized(digits)
    for index in 0..<digits {
      let digit = UInt8(truncatingIfNeeded: number >> (4 * (digits - 1 - index)) & 15)
      place.storeBytes(
        of: digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10),
        toByteOffset: index, as: UInt8.self)
    }
  }

  /// A line end.
  @inline(__always)
  func appendLineEnd() { append(literal: "\r\n") }
}
