/// A template that is none of an access log.
///
/// ```swift
/// do { format = try AccessLogFormat(template) } catch .unknownField(let name) { print("no \(name)") }
/// ```
public enum AccessLogFormatError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no field of that name.
  case unknownField(String)
  /// A brace opens without an end, or closes without a beginning.
  case unmatchedBrace(String)

  /// What is wrong with the template.
  public var description: String {
    switch self {
    case .unknownField(let name):
      "access log: no field '\(name)'; there are "
        + AccessLogFormat.fieldNames.joined(separator: ", ")
    case .unmatchedBrace(let template):
      "access log: unmatched brace in '\(template)'; write {{ or }} for one that is meant"
    }
  }
}
