import EventletTesting
import Glibc
import XCTest

/// What the fuzzer begins with, and what it has found (`Fuzz/`), without a fuzzer.
final class InflateFuzzInputTests: GreenTestCase {
  func testTheCorpus() throws { try check("Corpus") }

  func testTheRegressions() throws { try check("Regressions") }

  func testWhatIsCompressedAndThenDamaged() throws {
    var numbers = SplitMix64()
    for input in try inputs(in: "Corpus") {
      for _ in 0..<50 {
        var damaged = input.bytes
        for _ in 0..<Int.random(in: 1...3, using: &numbers) {
          guard let index = damaged.indices.randomElement(using: &numbers) else { continue }
          damaged[index] = .random(in: 0...255, using: &numbers)
        }
        XCTAssertNoThrow(try InflateProperties.check(damaged), "\(input.name): \(damaged)")
      }
    }
  }

  private func check(_ folder: String) throws {
    for input in try inputs(in: folder) {
      XCTAssertNoThrow(try InflateProperties.check(input.bytes), input.name)
    }
  }

  private func inputs(
    in folder: String, testFile: String = #filePath
  ) throws -> [(name: String, bytes: [UInt8])] {
    let root = testFile.split(separator: "/").dropLast(4).joined(separator: "/")
    let path = "/\(root)/Fuzz/\(folder)/websocket-inflate"
    guard let directory = opendir(path) else {
      // As long as nothing has been found, there are no regressions.
      XCTAssertTrue(folder == "Regressions" && errno == ENOENT, path)
      return []
    }
    defer { closedir(directory) }
    var inputs: [(name: String, bytes: [UInt8])] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix(".") { continue }
      inputs.append((name, try contents(of: "\(path)/\(name)")))
    }
    return inputs
  }

  private func contents(of path: String) throws -> [UInt8] {
    let file = try XCTUnwrap(fopen(path, "r"), path)
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return bytes
  }
}
