internal import EventletNet
internal import Glibc

/// A part of a line of an access log, by Eventlet's name.
enum AccessLogField: String, CaseIterable, Sendable {
  case clientAddress = "client_ip"
  case clientPort = "client_port"
  case date = "date_time"
  case requestLine = "request_line"
  case status = "status_code"
  case bodyLength = "body_length"
  case wallSeconds = "wall_seconds"
  case userAgent = "user_agent"
  case referer
  case forwardedFor = "x_forwarded_for"

  func append(_ record: AccessRecord, showsForwardedFor: Bool, to bytes: inout [UInt8]) {
    switch self {
    case .clientAddress:
      guard showsForwardedFor, let list = record.forwardedFor, !list.isEmpty else {
        return Self.append(host: record.clientAddress, to: &bytes)
      }
      EscapedText(list).append(to: &bytes)
      bytes.append(UInt8(ascii: ","))
      Self.append(host: record.peerAddress, to: &bytes)
    case .clientPort:
      let address = record.clientAddress.flatMap { $0.family == .unix ? nil : $0 }
      Self.append(address.map { "\($0.port)" }, to: &bytes)
    case .date: Self.append(date: record.date, to: &bytes)
    case .requestLine: Self.append(record.requestLine, to: &bytes)
    case .status: Self.append(record.status == 0 ? nil : "\(record.status)", to: &bytes)
    case .bodyLength: Self.append(record.bytesSent, width: 1, to: &bytes)
    case .wallSeconds: Self.append(record.duration, to: &bytes)
    case .userAgent: Self.append(record.userAgent, to: &bytes)
    case .referer: Self.append(record.referer, to: &bytes)
    case .forwardedFor: Self.append(record.forwardedFor, to: &bytes)
    }
  }

  private static func append(_ text: String?, to bytes: inout [UInt8]) {
    guard let text, !text.isEmpty else {
      // A line is often split at its spaces, so that something has to be there.
      bytes.append(UInt8(ascii: "-"))
      return
    }
    EscapedText(text).append(to: &bytes)
  }

  private static func append(host address: SocketAddress?, to bytes: inout [UInt8]) {
    append(address.map { $0.family == .unix ? "unix" : $0.host }, to: &bytes)
  }

  private static func append(_ number: Int, width: Int, to bytes: inout [UInt8]) {
    let digits = String(number).utf8
    for _ in 0..<max(width - digits.count, 0) { bytes.append(UInt8(ascii: "0")) }
    bytes += digits
  }

  /// Seconds with six decimals, rounded.
  private static func append(_ duration: Duration, to bytes: inout [UInt8]) {
    let (seconds, attoseconds) = max(duration, .zero).components
    let microseconds = (attoseconds + 500_000_000_000) / 1_000_000_000_000
    append(Int(seconds + microseconds / 1_000_000), width: 1, to: &bytes)
    bytes.append(UInt8(ascii: "."))
    append(Int(microseconds % 1_000_000), width: 6, to: &bytes)
  }

  /// By hand: the C library would write the months in the language of the process's locale.
  private static func append(date: Int, to bytes: inout [UInt8]) {
    var (seconds, local) = (time_t(date), tm())
    guard localtime_r(&seconds, &local) != nil else {
      // A year that does not fit the structure.
      append(date, width: 1, to: &bytes)
      return
    }
    append(Int(local.tm_mday), width: 2, to: &bytes)
    bytes.append(UInt8(ascii: "/"))
    bytes += HTTPDate.months[Int(local.tm_mon)].utf8
    bytes.append(UInt8(ascii: "/"))
    append(Int(local.tm_year) + 1900, width: 4, to: &bytes)
    bytes.append(UInt8(ascii: " "))
    append(Int(local.tm_hour), width: 2, to: &bytes)
    for part in [local.tm_min, local.tm_sec] {
      bytes.append(UInt8(ascii: ":"))
      append(Int(part), width: 2, to: &bytes)
    }
  }
}
