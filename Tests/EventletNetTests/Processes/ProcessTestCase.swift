import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// In real time, which is that of the children.
///
/// Each is short, or ended by its number.
class ProcessTestCase: NetTestCase {
  override var time: GreenTest.Time { .real }

  /// Configurations with and without process descriptors.
  func withAndWithoutDescriptor(
    _ configuration: GreenProcess.Configuration = .init(),
    _ body: (GreenProcess.Configuration) throws -> Void
  ) rethrows {
    var other = configuration
    other.avoidsProcessDescriptor = true
    try body(configuration)
    try body(other)
  }

  func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  func shell(_ script: String) -> [String] { ["-c", script] }

  /// Whether there is a process of that number, a zombie included.
  func exists(_ number: Int32) -> Bool { kill(number, 0) == 0 }

  /// Waits for what another process is about to do.
  func eventually(
    _ what: String, file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Bool
  ) throws {
    for _ in 0..<2000 {
      if try body() { return }
      try GreenThread.sleep(for: .milliseconds(5))
    }
    XCTFail("never: \(what)", file: file, line: line)
  }
}
