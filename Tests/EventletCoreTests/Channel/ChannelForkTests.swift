import EventletCore
import EventletTesting
import XCTest

/// Green threads that wait over a fork do so in both processes.
final class ChannelForkTests: GreenTestCase {
  func testWhoWaitsHearsOfWhatIsSentInTheChild() throws {
    let channel = Channel<Int>(capacity: 0)
    let receivers = (0..<3).map { _ in spawn { try channel.receive() } }
    try GreenThread.yield()
    try ForkedChild.run {
      // The child's hub is made with the first wait.
      try GreenThread.sleep(for: .milliseconds(1))
      for number in 0..<3 { try channel.send(number) }
      return try receivers.map { try $0.wait() } == [0, 1, 2]
    }
    for number in 3..<6 { try channel.send(number) }
    XCTAssertEqual(try receivers.map { try $0.wait() }, [3, 4, 5])
  }
}
