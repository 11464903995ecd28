/// A path from a client, without what could lead out of a directory by itself.
struct RelativePath: Hashable, Sendable {
  /// `a/b`, or `.` for the directory itself; ends with a NUL.
  let cString: [UInt8]
  /// Whether it ends with a slash, or with a slash and a dot, so that no file is meant.
  let requiresDirectory: Bool

  /// Reads a path that was decoded.
  ///
  /// Names that are empty or `.` mean nothing, as everywhere. `..` would be for the client to resolve
  /// before it asks (RFC 3986, section 5.2.4): who sends it is up to something.
  init(_ path: [UInt8], allowsHidden: Bool) throws(FileAccessError) {
    func refusal(_ reason: FileAccessError.Reason) -> FileAccessError {
      FileAccessError(path: String(decoding: path, as: UTF8.self), reason: reason)
    }
    if path.contains(0) { throw refusal(.holdsNUL) }
    let (dot, slash) = (UInt8(ascii: "."), UInt8(ascii: "/"))
    let names = path.split(separator: slash, omittingEmptySubsequences: false)
    func meansNothing(_ name: ArraySlice<UInt8>) -> Bool {
      name.isEmpty || name.elementsEqual([dot])
    }
    var joined: [UInt8] = []
    for name in names where !meansNothing(name) {
      if name.elementsEqual([dot, dot]) { throw refusal(.climbs) }
      if name.first == dot, !allowsHidden {
        // There to be found by everybody (RFC 8615), and only there.
        guard joined.isEmpty, name.elementsEqual(".well-known".utf8) else { throw refusal(.hidden) }
      }
      if !joined.isEmpty { joined.append(slash) }
      joined += name
    }
    requiresDirectory = names.last.map(meansNothing) ?? true
    if joined.isEmpty { joined = [dot] }
    cString = joined + [0]
  }
}
