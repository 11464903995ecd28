public import HTTPTypes

extension StaticFiles {
  /// How a directory is served.
  ///
  /// ```swift
  /// var configuration = StaticFiles.Configuration()
  /// configuration.cacheControl = "public, max-age=3600"
  /// configuration.fallbackFile = "index.html"
  /// ```
  public struct Configuration: Sendable {
    /// What paths begin with that are meant, as `/static`; empty, the default, is all.
    ///
    /// Taken off before a file is looked for. Of no effect where a router has put the rest of the path
    /// into ``parameter``.
    public var prefix = ""
    /// The name of the path's parameter that is the rest of the path: `path` by default, as a router
    /// names it.
    public var parameter = "path"
    /// What is looked for in a directory, in this order: `index.html` by default.
    public var indexNames = ["index.html"]
    /// Whether a client that asks for a directory without a slash at the end is sent to the one with
    /// it, so that relative links lead where they should; true by default.
    ///
    /// If not, it gets the index.
    public var redirectsDirectories = true
    /// The value of `Cache-Control`; nil, the default, sends none.
    public var cacheControl: String?
    /// Types by the end of names; the standard ones by default.
    public var mediaTypes = MediaTypes.standard
    /// Whether symbolic links are followed as long as they stay beneath the directory; true by default.
    public var followsSymbolicLinks = true
    /// Whether names that begin with a dot are like others; false by default.
    public var showsHiddenFiles = false
    /// The file that is sent instead of one that is not there; nil, the default, is 404.
    ///
    /// For programs that run in the browser and have paths of their own. Names with an end that
    /// ``mediaTypes`` knows are 404 all the same: a page would be no good for a missing script.
    public var fallbackFile: String?
    /// Whether a file with `.gz` after the name is sent to clients that take gzip; false by default.
    ///
    /// One that is older than the file itself is left alone.
    public var servesCompressedSiblings = false
    /// Changes the fields of an answer with a file; nil, the default, leaves them.
    ///
    /// An `ETag` or `Last-Modified` of its own is taken instead of the file's. Must not wait.
    public var changeFields: (@Sendable (OpenedFile, inout HTTPFields) -> Void)?

    /// Creates a configuration as it is by default.
    public init() {}
  }
}
