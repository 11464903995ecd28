/// What a request asks of a directory.
struct RequestedPath {
  /// Decoded, from the directory on: begins with a slash.
  let bytes: [UInt8]
  /// Whether a directory is meant, since it ends with a slash.
  let isOfDirectory: Bool
  private let lastName: [UInt8]
  private let query: String?

  /// Takes it from the request.
  /// - Parameters:
  ///   - request: What is asked.
  ///   - prefix: What all paths begin with; empty, or with a slash at the beginning and none at the end.
  ///   - parameter: The name of the path's parameter that has the rest, if a router has left one.
  /// - Throws: ``FileAccessError`` for what is nowhere.
  init(
    _ request: ServerRequest, prefix: [UInt8], parameter: String
  ) throws(FileAccessError) {
    let slash = UInt8(ascii: "/")
    let (path, slashCount) = request.withRawPath { raw in
      (PercentCoding.decode(raw), raw.count { $0 == slash })
    }
    // No name has a slash. Were `%2F` one, a path could get past who has looked at its segments.
    guard path.count(where: { $0 == slash }) == slashCount else {
      throw FileAccessError(path: request.path, reason: .notFound)
    }
    if let text = request.parameters[parameter] {
      let rest = Self.bytes(of: text, in: parameter, of: request)
      bytes = rest.first == slash ? rest : [slash] + rest
    } else {
      guard path.starts(with: prefix),
        path.count == prefix.count || path[prefix.count] == slash
      else { throw FileAccessError(path: request.path, reason: .notFound) }
      bytes = path.count == prefix.count ? [slash] : Array(path[prefix.count...])
    }
    let names = path.split(separator: slash, omittingEmptySubsequences: false)
    lastName = Array(names.last ?? [])
    isOfDirectory = lastName.isEmpty || lastName == [UInt8(ascii: ".")]
    query = request.query
  }

  /// The bytes of a parameter: names need not be UTF-8, as text is.
  private static func bytes(
    of text: String, in parameter: String, of request: ServerRequest
  ) -> [UInt8] {
    let rest = request.withRawPath { path in
      request.matchedRoute?.pattern.rest(parameter, of: path).map { PercentCoding.decode($0) }
    }
    // Somebody may have put another text there.
    guard let rest, String(decoding: rest, as: UTF8.self).utf8.elementsEqual(text.utf8) else {
      return Array(text.utf8)
    }
    return rest
  }

  /// The same with a slash at the end, for a client to go to.
  ///
  /// Relative to where it is: so it holds whatever a proxy has taken off, and leads to no other host.
  var withSlash: String {
    "./" + PercentCoding.encode(lastName, for: .pathSegment) + "/" + (query.map { "?" + $0 } ?? "")
  }

  /// The path of a file in the directory that it leads to.
  func appending(_ name: String) -> [UInt8] {
    var directory = bytes
    if isOfDirectory { directory.removeLast(lastName.count) }
    if directory.last != UInt8(ascii: "/") { directory.append(UInt8(ascii: "/")) }
    return directory + Array(name.utf8)
  }
}
