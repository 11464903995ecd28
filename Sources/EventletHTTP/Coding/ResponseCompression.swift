internal import EventletCore
internal import HTTPTypes

/// Which responses are compressed, and how.
///
/// ```swift
/// var compression = ResponseCompression()
/// compression.minimumLength = 256
/// compression.mediaTypes.insert("application/vnd.example.model")
/// router.use(responseCompression(compression))
/// ```
public struct ResponseCompression: Hashable, Sendable {
  /// How many bytes a body must have, where that is known before it is sent; 1024 by default.
  ///
  /// Less would hardly arrive sooner: it is one packet either way.
  public var minimumLength = 1024
  /// From 1, the fastest, to 9, the smallest; 4 by default.
  ///
  /// That is up to twice as fast as zlib's own default, 6, for a few bytes in a hundred more.
  public var level = 4
  /// The types of bodies that are compressed, in lower case: ``standardMediaTypes`` by default.
  ///
  /// One may be a type, such as `application/json`; `text/*`, all of a kind; or `+json`, all that end
  /// so. Leave out what is compressed in itself, such as images, films and archives.
  public var mediaTypes = standardMediaTypes
  /// How many responses may be compressed at a time on each hub; 256 by default.
  ///
  /// Each takes 64 KiB of memory for as long as it is compressed. Further ones go as they are.
  public var maximumCompressors = 256

  /// Compression as it is by default.
  public init() {}

  /// Texts, and what is made of text; fonts and images that are not compressed in themselves.
  public static let standardMediaTypes: Set<String> = [
    "text/*", "+json", "+xml", "+yaml", "+text",
    "application/ecmascript", "application/graphql", "application/javascript",
    "application/json", "application/json5", "application/jsonl", "application/ndjson",
    "application/rtf", "application/sql", "application/toml", "application/typescript",
    "application/vnd.ms-fontobject", "application/wasm", "application/x-httpd-php",
    "application/x-javascript", "application/x-ndjson", "application/x-sh",
    "application/x-www-form-urlencoded", "application/x-yaml", "application/xml",
    "application/xml-dtd", "application/yaml",
    "font/collection", "font/otf", "font/sfnt", "font/ttf",
    "image/bmp", "image/vnd.microsoft.icon", "image/x-icon",
  ]

  /// Whether bodies of a type are compressed.
  /// - Parameter contentType: The value of `Content-Type`; its parameters do not count.
  /// - Returns: whether ``mediaTypes`` has it.
  public func includes(_ contentType: String) -> Bool {
    let type = contentType.prefix { $0 != ";" }.withoutSurroundingBlanks.lowercased()
    guard let slash = type.firstIndex(of: "/") else { return false }
    if mediaTypes.contains(type) || mediaTypes.contains("\(type[...slash])*") { return true }
    guard let plus = type.lastIndex(of: "+") else { return false }
    return mediaTypes.contains(String(type[plus...]))
  }
}

/// Middleware that compresses the bodies of responses for clients that take it (RFC 9110, 8.4): gzip,
/// or deflate, which is zlib's format.
///
/// ```swift
/// router.use(responseCompression())
/// router.use(conditionalResponses())
/// ```
///
/// What is compressed has a type among ``ResponseCompression/mediaTypes``, is long enough, and has no
/// `Content-Encoding`, no digest of its bytes and no `Cache-Control: no-transform`, by which a handler
/// keeps a body as it is; it is not a part (206), and it was returned, not thrown. The client decides
/// by `Accept-Encoding`, and `Vary` says so to caches, also in the answers to clients that take none.
///
/// - A whole body is compressed at once, while other green threads go on, and has a
///   `Content-Length`. The answer to HEAD has that of the one to GET: it takes as long.
/// - A body that is written piece by piece, such as that of a file, is compressed as it is written, and
///   sent in chunks. ``ResponseWriter/flush()`` sends all that was written, and so does each write
///   where ``ResponseWriter/minimumChunkSize`` is 0 or 1; both cost some compression.
/// - A strong `ETag` becomes a weak one: it names the bytes as they were, and the same content as it
///   is. A client that has it gets 304 of whoever knows the strong one, and none would if it became
///   another. `If-Match` and `If-Range` do not hold for weak ones; there are no ranges of what is
///   compressed, so `Accept-Ranges` goes.
///
/// To be put around ``conditionalResponses()`` and handlers of files, which answer with 304 before
/// anything is compressed.
///
/// What an attacker can have reflected in the same body as a secret, such as a password against
/// forged requests, may be told by its compressed length, even by TLS (BREACH): mask such secrets anew
/// in each response, or send the response with `Cache-Control: no-transform`.
///
/// A number of `compression` that is out of its range ends the process.
/// - Parameter compression: Which, and how; that of ``ResponseCompression/init()`` by default.
/// - Returns: the middleware.
public func responseCompression(
  _ compression: ResponseCompression = ResponseCompression()
) -> Middleware {
  require(
    (1...9).contains(compression.level),
    "responseCompression: the level \(compression.level) is not in 1...9")
  require(
    compression.maximumCompressors > 0,
    "responseCompression: \(compression.maximumCompressors) compressors")
  return responseCompression(
    compression,
    by: CompressorPool(level: compression.level, limit: compression.maximumCompressors))
}

func responseCompression(
  _ compression: ResponseCompression, by compressors: CompressorPool
) -> Middleware {
  { request, next in
    var response = try next(request)
    if response.status.code == 304 {
      response.varyNotModified(for: request)
      return response
    }
    guard let type = response.typeOfChangeableBody, compression.includes(type) else {
      return response
    }
    let length = try response.bodyLength(for: request)
    if let length, length < max(1, compression.minimumLength) { return response }
    response.headerFields.addVary(.acceptEncoding)
    guard let coding = AcceptEncoding(request[.acceptEncoding]).choose(),
      let compressor = coding.format.flatMap(compressors.lend)
    else { return response }
    try response.compress(with: compressor, length: length)
    response.headerFields[.contentEncoding] = coding.rawValue
    return response
  }
}
