import Glibc
import Testing

/// Runs `body` on a new OS thread and returns when that has ended.
func onAnotherOSThread(_ body: @escaping @Sendable () -> Void) { OSThread(body).join() }

/// Runs a closure on an OS thread of its own.
final class OSThread: Sendable {
  private let thread: pthread_t

  private final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  init(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { opaque in
        if let opaque { Unmanaged<Box>.fromOpaque(opaque).takeRetainedValue().body() }
        return nil
      }, Unmanaged.passRetained(Box(body)).toOpaque())
    guard status == 0 else { fatalError("pthread_create: \(status)") }
    self.thread = thread
  }

  func join() { pthread_join(thread, nil) }
}

/// What a process of an exit test wrote to standard error.
func text(_ result: ExitTest.Result) -> String {
  String(decoding: result.standardErrorContent, as: UTF8.self)
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
    sched_yield()
  }
}
