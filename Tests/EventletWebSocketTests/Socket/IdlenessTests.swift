import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

@testable import EventletWebSocket

final class IdlenessTests: WebSocketTestCase {
  func testAnIdleConnectionGivesBackTheDepthsOfItsStack() throws {
    try XCTSkipIf(Sanitizer.isActive, "it keeps what is on the stack elsewhere")
    let (client, server) = try rawClient()
    var page = 0
    let receiver = spawn {
      page = deepPage()
      return try server.receive()
    }
    try settle()
    XCTAssertTrue(isResident(page))
    try GreenThread.sleep(for: .seconds(1))
    try settle()
    XCTAssertFalse(isResident(page))
    XCTAssertNil(server.idleTimer)
    try client.send(1, "text")
    XCTAssertEqual(try receiver.wait(), WebSocketMessage.text("text"))
  }

  func testABusyConnectionIsLookedAtOnceASecond() throws {
    let (client, server) = try rawClient()
    let receiver = spawn { while try server.receive() != nil {} }
    for _ in 0..<5 {
      try client.send(1, "text")
      try GreenThread.sleep(for: .milliseconds(600))
      XCTAssertNotNil(server.idleTimer)
    }
    try client.send(.close(1000))
    try receiver.wait()
  }
}

/// Uses some pages of the stack.
/// - Returns: the address of one.
@inline(never)
private func deepPage(_ depth: Int = 100) -> Int {
  withUnsafeTemporaryAllocation(byteCount: 512, alignment: 16) { memory in
    memory.initializeMemory(as: UInt8.self, repeating: 1)
    if depth > 0 { return deepPage(depth - 1) }
    return Int(bitPattern: memory.baseAddress) & ~4095
  }
}

private func isResident(_ page: Int) -> Bool {
  // The page map says of each page whether it is there, in its highest bit (proc(5)).
  let file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
  defer { close(file) }
  var entry: UInt64 = 0
  guard pread(file, &entry, 8, page / 4096 * 8) == 8 else { return false }
  return entry >> 63 == 1
}
