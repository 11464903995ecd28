import EventletHTTP
import EventletTesting
import HTTPTypes
import Testing
import XCTest

final class HostRouterTests: HandlerTestCase {
  private func tell(_ name: String) -> RequestHandler { { _ in .text(name) } }

  func testHandlersAreFoundByHost() throws {
    let hosts = HostRouter()
    hosts.on("example.org", tell("exact"))
    hosts.on("WWW.example.org", tell("www"))
    hosts.on("*.example.org", tell("below"))
    hosts.on("*.deep.example.org", tell("deep"))
    hosts.on("[::1]", tell("six"))
    hosts.on("127.0.0.1", tell("four"))
    let expected = [
      ("example.org", "exact"), ("Example.ORG", "exact"), ("example.org:8080", "exact"),
      ("example.org.", "exact"), ("example.org.:80", "exact"), ("www.example.org", "www"),
      ("a.example.org", "below"), ("a.b.example.org:1", "below"), ("A.Deep.Example.org", "deep"),
      ("a.b.deep.example.org", "deep"), ("deep.example.org", "below"), ("[::1]", "six"),
      ("[::1]:80", "six"), ("127.0.0.1:1", "four"), ("127.0.0.1", "four"),
    ]
    for (host, name) in expected {
      let answer = try answer("GET /", ["Host: \(host)"]) { try hosts($0) }
      XCTAssertEqual(answer.status, 200, host)
      XCTAssertEqual(answer.body, name, host)
    }
    for host in [
      "", "org", "example.com", "notexample.org", ".example.org", "example.org.evil", "[::2]", ".",
      "..",
    ] {
      XCTAssertEqual(try answer("GET /", ["Host: \(host)"], by: hosts.handle).status, 421, host)
    }
  }

  func testTheTargetCountsMoreThanTheField() throws {
    let hosts = HostRouter()
    hosts.on("a", tell("a"))
    hosts.on("b", tell("b"))
    XCTAssertEqual(try answer("GET http://b/", ["Host: a"], by: hosts.handle).body, "b")
  }

  func testOtherHostsHaveAHandlerOfTheirOwn() throws {
    let hosts = HostRouter()
    hosts.on("*.a", tell("a"))
    hosts.fallback = tell("other")
    XCTAssertEqual(try answer("GET /", ["Host: a"], by: hosts.handle).body, "other")
    XCTAssertTrue(
      try exchange("GET / HTTP/1.0\r\n\r\n", by: hosts.handle).hasSuffix("\r\n\r\nother"))
  }
}

@Test(arguments: [
  (["example.org:80"], "'example.org:80' is no host"), ([""], "'' is no host"),
  (["*."], "'*.' is no host"), (["*"], "'*' is no host"), (["a.*.org"], "'a.*.org' is no host"),
  (["*.*.org"], "'*.*.org' is no host"), (["example.org."], "'example.org.' is no host"),
  (["a/b"], "'a/b' is no host"), (["exämple.org"], "'exämple.org' is no host"),
  (["[::1]:80"], "'[::1]:80' is no host"),
  (["a.org", "*.a.org", "A.org"], "'A.org' has a handler already"),
  (["*.a.org", "*.A.org"], "'*.A.org' has a handler already"),
])
func aHostThatIsNoneEndsTheProcess(names: [String], message: String) async {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    [names] in
    let hosts = HostRouter()
    for name in names { hosts.on(name) { _ in .text("") } }
  }
  let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  #expect(output.contains("HostRouter: \(message)"), "\(output)")
}
