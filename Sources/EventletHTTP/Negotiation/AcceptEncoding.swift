/// Which codings a client takes, and which it likes best: the field `Accept-Encoding`.
///
/// ```swift
/// let accepted = AcceptEncoding(request.headerFields[.acceptEncoding])
/// if accepted.choose(from: [.gzip, .identity]) == .gzip { compress() }
/// ```
///
/// See RFC 9110, section 12.5.3. A response that depends on it says so: `Vary: Accept-Encoding`.
public struct AcceptEncoding: Hashable, Sendable {
  private let weights: [String: Int]
  private static let any = "*"

  /// Reads the field.
  ///
  /// Of what is there twice the first counts; what is malformed does not.
  /// - Parameter value: Of all such fields, joined by commas; nil if there is none.
  public init(_ value: String?) {
    guard let value else {
      // It would take anything, but need not know any of it.
      weights = [ContentCoding.identity.rawValue: 1000]
      return
    }
    var weights: [String: Int] = [:]
    for element in WeightedElement.list(parsing: value) where element.parameters.isEmpty {
      // RFC 9110, section 8.4.1.3.
      let name = element.name == "x-gzip" ? ContentCoding.gzip.rawValue : element.name
      if weights[name] == nil { weights[name] = element.weight }
    }
    self.weights = weights
  }

  /// How much a coding is wanted, in thousandths: 0 is not at all.
  ///
  /// As it is, a body is always taken, for want of something better, unless the client says otherwise.
  private func weight(of coding: ContentCoding) -> Int {
    if let weight = weights[coding.rawValue] ?? weights[Self.any] { return weight }
    return coding == .identity ? 1 : 0
  }

  /// Whether the client takes a coding.
  public func accepts(_ coding: ContentCoding) -> Bool { weight(of: coding) > 0 }

  /// Which coding the client likes best.
  /// - Parameter codings: Those that the server has, in its own order: of two that the client likes as
  ///   much the first is taken. All three by default.
  /// - Returns: nil if the client takes none of them, for which there is status 406. It has to refuse
  ///   `identity` in so many words for that.
  public func choose(from codings: [ContentCoding] = ContentCoding.allCases) -> ContentCoding? {
    var best: (coding: ContentCoding, weight: Int)?
    for coding in codings {
      let weight = weight(of: coding)
      if weight > best?.weight ?? 0 { best = (coding, weight) }
    }
    return best?.coding
  }
}
