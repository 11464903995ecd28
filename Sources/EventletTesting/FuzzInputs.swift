internal import EventletCore
internal import Glibc

/// The files of a fuzz target, its `Corpus` or its `Regressions`.
///
/// For tests one folder below that of the test target.
/// - Parameters:
///   - folder: `Corpus`, which must be there, or `Regressions`: as long as nothing has been found, there
///     are none.
///   - target: Of the package `Fuzz`.
///   - testFile: Where it is called.
/// - Returns: names and contents.
/// - Throws: ``/EventletCore/SystemError`` for what cannot be read.
package func fuzzInputs(
  in folder: String, of target: String, testFile: String = #filePath
) throws -> [(name: String, bytes: [UInt8])] {
  let root = testFile.split(separator: "/").dropLast(4).joined(separator: "/")
  let path = "/\(root)/Fuzz/\(folder)/\(target)"
  guard let directory = opendir(path) else {
    if folder == "Regressions", errno == ENOENT { return [] }
    throw SystemError(call: "open", errno: errno, subject: path)
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
  guard let file = fopen(path, "r") else {
    throw SystemError(call: "open", errno: errno, subject: path)
  }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
  return bytes
}
