internal import HTTPTypes

extension ServerResponse {
  /// The `Content-Type`, if there is a body and nothing says that its bytes must stay as they are.
  var typeOfChangeableBody: String? {
    guard !body.takesConnection, ![204, 205, 206].contains(status.code) else { return nil }
    var type: String?
    for field in headerFields {
      switch field.name {
      case .contentType: type = field.value
      case .contentEncoding, .contentRange, .contentMD5, .contentDigest, .reprDigest, .digest:
        return nil
      case .cacheControl:
        if TokenList(parsing: field.value).contains("no-transform") { return nil }
      default: break
      }
    }
    return type
  }

  /// How long the body is as it is; nil if nobody knows.
  /// - Throws: ``HTTPServerError``, as the server when the handler says something else.
  func bodyLength(for request: ServerRequest) throws -> Int? {
    guard let text = headerFields[.contentLength] else { return body.length }
    return try HTTPConnection.announcedLength(text, body, request.method != .head)
  }

  mutating func compress(with compressor: LentCompressor, length: Int?) throws {
    switch body.content {
    case .bytes(let bytes): body = .bytes(try compressor.compressAll(bytes))
    case .text(let text): body = .bytes(try compressor.compressAll(Array(text.utf8)))
    case .stream(_, let write):
      body = .stream { try $0.encode(with: compressor, length: length, write) }
    // To HEAD, with the length of what GET would get: how long it becomes, nobody knows.
    case .none: body = .stream { _ in }
    case .upgrade, .takeOver: return
    }
    headerFields[.contentLength] = nil
    headerFields[.acceptRanges] = nil
    weakenTag()
  }

  private mutating func weakenTag() {
    guard let tag = validators.entityTag, !tag.isWeak else { return }
    headerFields[.eTag] = "W/\(tag)"
  }

  /// Makes it what the 200 would have been.
  ///
  /// Of what type and length that is, nobody can tell any more; but which tag the client has.
  mutating func varyNotModified(for request: ServerRequest) {
    headerFields.addVary(.acceptEncoding)
    guard let tag = validators.entityTag, !tag.isWeak,
      let theirs = request[.ifNoneMatch].flatMap(EntityTag.list(parsing:)),
      theirs.contains(where: { $0.isWeak && $0.matchesWeakly(tag) })
    else { return }
    weakenTag()
  }
}

extension HTTPField.Name {
  fileprivate static let contentDigest = known("Content-Digest")
  fileprivate static let contentMD5 = known("Content-MD5")
  fileprivate static let digest = known("Digest")
  fileprivate static let reprDigest = known("Repr-Digest")
}
