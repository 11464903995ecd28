extension ContentDisposition {
  /// What ``filename`` is without everything that is dangerous in a file system.
  ///
  /// The last component of a path of whatever system, without control characters, and without
  /// dots and spaces at its beginning, so that it is no hidden file and leads to no other folder;
  /// at most 255 bytes. Nil if nothing is left, or there is no name.
  ///
  /// A file of that name may exist, and its ending may lie about what it holds.
  public var safeFilename: String? {
    guard let filename else { return nil }
    let scalars = filename.unicodeScalars
    let start = scalars.lastIndex { $0 == "/" || $0 == "\\" }.map(scalars.index(after:))
    let name = scalars[(start ?? scalars.startIndex)...]
      .filter { $0.properties.generalCategory != .control }
      .drop { $0 == "." || $0.properties.isWhitespace }
    var length = 0
    let short = name.prefix { scalar in
      length += UTF8.width(scalar)
      return length <= Self.longestName
    }
    return short.isEmpty ? nil : String(String.UnicodeScalarView(short))
  }

  /// What file systems of Linux take, NAME_MAX.
  private static let longestName = 255
}
