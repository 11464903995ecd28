internal import EventletCore
internal import HTTPTypes

/// Answers requests with the files of a directory.
///
/// ```swift
/// let files = try StaticFiles(directory: "/srv/www")
/// try HTTPServer(files.handle).serve(on: .ipv4("127.0.0.1", port: 8080))
/// ```
///
/// With a router, `router.mount("/static", files.handle)`; without one, ``Configuration/prefix``.
///
/// GET and HEAD are answered, others with 405. Each file has an `ETag` and a `Last-Modified`, and
/// requests with conditions or a `Range` get 304, 206 or what else becomes them, see
/// ``ServerResponse/file(_:for:contentType:headerFields:)-(OpenedFile,_,_,_)``. No path leads out of
/// the directory, see ``DirectoryRoot``.
///
/// `Sendable`: one serves any number of hubs. Eventlet has no counterpart.
public final class StaticFiles: Sendable, CustomStringConvertible {
  /// Where the files are.
  public let root: DirectoryRoot
  /// How they are served.
  public let configuration: Configuration
  private let prefix: [UInt8]

  /// Opens a directory to serve it.
  ///
  /// Traps when ``Configuration/prefix`` is neither empty nor begins with a slash.
  /// - Parameters:
  ///   - directory: Relative paths begin at the program's working directory.
  ///   - configuration: How its files are served.
  /// - Throws: as ``DirectoryRoot/open(_:followsSymbolicLinks:showsHiddenFiles:)``.
  public init(directory: String, configuration: Configuration = Configuration()) throws {
    var prefix = Array(configuration.prefix.utf8)
    if prefix.last == UInt8(ascii: "/") { prefix.removeLast() }
    require(
      configuration.prefix.isEmpty || configuration.prefix.hasPrefix("/"),
      "StaticFiles: the prefix '\(configuration.prefix)' does not begin with a slash")
    self.prefix = prefix
    self.configuration = configuration
    root = try DirectoryRoot.open(
      directory, followsSymbolicLinks: configuration.followsSymbolicLinks,
      showsHiddenFiles: configuration.showsHiddenFiles)
  }

  /// Answers a request: a `RequestHandler`.
  ///
  /// Waits for the disk on OS threads of ``/EventletCore/ThreadPool``. The file that is found is closed
  /// with the response, be that sent or not.
  /// - Throws: ``FileAccessError`` and ``HTTPError``, which are answered with their status;
  ///   ``/EventletCore/SystemError``, such as that there are no descriptors left; what a kill or
  ///   timeout throws.
  public func handle(_ request: ServerRequest) throws -> ServerResponse {
    guard request.method == .get || request.method == .head else {
      throw HTTPError(.methodNotAllowed, headerFields: [.allow: "GET, HEAD"])
    }
    let path = try RequestedPath(request, prefix: prefix, parameter: configuration.parameter)
    switch try find(path) {
    case .file(let file): return try answer(request, with: file)
    case .directory: return .redirect(to: path.withSlash, status: .permanentRedirect)
    }
  }

  // MARK: Finding

  private func find(_ path: RequestedPath) throws -> DirectoryRoot.Entry {
    do {
      if path.isOfDirectory { return .file(try index(of: path)) }
      let entry = try root.open(path.bytes)
      if case .directory = entry, !configuration.redirectsDirectories {
        return .file(try index(of: path))
      }
      return entry
    } catch let error as FileAccessError where error.reason == .notFound {
      guard let fallback = configuration.fallbackFile, !hasKnownType(error.path) else {
        throw error
      }
      return .file(try file(Array(fallback.utf8)))
    }
  }

  private func hasKnownType(_ path: String) -> Bool {
    let types = configuration.mediaTypes
    return types.type(ofFileNamed: path) != types.fallback
  }

  private func index(of path: RequestedPath) throws -> OpenedFile {
    for name in configuration.indexNames {
      do {
        return try file(path.appending(name))
      } catch let error as FileAccessError where error.reason == .notFound { continue }
    }
    throw FileAccessError(path: String(decoding: path.bytes, as: UTF8.self), reason: .notFound)
  }

  private func file(_ path: [UInt8]) throws -> OpenedFile {
    guard case .file(let file) = try root.open(path) else {
      throw FileAccessError(path: String(decoding: path, as: UTF8.self), reason: .notFound)
    }
    return file
  }

  // MARK: Answering

  private func answer(
    _ request: ServerRequest, with file: OpenedFile
  ) throws -> ServerResponse {
    var file = file
    var fields: HTTPFields = [.contentType: configuration.mediaTypes.type(ofFileNamed: file.path)]
    fields[.cacheControl] = configuration.cacheControl
    if configuration.servesCompressedSiblings {
      fields.addVary(.acceptEncoding)
      if let compressed = try compressedSibling(of: file, for: request) {
        file = compressed
        fields[.contentEncoding] = ContentCoding.gzip.rawValue
      }
    }
    configuration.changeFields?(file, &fields)
    return .file(file, for: request, headerFields: fields)
  }

  private func compressedSibling(
    of file: OpenedFile, for request: ServerRequest
  ) throws -> OpenedFile? {
    let accepted = AcceptEncoding(request[.acceptEncoding])
    guard accepted.choose(from: [.gzip, .identity]) == .gzip else { return nil }
    do {
      let compressed = try self.file(Array((file.path + ".gz").utf8))
      return compressed.modificationDate >= file.modificationDate ? compressed : nil
    } catch is FileAccessError { return nil }
  }

  /// What it is, for messages.
  public var description: String { "files of \(root)" }
}
