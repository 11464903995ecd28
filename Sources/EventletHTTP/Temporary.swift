public struct PathParameters: ExpressibleByDictionaryLiteral, Sendable {
  private var elements: [(name: String, value: String)] = []
  public init() {}
  public init(dictionaryLiteral elements: (String, String)...) { self.elements = elements }
  public subscript(name: String) -> String? { elements.first { $0.name == name }?.value }
  var isEmpty: Bool { elements.isEmpty }
}
