import Glibc
import XCTest

/// Runs a closure on an OS thread of its own.
final class OSThread {
  private final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  private var handle = pthread_t()

  init(_ body: @escaping @Sendable () -> Void) {
    let failed = pthread_create(
      &handle, nil,
      { opaque in
        guard let opaque else { return nil }
        Unmanaged<Box>.fromOpaque(opaque).takeRetainedValue().body()
        return nil
      }, Unmanaged.passRetained(Box(body)).toOpaque())
    XCTAssertEqual(failed, 0)
  }

  func join() { pthread_join(handle, nil) }
}

/// Returns when the OS thread with that number sleeps in the kernel.
func waitUntilAsleep(_ thread: Int32) {
  while true {
    guard let file = fopen("/proc/self/task/\(thread)/stat", "r") else { return }
    var line = [CChar](repeating: 0, count: 512)
    fgets(&line, Int32(line.count), file)
    fclose(file)
    // "number (name) state …"; the name may hold anything.
    let text = line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
    guard let end = text.lastIndex(of: UInt8(ascii: ")")) else { return }
    if text[end...].dropFirst(2).first == UInt8(ascii: "S") { return }
    usleep(100)
  }
}
