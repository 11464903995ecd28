@testable import WebSocketProperties

/// What libFuzzer calls with one input after the other.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  do { try FrameProperties.check(input) } catch { fatalError("\(error)") }
  return 0
}
