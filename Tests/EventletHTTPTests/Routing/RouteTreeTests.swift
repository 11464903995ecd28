import Testing

@testable import EventletHTTP

/// Routes without methods.
private final class Routes {
  private let tree = RouteTree()

  init(_ patterns: [String]) throws {
    for text in patterns {
      let route = RegisteredRoute(
        try PathPattern(parsing: text), redirectsTrailingSlash: false, { _ in .text("") }, in: [],
        fallback: { _ in .text("") })
      #expect(tree.makeEndpoint(for: route.pattern).add(route, for: nil) == nil)
    }
  }

  /// The patterns that match, the best first.
  func find(_ path: String) -> [String] {
    var found: [String] = []
    Array(path.utf8).withUnsafeBytes { path in
      _ = tree.search(path) { endpoint in
        found += [endpoint.first?.pattern.text ?? ""]
        return nil
      }
    }
    return found
  }
}

private let patterns = [
  "/", "/users", "/users/", "/users/me", "/users/{id}", "/users/{id}/notes", "/users/me/{what}",
  "/users/{id}.{format}", "/users/{id}.json", "/users/**", "/a%2Fb", "/é", "/café/{x}",
  "/deep/a/b/c", "/deep/{x}/b/d", "/deep/{x...}", "/%7Bx%7D", "/*/only",
]

@Test(arguments: [
  ("/", ["/"]),
  ("/users", ["/users"]),
  ("/users/", ["/users/", "/users/**"]),
  ("/Users", []),
  ("/use", []),
  ("/userss", []),
  ("/users/me", ["/users/me", "/users/{id}", "/users/**"]),
  ("/users/m%65", ["/users/me", "/users/{id}", "/users/**"]),
  ("/users/7", ["/users/{id}", "/users/**"]),
  ("/users/7/", ["/users/**"]),
  ("/users/7.xml", ["/users/{id}.{format}", "/users/{id}", "/users/**"]),
  (
    "/users/7.json", ["/users/{id}.json", "/users/{id}.{format}", "/users/{id}", "/users/**"]
  ),
  ("/users/7%2Ejson/notes", ["/users/{id}/notes", "/users/**"]),
  ("/users/me/notes", ["/users/me/{what}", "/users/{id}/notes", "/users/**"]),
  ("/users/a%2Fnotes", ["/users/{id}", "/users/**"]),
  ("/users//notes", ["/users/**"]),
  ("/a/b", []),
  ("/a%2Fb", ["/a%2Fb"]),
  ("/%C3%A9", ["/é"]),
  ("/é", ["/é"]),
  ("/caf%c3%a9/1", ["/café/{x}"]),
  ("/deep/a/b/c", ["/deep/a/b/c", "/deep/{x...}"]),
  ("/deep/a/b/d", ["/deep/{x}/b/d", "/deep/{x...}"]),
  ("/deep/a/b", ["/deep/{x...}"]),
  ("/deep/", ["/deep/{x...}"]),
  ("/deep", []),
  ("/{x}", ["/%7Bx%7D"]),
  ("/x/only", ["/*/only"]),
  ("/users/../users", ["/users/**"]),
  ("/users/%", ["/users/{id}", "/users/**"]),
  ("/users/%2", ["/users/{id}", "/users/**"]),
  ("users", []),
  ("*", []),
  ("", []),
])
func pathsFindTheirPatterns(path: String, expected: [String]) throws {
  #expect(try Routes(patterns).find(path) == expected)
  #expect(try Routes(patterns.reversed()).find(path) == expected)
}

private func permutations<Element>(_ elements: [Element]) -> [[Element]] {
  guard let first = elements.first else { return [[]] }
  return permutations(Array(elements.dropFirst())).flatMap { rest in
    (0...rest.count).map { place in
      var whole = rest
      whole.insert(first, at: place)
      return whole
    }
  }
}

@Test func theOrderOfRegistrationMakesNoDifference() throws {
  let patterns = [
    "/a/b", "/a/{x}", "/{x}/b", "/a/b{x}", "/a/{x}b{y}", "/{x...}",
  ]
  for order in permutations(patterns) {
    let routes = try Routes(order)
    #expect(routes.find("/a/b") == ["/a/b", "/a/{x}", "/{x}/b", "/{x...}"])
    #expect(routes.find("/a/bbb") == ["/a/b{x}", "/a/{x}b{y}", "/a/{x}", "/{x...}"])
  }
}

@Test func manyLiteralsAreTold() throws {
  let words = (0..<500).map { "/w\($0 * 7919 % 1000)" }
  let routes = try Routes(words)
  for word in words { #expect(routes.find(word) == [word]) }
  #expect(routes.find("/w") == [])
  #expect(routes.find("/w1000") == [])
}

/// A segment of a pattern over a small alphabet, and whether it matches, by the plainest of means.
private enum Piece: CaseIterable {
  case a
  case ab
  case beginning
  case parameter
  case rest

  var text: String {
    switch self {
    case .a: "a"
    case .ab: "ab"
    case .beginning: "a{NAME}"
    case .parameter: "{NAME}"
    case .rest: "{NAME...}"
    }
  }

  func matches(_ segment: String) -> Bool {
    switch self {
    case .a, .ab: segment == text
    case .beginning: segment.hasPrefix("a") && segment.count > 1
    case .parameter: !segment.isEmpty
    case .rest: true
    }
  }
}

/// The places of the pieces among all of them, if they match: the smallest is the best.
private func rank(_ pieces: [Piece], of segments: [String]) -> [Int]? {
  var ranks: [Int] = []
  for (index, piece) in pieces.enumerated() {
    guard index < segments.count, piece.matches(segments[index]) else { return nil }
    ranks.append(Piece.allCases.firstIndex(of: piece) ?? 0)
    if piece == .rest { return ranks }
  }
  return pieces.count == segments.count ? ranks : nil
}

// The tree against a list of all patterns that is looked through.
@Test func theTreeFindsWhatAListFinds() throws {
  let inner = Piece.allCases.filter { $0 != .rest }
  var all = Piece.allCases.map { [$0] }
  all += inner.flatMap { first in Piece.allCases.map { [first, $0] } }
  all += inner.flatMap { first in
    inner.flatMap { second in Piece.allCases.map { [first, second, $0] } }
  }
  var generator = SmallGenerator(state: 42)
  let words = ["", "a", "ab", "abc", "b"]
  for _ in 0..<60 {
    let chosen = Set(all.shuffled(using: &generator).prefix(12))
    let texts = Dictionary(
      uniqueKeysWithValues: chosen.map { pieces in
        (
          pieces,
          pieces.enumerated().map { "/" + $1.text.replacing("NAME", with: "n\($0)") }.joined()
        )
      })
    let routes = try Routes(Array(texts.values))
    for _ in 0..<40 {
      let segments = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        words.randomElement(using: &generator) ?? ""
      }
      let matching = chosen.compactMap { pieces in rank(pieces, of: segments).map { (pieces, $0) } }
        .sorted { $0.1.lexicographicallyPrecedes($1.1) }
        .map { texts[$0.0] ?? "" }
      #expect(routes.find("/" + segments.joined(separator: "/")) == matching)
    }
  }
}

/// The same numbers in every run.
private struct SmallGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}
