/// Why no compression can be agreed on.
struct DeflateNegotiationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A short text.
  let description: String

  init(_ description: String) { self.description = "permessage-deflate: \(description)" }
}
