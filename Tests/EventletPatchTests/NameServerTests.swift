import CPatchProbe
import EventletCore
import EventletNet
import EventletPatch
import EventletTesting
import XCTest

/// Questions to name servers, by libc's own functions; the server is a sibling.
final class NameServerTests: PatchTestCase {
  /// One that answers each question with itself, as an answer without records.
  private func makeServer() throws -> (GreenDatagramSocket, GreenThread<Void>) {
    let socket = try GreenDatagramSocket.bound(to: .ipv4("127.0.0.1", port: 0))
    let server = spawn {
      while true {
        let question = try socket.receive(upTo: 512)
        var answer = question.bytes
        answer[2] |= 0x80  // an answer
        answer[3] |= 0x80  // of one who looks further, or it is taken for a referral
        try socket.send(answer, to: question.sender)
      }
    }
    return (socket, server)
  }

  func testSiblingsRunWhileAServerIsAsked() throws {
    let (socket, server) = try makeServer()
    let port = try socket.localAddress.port
    // An empty answer is none to the first two and the last but one; the last takes any.
    for way in 0..<4 {
      let asker = spawn { probe_ask_server(Int32(port), Int32(way)) }
      let length = try asker.wait()
      if way == 3 { XCTAssertGreaterThan(length, 12) } else { XCTAssertEqual(length, -1) }
    }
    try server.kill()
    socket.close()
  }

  /// The helper works in its memory, so it stays until the answer is there.
  func testAKillWaitsForTheAnswer() throws {
    let (socket, server) = try makeServer()
    let port = try socket.localAddress.port
    var hasEnded = false
    let asker = spawn {
      _ = probe_ask_server(Int32(port), 3)
      hasEnded = true
      try MonkeyPatch.checkForInterruption()
    }
    try GreenThread.yield()
    try asker.kill()
    XCTAssertThrowsError(try asker.wait())
    XCTAssertTrue(hasEnded)
    try server.kill()
    socket.close()
  }
}
