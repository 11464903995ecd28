/// Several parts of a file as one body: `multipart/byteranges` (RFC 9110, section 14.6).
struct MultipartByteRanges {
  private let file: OpenedFile
  private let parts: [(head: String, range: ByteRange)]
  private let end: String
  /// Of the whole.
  let contentType: String

  init(_ ranges: [ByteRange], of file: OpenedFile, contentType: String?) {
    self.file = file
    // Nobody can guess it, and so nobody can have put it into the file.
    let boundary = RandomWord.make()
    self.contentType = "multipart/byteranges; boundary=\(boundary)"
    let type = contentType.map { "Content-Type: \($0)\r\n" } ?? ""
    parts = ranges.enumerated().map { index, range in
      // The line end before a boundary belongs to that (RFC 2046, section 5.1.1).
      let head =
        (index == 0 ? "" : "\r\n")
        + "--\(boundary)\r\n\(type)Content-Range: \(range.contentRange(ofSize: file.size))\r\n\r\n"
      return (head, range)
    }
    end = "\r\n--\(boundary)--\r\n"
  }

  var body: ResponseBody {
    let length = parts.reduce(end.utf8.count) { $0 + $1.head.utf8.count + $1.range.count }
    return .stream(length: length) { [self] writer in
      for (head, range) in parts {
        try writer.write(head)
        try writer.write(file, from: range.first, count: range.count)
      }
      try writer.write(end)
    }
  }
}
