import EventletCore
import Glibc
import Testing

/// Runs `body` on another OS thread and waits for it.
private func onAnotherOSThread(_ body: @escaping @convention(c) () -> Void) {
  var thread = pthread_t()
  let start = unsafeBitCast(body, to: UnsafeMutableRawPointer.self)
  pthread_create(
    &thread, nil,
    { opaque in
      unsafeBitCast(opaque, to: (@convention(c) () -> Void).self)()
      return nil
    }, start)
  pthread_join(thread, nil)
}

private nonisolated(unsafe) var handle: GreenThread<Void>?

private func saysWhose(_ result: ExitTest.Result?) -> Bool {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    .contains("belongs to another OS thread's hub")
}

/// Misuse that ends the process.
@Suite struct OwnershipTests {
  // Eventlet: G41
  @Test func killingAnotherOSThreadsGreenThreadTraps() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      handle = spawn {}
      onAnotherOSThread { try? handle?.kill() }
    }
    #expect(saysWhose(result))
  }

  // Eventlet: G41
  @Test func waitingForAnotherOSThreadsGreenThreadTraps() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      handle = spawn {}
      onAnotherOSThread { try? handle?.wait() }
    }
    #expect(saysWhose(result))
  }

  // Eventlet: T12
  @Test func startingAPendingTimeoutTraps() async {
    await #expect(processExitsWith: .failure) { Timeout(after: .seconds(1)).start() }
  }

  // Eventlet: H2, H39
  @Test func anUnknownPollerInTheEnvironmentTraps() async {
    await #expect(processExitsWith: .failure) {
      setenv("EVENTLET_HUB", "asyncio", 1)
      _ = Hub.current
    }
  }

  // Eventlet: H2
  @Test func theEnvironmentChoosesThePoller() async {
    await #expect(processExitsWith: .success) {
      setenv("EVENTLET_HUB", "poll", 1)
      #expect(Hub.current.pollerName == "poll")
    }
  }
}
