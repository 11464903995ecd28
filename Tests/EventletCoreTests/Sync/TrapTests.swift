import EventletCore
import Testing

/// Programmers' errors end the process.
@Suite struct TrapTests {
  // Eventlet: E6
  @Test func sendingAnEventTwiceTraps() async {
    await #expect(processExitsWith: .failure) {
      let event = Event<Int>()
      event.send(1)
      event.send(2)
    }
  }

  // Eventlet: E6, E9
  @Test func sendingAnErrorAfterAValueTraps() async {
    await #expect(processExitsWith: .failure) {
      let event = Event<Int>()
      event.send(1)
      event.send(throwing: GreenThreadExit())
    }
  }

  // Eventlet: E7
  @Test func resettingAnEventThatWasNotSentTraps() async {
    await #expect(processExitsWith: .failure) { Event<Int>().reset() }
  }

  // Eventlet: S1
  @Test func aNegativeSemaphoreTraps() async {
    await #expect(processExitsWith: .failure) { _ = Semaphore(value: -1) }
  }

  // Eventlet: S13
  @Test func releasingABoundedSemaphoreTooOftenTraps() async {
    await #expect(processExitsWith: .failure) {
      let semaphore = BoundedSemaphore(value: 1)
      _ = semaphore.acquireNoWait()
      semaphore.release()
      semaphore.release()
    }
  }

  // Eventlet: S16
  @Test func aNegativeCountOfACappedSemaphoreTraps() async {
    await #expect(processExitsWith: .failure) { _ = CappedSemaphore(count: -1, limit: 3) }
  }

  // Eventlet: S16
  @Test func aCountAboveTheLimitOfACappedSemaphoreTraps() async {
    await #expect(processExitsWith: .failure) { _ = CappedSemaphore(count: 4, limit: 3) }
  }
}
