import Eventlet
import EventletTesting
import XCTest

final class GettingStartedTests: GuideTestCase {
  func testWaitingTogether() throws {
    let slow = spawn {
      try GreenThread.sleep(for: .seconds(2))
      return "slow"
    }
    let quick = spawn {
      try GreenThread.sleep(for: .seconds(1))
      return "quick"
    }
    print(try slow.wait(), try quick.wait())

    assertPrinted("slow quick")
    XCTAssertEqual(clock.elapsed, .seconds(2))
  }

  func testAClient() throws {
    let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
    defer { listener.close() }
    let server = spawn {
      try serve(listener) { client, _ in
        while let line = try client.reader.readLine() { try client.sendAll(line + "\n") }
      }
    }
    let addresses = [try listener.localAddress, try listener.localAddress]

    let answers = addresses.map { address in
      spawn(name: "ask \(address)") { try ask(address, "hello") }
    }
    for answer in answers { print(try answer.wait()) }

    assertPrinted("hello", "hello")
    try server.kill()
  }

  func testAQueueBetween() throws {
    let lines = LightQueue<String>(maxSize: 100)
    let writer = spawn {
      while true { print(try lines.get()) }
    }
    try lines.put("first")
    try lines.put("second")

    try GreenThread.yield()
    assertPrinted("first", "second")
    try writer.kill()
  }
}

func ask(_ address: SocketAddress, _ question: String) throws -> String {
  let socket = try GreenSocket.connect(to: address, timeout: .seconds(5))
  defer { socket.close() }
  try socket.sendAll(question + "\n")
  return try socket.reader.readLine() ?? "no answer"
}
