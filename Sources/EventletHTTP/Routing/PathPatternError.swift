/// Why a pattern is none.
enum PathPatternError: Error, Hashable, CustomStringConvertible {
  case noSlash
  case query
  case emptySegment
  case unmatchedBrace
  case malformedName(String)
  case malformedEscape
  case repeatedName(String)
  case adjacentParameters
  case restNotLast
  case restWithText
  case asteriskWithText

  var description: String {
    switch self {
    case .noSlash: "does not begin with '/'"
    case .query: "has a '?', but a query is no part of a path (a '?' in the path is '%3F')"
    case .emptySegment: "has an empty segment"
    case .unmatchedBrace:
      "has a brace without its other half (a brace in the path is '%7B' or '%7D')"
    case .malformedName(let name):
      "has the name '\(name)': that takes letters, '_' and, not at first, digits and '-'"
    case .malformedEscape: "has a '%' without two hexadecimal digits (a '%' in the path is '%25')"
    case .repeatedName(let name): "has the name '\(name)' more than once"
    case .adjacentParameters: "has two parameters with nothing between them"
    case .restNotLast: "has something after the parameter that takes all the rest"
    case .restWithText: "has text beside the parameter that takes all the rest"
    case .asteriskWithText: "has an '*' with other text (an '*' in the path is '%2A')"
    }
  }
}
