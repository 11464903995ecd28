internal import EventletCore
internal import Glibc

/// For the few things of Unix sockets of which the kernel says "not now" and never "now": tries again
/// after a pause, which grows.
struct Pauses {
  private static let first = Duration.milliseconds(1)
  private static let longest = Duration.milliseconds(50)

  private var next = Self.first

  mutating func pause(
    _ descriptor: GreenDescriptor, _ direction: DescriptorRecord.Direction, until deadline: Int64,
    _ operation: String, subject: String, _ timeout: Duration?
  ) throws {
    if descriptor.mustNotWait(timeout) {
      throw SystemError(call: operation, errno: EAGAIN, subject: subject)
    }
    let hub = Hub.current
    guard hub.now < deadline else { throw IOTimeout(operation: operation, subject: subject) }
    let left = deadline == .max ? Self.longest : .nanoseconds(deadline - hub.now)
    let pause = min(next, left)
    next = min(next * 2, Self.longest)
    descriptor.record.keepOthersOut(direction)
    try GreenThread.sleep(for: pause)
  }
}
