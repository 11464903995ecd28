import Glibc
import Testing

/// What fuzzers begin with, and what they have found (`Fuzz/`), without a fuzzer.
@Suite struct FuzzInputTests {
  @Test(arguments: ["Corpus", "Regressions"])
  func heads(folder: String) throws {
    for input in try inputs(in: folder, of: "request-head") {
      #expect(throws: Never.self, "\(input.name)") { try HeadProperties.check(input.bytes) }
    }
  }

  @Test(arguments: ["Corpus", "Regressions"])
  func chunkedBodies(folder: String) throws {
    for input in try inputs(in: folder, of: "chunked-body") {
      #expect(throws: Never.self, "\(input.name)") { try ChunkedProperties.check(input.bytes) }
    }
  }

  private func inputs(
    in folder: String, of target: String, testFile: String = #filePath
  ) throws -> [(name: String, bytes: [UInt8])] {
    let root = testFile.split(separator: "/").dropLast(4).joined(separator: "/")
    let path = "/\(root)/Fuzz/\(folder)/\(target)"
    guard let directory = opendir(path) else {
      // As long as nothing has been found, there are no regressions.
      #expect(folder == "Regressions" && errno == ENOENT, "\(path)")
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
    let file = try #require(fopen(path, "r"), "\(path)")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return bytes
  }
}
