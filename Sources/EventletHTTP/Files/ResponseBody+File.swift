extension ResponseBody {
  /// A file, or a part of it.
  ///
  /// Sent by the kernel where that is possible, see ``ResponseWriter/writeFile(_:from:count:)``. The
  /// file stays open for as long as there is the body, sent or not. What is announced is the size that
  /// it had when it was opened: of a file that has grown that much is sent, and one that has shrunk
  /// cuts the connection.
  /// - Parameters:
  ///   - file: What to send.
  ///   - range: Which part; nil, the default, is all of it.
  /// - Returns: a body.
  public static func file(_ file: OpenedFile, range: ByteRange? = nil) -> ResponseBody {
    let (first, count) = range.map { ($0.first, $0.count) } ?? (0, file.size)
    return .stream(length: count) { writer in
      try writer.write(file, from: first, count: count)
    }
  }
}

extension ResponseWriter {
  /// Writes a part of a file, which stays open meanwhile.
  func write(_ file: OpenedFile, from offset: Int, count: Int) throws {
    defer { withExtendedLifetime(file) {} }
    try writeFile(file.descriptor, from: offset, count: count)
  }
}
