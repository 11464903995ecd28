import EventletHTTP
import EventletNet
import Glibc
import Testing

@Suite struct AccessLogFormatTests {
  static let record = AccessRecord(
    clientAddress: .ipv4("192.0.2.43", port: 4711), peerAddress: .ipv4("10.0.0.2", port: 80),
    forwardedFor: "198.51.100.7,192.0.2.43,10.0.0.1",
    requestLine: "GET /index.html HTTP/1.1", method: "GET", target: "/index.html", status: 200,
    bytesSent: 1234, bytesReceived: 99, duration: .microseconds(1_234_567), date: 1_700_000_000,
    userAgent: "curl/8.5.0", referer: "http://example.org/")

  private func line(_ template: String, _ record: AccessRecord = Self.record) throws -> String {
    try AccessLogFormat(template).line(for: record)
  }

  /// By another way: the C library's, in the locale that test programs have.
  private static func date(_ seconds: Int) -> String {
    var (time, local) = (time_t(seconds), tm())
    localtime_r(&time, &local)
    var text = [CChar](repeating: 0, count: 64)
    let count = strftime(&text, text.count, "%d/%b/%Y %H:%M:%S", &local)
    return String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  // Eventlet: W96
  @Test func theDefaultIsEventlets() {
    #expect(
      AccessLogFormat.standard.line(for: Self.record)
        == "192.0.2.43 - - [\(Self.date(1_700_000_000))] \"GET /index.html HTTP/1.1\" 200 1234 "
        + "1.234567")
  }

  // Eventlet: W95
  @Test(arguments: [
    ("client_ip", "192.0.2.43"), ("client_port", "4711"), ("date_time", date(1_700_000_000)),
    ("request_line", "GET /index.html HTTP/1.1"), ("status_code", "200"), ("body_length", "1234"),
    ("wall_seconds", "1.234567"), ("user_agent", "curl/8.5.0"), ("referer", "http://example.org/"),
    ("x_forwarded_for", "198.51.100.7,192.0.2.43,10.0.0.1"),
  ])
  func fields(name: String, value: String) throws {
    #expect(try line("{\(name)}") == value)
    #expect(try line("<{\(name)}{\(name)}>") == "<\(value)\(value)>")
    #expect(AccessLogFormat.fieldNames.contains(name))
  }

  // Eventlet: W96
  @Test func datesAreOfTheLocalTimeZone() async {
    // In a process of its own, whose time zone may be changed.
    await #expect(processExitsWith: .success) {
      setenv("TZ", "EST+05:30", 1)
      tzset()
      let format = try AccessLogFormat("{date_time}")
      for (seconds, expected) in [
        (0, "31/Dec/1969 18:30:00"), (1_709_164_800, "28/Feb/2024 18:30:00"),
        (1_767_245_399, "31/Dec/2025 23:59:59"), (-1, "31/Dec/1969 18:29:59"),
      ] {
        #expect(format.line(for: AccessRecord(status: 200, date: seconds)) == expected)
      }
    }
  }

  // Eventlet: W96
  @Test func allMonths() throws {
    for month in 0..<12 {
      let seconds = 1_700_000_000 + month * 30 * 86400
      #expect(try line("{date_time}", AccessRecord(status: 1, date: seconds)) == Self.date(seconds))
    }
  }

  // Eventlet: W97
  @Test func theClientsAddress() throws {
    var format = AccessLogFormat.standard
    #expect(!format.showsForwardedFor)
    format = try AccessLogFormat("{client_ip} {client_port}", showsForwardedFor: true)
    #expect(
      format.line(for: Self.record) == "198.51.100.7,192.0.2.43,10.0.0.1,10.0.0.2 4711")
    var record = AccessRecord(clientAddress: .ipv6("2001:db8::1", port: 80), status: 200)
    #expect(record.peerAddress == record.clientAddress)
    #expect(format.line(for: record) == "2001:db8::1 80")
    for address in try [SocketAddress.unnamed, .unix("/run/app.sock"), .abstract("x")] {
      record.clientAddress = address
      record.peerAddress = address
      #expect(format.line(for: record) == "unix -")
      record.forwardedFor = "1.1.1.1"
      #expect(format.line(for: record) == "1.1.1.1,unix -")
      format.showsForwardedFor = false
      #expect(format.line(for: record) == "unix -")
      record.forwardedFor = nil
      format.showsForwardedFor = true
    }
  }

  // Eventlet: W96
  @Test(arguments: [
    (Duration.zero, "0.000000"), (.nanoseconds(499), "0.000000"), (.nanoseconds(500), "0.000001"),
    (.nanoseconds(999_999_499), "0.999999"), (.nanoseconds(999_999_500), "1.000000"),
    (.seconds(86400), "86400.000000"), (.milliseconds(1050), "1.050000"),
    (.seconds(-1), "0.000000"),
  ])
  func secondsHaveSixDecimals(duration: Duration, text: String) throws {
    #expect(try line("{wall_seconds}", AccessRecord(status: 200, duration: duration)) == text)
  }

  @Test func whatIsNotKnownIsADash() throws {
    let template = AccessLogFormat.fieldNames.map { "{\($0)}" }.joined(separator: " ")
    let line = try line(template, AccessRecord(status: 400))
    #expect(line == "- - \(Self.date(0)) - 400 0 0.000000 - - -")
  }

  // Eventlet: W100
  @Test func nobodyWritesLinesOfTheirOwn() throws {
    let evil = "GET /\"\r\n127.0.0.1 - \\ \u{1b}[2J\0\u{7f}\u{85}é\u{2028} HTTP/1.1"
    let safe =
      #"GET /\x22\x0d\x0a127.0.0.1 - \x5c \x1b[2J\x00\x7f\xc2\x85\xc3\xa9\xe2\x80\xa8 HTTP/1.1"#
    let record = AccessRecord(
      clientAddress: .ipv4("1.1.1.1", port: 1), forwardedFor: evil, requestLine: evil, status: 200,
      userAgent: evil, referer: evil)
    for name in ["request_line", "user_agent", "referer", "x_forwarded_for"] {
      #expect(try line("\"{\(name)}\"", record) == "\"\(safe)\"")
    }
    let format = try AccessLogFormat("{client_ip}", showsForwardedFor: true)
    #expect(format.line(for: record) == safe + ",1.1.1.1")
  }

  @Test func textMayHoldAnything() throws {
    #expect(try line("") == "")
    #expect(try line("{{}} {{status_code}} {{{status_code}}} é\t") == "{} {status_code} {200} é\t")
    #expect(try line("status={status_code};") == "status=200;")
  }

  @Test func linesAreAppended() throws {
    var bytes = Array("before ".utf8)
    try AccessLogFormat("{status_code}").append(Self.record, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == "before 200")
  }

  @Test(arguments: ["foo", "", "client_ip ", "Client_IP", "client_ip:d", "{client_ip"])
  func unknownFieldsAreAnError(name: String) throws {
    let error = try #require(throws: AccessLogFormatError.self) {
      try AccessLogFormat("{status_code} {\(name)}")
    }
    guard name.first != "{" else { return }
    #expect(error == .unknownField(name))
    for known in AccessLogFormat.fieldNames { #expect("\(error)".contains(known)) }
  }

  @Test(arguments: ["{", "}", "{client_ip", "client_ip}", "{{}", "{}}", "{client_ip}}"])
  func unmatchedBracesAreAnError(template: String) {
    #expect(throws: AccessLogFormatError.self) { try AccessLogFormat(template) }
  }
}
