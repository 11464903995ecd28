import EventletCore
import Glibc
import XCTest

/// The processor time that this OS thread has used.
func threadTime() -> Duration {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
}

/// Fails unless waiting in `body`, which takes at least a quarter of a second, costs next to nothing.
///
/// A loop without a wait would cost all of it.
func assertWaitsIdly(
  _ name: String, file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Void
) rethrows {
  let clock = ContinuousClock()
  let (start, used) = (clock.now, threadTime())
  try body()
  let (wall, time) = (start.duration(to: clock.now), threadTime() - used)
  XCTAssertGreaterThan(wall, .milliseconds(240), "\(name) did not wait", file: file, line: line)
  XCTAssertLessThan(time, wall / 3, "\(name) was busy", file: file, line: line)
}

/// A file name that nobody else uses, removed when the object goes.
final class TemporaryFile {
  let path: String

  init(_ text: String? = nil) {
    path = "/tmp/eventlet-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    guard let text else { return }
    let file = fopen(path, "w")
    fputs(text, file)
    fclose(file)
  }

  deinit { unlink(path) }

  /// What is in it now, read behind the library's back.
  var content: String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte >= 0 { bytes.append(UInt8(byte)) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
