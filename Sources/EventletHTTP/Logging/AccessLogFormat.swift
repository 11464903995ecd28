internal import EventletNet

/// How a line of an access log is written.
///
/// A template with the names of fields in braces; `{{` and `}}` stand for braces. Without one the line
/// is Eventlet's:
///
/// ```swift
/// let format = try AccessLogFormat("{status_code} {request_line} {wall_seconds}")
/// print(format.line(for: record))   // 200 GET / HTTP/1.1 0.000213
/// ```
///
/// | field | what it says |
/// | --- | --- |
/// | `client_ip` | the client's address, or `unix` |
/// | `client_port` | the client's port |
/// | `date_time` | when the request began, by this machine's time zone: `31/Dec/2025 23:59:59` |
/// | `request_line` | `GET / HTTP/1.1` |
/// | `status_code` | `200` |
/// | `body_length` | how many bytes were written for the response, its head among them |
/// | `wall_seconds` | how long it took, with six decimals |
/// | `user_agent` | the field `User-Agent` |
/// | `referer` | the field `Referer` |
/// | `x_forwarded_for` | what proxies say about the client, and anybody may have made up |
///
/// What is not known is `-`. Texts that came from the client hold nothing but printable ASCII: other
/// bytes, quotation marks and backslashes are written as `\x0a`, so that no client writes lines of its
/// own.
///
/// In Python: `log_format`, with `%(client_ip)s` for `{client_ip}`, and without escaping.
public struct AccessLogFormat: Hashable, Sendable {
  /// Eventlet's template.
  public static let defaultTemplate =
    "{client_ip} - - [{date_time}] \"{request_line}\" {status_code} {body_length} {wall_seconds}"

  /// The names that a template may hold.
  public static let fieldNames = AccessLogField.allCases.map(\.rawValue)

  /// The template that it was made from.
  public let template: String
  /// Whether `client_ip` is what `X-Forwarded-For` says, if a request has that, and the address of
  /// the peer who has connected.
  ///
  /// `192.0.2.43,10.0.0.7`: the last is the address that was really seen, whomever
  /// ``HTTPServer/Configuration/forwardedFor`` believes. Anybody may have made up the others.
  ///
  /// In Python: `log_x_forwarded_for`, true by default.
  public var showsForwardedFor: Bool
  private let pieces: [Piece]

  private enum Piece: Hashable, Sendable {
    case text([UInt8])
    case field(AccessLogField)
  }

  /// The format of a line as Eventlet writes it.
  public static let standard = AccessLogFormat(
    template: defaultTemplate, showsForwardedFor: false, pieces: compileDefault())

  private init(template: String, showsForwardedFor: Bool, pieces: [Piece]) {
    self.template = template
    self.showsForwardedFor = showsForwardedFor
    self.pieces = pieces
  }

  /// Reads a template.
  /// - Parameters:
  ///   - template: Eventlet's by default.
  ///   - showsForwardedFor: Whether `client_ip` is all that proxies say, and the peer; false by
  ///     default.
  /// - Throws: ``AccessLogFormatError``.
  public init(
    _ template: String = defaultTemplate, showsForwardedFor: Bool = false
  ) throws(AccessLogFormatError) {
    self.init(
      template: template, showsForwardedFor: showsForwardedFor, pieces: try Self.compile(template))
  }

  private static func compileDefault() -> [Piece] {
    do { return try compile(defaultTemplate) } catch { fatalError("\(error)") }
  }

  private static func compile(_ template: String) throws(AccessLogFormatError) -> [Piece] {
    var pieces: [Piece] = []
    var text: [UInt8] = []
    var rest = template[...].utf8
    while let byte = rest.popFirst() {
      let isOpening = byte == UInt8(ascii: "{")
      guard isOpening || byte == UInt8(ascii: "}") else {
        text.append(byte)
        continue
      }
      if rest.first == byte {
        text.append(byte)
        rest.removeFirst()
        continue
      }
      guard isOpening, let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
        throw .unmatchedBrace(template)
      }
      let name = String(Substring(rest[..<end]))
      guard let field = AccessLogField(rawValue: name) else { throw .unknownField(name) }
      if !text.isEmpty { pieces.append(.text(text)) }
      text = []
      pieces.append(.field(field))
      rest = rest[rest.index(after: end)...]
    }
    return text.isEmpty ? pieces : pieces + [.text(text)]
  }

  /// Appends a line, without its end.
  ///
  /// Never switches.
  /// - Parameters:
  ///   - record: What it is about.
  ///   - bytes: Of the log.
  public func append(_ record: AccessRecord, to bytes: inout [UInt8]) {
    for piece in pieces {
      switch piece {
      case .text(let text): bytes += text
      case .field(let field):
        field.append(record, showsForwardedFor: showsForwardedFor, to: &bytes)
      }
    }
  }

  /// A line, without its end.
  public func line(for record: AccessRecord) -> String {
    var bytes: [UInt8] = []
    append(record, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
