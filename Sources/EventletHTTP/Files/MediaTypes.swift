/// The media types of files, by the end of their names.
///
/// ```swift
/// var types = MediaTypes.standard
/// types["glb"] = "model/gltf-binary"
/// fields[.contentType] = types.type(ofFileNamed: "scene.glb")
/// ```
///
/// Text is taken to be UTF-8, and says so.
///
/// In Python: `mimetypes`.
public struct MediaTypes: Hashable, Sendable {
  private var types: [String: String]
  /// The type of a file whose name says nothing: `application/octet-stream` by default.
  public var fallback: String

  /// Creates a table.
  /// - Parameters:
  ///   - types: By what follows the last dot of a name, in lower case.
  ///   - fallback: The type of all others.
  public init(_ types: [String: String], fallback: String = "application/octet-stream") {
    self.types = types
    self.fallback = fallback
  }

  /// The type of files whose names end so; the end is given without its dot.
  ///
  /// nil for what the table does not have. Setting it changes the table.
  public subscript(fileExtension: String) -> String? {
    get { types[fileExtension.lowercased()] }
    set { types[fileExtension.lowercased()] = newValue }
  }

  /// The type of a file.
  /// - Parameter name: A name or a path. What begins with its only dot has no end.
  /// - Returns: ``fallback`` for a name that says nothing.
  public func type(ofFileNamed name: String) -> String {
    let last = name[(name.lastIndex(of: "/").map(name.index(after:)) ?? name.startIndex)...]
    guard let dot = last.lastIndex(of: "."), dot != last.startIndex else { return fallback }
    return self[String(last[last.index(after: dot)...])] ?? fallback
  }
}
