import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

@testable import EventletWebSocket

final class MaskingKeyForkTests: WebSocketTestCase {
  func testAForkedChildHasMaskingKeysOfItsOwn() throws {
    let keys = MaskingKeys.current
    _ = keys.next()
    let (near, far) = try GreenSocket.pair()
    let child = try ForkedChild.fork()
    if child == 0 {
      ForkedChild.end {
        var mine = keys.next()
        return withUnsafeBytes(of: &mine) { write(far.fileDescriptor, $0.baseAddress, 4) } == 4
      }
    }
    let theirs = try BufferedReader(near).read(exactly: 4).withUnsafeBytes {
      $0.load(as: UInt32.self)
    }
    XCTAssertNotEqual(keys.next(), theirs)
    near.close()
    far.close()
    ForkedChild.expectSuccess(of: child)
  }
}
