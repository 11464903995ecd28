import Testing

@testable import EventletHTTP

@Test(arguments: [
  ("", PathPatternError.noSlash), ("users", .noSlash), ("{id}", .noSlash), ("*", .noSlash),
  ("//", .emptySegment), ("/a//b", .emptySegment), ("//a", .emptySegment),
  ("/a?b=c", .query), ("/{id", .unmatchedBrace), ("/id}", .unmatchedBrace),
  ("/{a}}", .unmatchedBrace), ("/{a/b}", .unmatchedBrace),
  ("/{}", .malformedName("")), ("/{...}", .malformedName("")), ("/{a b}", .malformedName("a b")),
  ("/{1a}", .malformedName("1a")), ("/{-a}", .malformedName("-a")),
  ("/{{a}}", .malformedName("{a")),
  ("/{a.}", .malformedName("a.")), ("/{é}", .malformedName("é")), ("/{*}", .malformedName("*")),
  ("/{a....}", .malformedName("a.")),
  ("/100%", .malformedEscape), ("/%4", .malformedEscape), ("/%zz", .malformedEscape),
  ("/{a}%", .malformedEscape),
  ("/{a}/{a}", .repeatedName("a")), ("/{a}-{a}", .repeatedName("a")),
  ("/{a}/{a...}", .repeatedName("a")),
  ("/{a}{b}", .adjacentParameters), ("/x{a}{b}y", .adjacentParameters),
  ("/{a...}/b", .restNotLast), ("/{a...}/", .restNotLast), ("/**/b", .restNotLast),
  ("/x{a...}", .restWithText), ("/{a...}x", .restWithText), ("/{a}x{b...}", .restWithText),
  ("/*.json", .asteriskWithText), ("/a*", .asteriskWithText), ("/***", .asteriskWithText),
  ("/*{a}", .asteriskWithText),
])
func malformedPatterns(text: String, error: PathPatternError) {
  #expect(throws: error) { try PathPattern(parsing: text) }
  #expect(!"\(error)".isEmpty)
}

@Test(arguments: [
  ("/", []), ("/users/", []), ("/a/*/**", []), ("/{id}", ["id"]), ("/{_a-1}", ["_a-1"]),
  ("/{a}/x/{b}.{c}/{rest...}", ["a", "b", "c", "rest"]), ("/%7Ba%7D/%2A", []),
])
func patternsKnowTheirNames(text: String, names: [String]) throws {
  let pattern = try PathPattern(parsing: text)
  #expect(pattern.names == names)
  #expect(pattern.text == text)
}

@Test(arguments: [
  ("/{a}", "/x", ["x"]),
  ("/{a}", "/%2F%41%20", ["/A "]),
  ("/{a}", "/%", ["%"]),
  ("/{a}", "/%ff", ["\u{FFFD}"]),
  ("/{a}", "/a+b", ["a+b"]),
  ("/*/{a}", "/1/2", ["2"]),
  ("/{a}/x/{b}", "/1/x/2", ["1", "2"]),
  ("/{a...}", "/", [""]),
  ("/x/{a...}", "/x/y/z/", ["y/z/"]),
  ("/x/{a...}", "/x//y", ["/y"]),
  ("/x/{a...}", "/x/a%2Fb/%2e%2E", ["a/b/.."]),
  ("/{name}.{extension}", "/archive.tar%2Egz", ["archive.tar", "gz"]),
  ("/{name}.{extension}/{rest...}", "/a%2Fb.c/d/e", ["a/b", "c", "d/e"]),
  ("/é{a}", "/%C3%A9%C3%A8", ["è"]),
])
func parametersAreTakenFromThePath(text: String, path: String, values: [String]) throws {
  let pattern = try PathPattern(parsing: text)
  let parameters = Array(path.utf8).withUnsafeBytes { pattern.parameters(in: $0) }
  #expect(parameters.map(\.value) == values)
  #expect(parameters.map(\.name) == pattern.names)
}
