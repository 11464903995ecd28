import EventletCore
import Testing

/// Objects of one hub in the hands of another OS thread: the compiler refuses,
/// and who gets around it is told.
@Suite struct MisuseTests {
  // Eventlet: G41
  @Test func killingAThreadOfAnotherOSThreadTraps() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      nonisolated(unsafe) let thread = spawn(name: "mine") {
        try GreenThread.sleep(for: .seconds(10))
      }
      try GreenThread.yield()
      onAnotherOSThread { try? thread.kill() }
    }
    try expectOwnershipMessage(result)
  }

  // Eventlet: G41
  @Test func waitingForAThreadOfAnotherOSThreadTraps() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      nonisolated(unsafe) let thread = spawn(name: "mine") {
        try GreenThread.sleep(for: .seconds(10))
      }
      try GreenThread.yield()
      onAnotherOSThread { try? thread.wait() }
    }
    try expectOwnershipMessage(result)
  }

  // Eventlet: E18
  @Test func sendingAnEventToAThreadOfAnotherOSThreadTraps() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      nonisolated(unsafe) let event = Event<Int>()
      spawn(name: "mine") { _ = try event.wait() }
      try GreenThread.yield()
      onAnotherOSThread { event.send(1) }
    }
    try expectOwnershipMessage(result)
  }

  @Test func releasingASemaphoreToAThreadOfAnotherOSThreadTraps() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      nonisolated(unsafe) let semaphore = Semaphore(value: 0)
      spawn(name: "mine") { try semaphore.acquire() }
      try GreenThread.yield()
      onAnotherOSThread { semaphore.release() }
    }
    try expectOwnershipMessage(result)
  }

  // Eventlet: E18: the way that the message advises.
  @Test func postingReachesTheHub() async {
    await #expect(processExitsWith: .success) {
      nonisolated(unsafe) let event = Event<Int>()
      let hub = Hub.current.reference
      onAnotherOSThread { hub.post { event.send(1) } }
      let value = try event.wait()
      guard value == 1 else { fatalError("got \(value)") }
    }
  }
}

private func expectOwnershipMessage(
  _ result: ExitTest.Result?, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let output = text(try #require(result, sourceLocation: sourceLocation))
  #expect(
    output.contains("belongs to another OS thread's hub; reach it through its hub's reference"),
    "\(output)", sourceLocation: sourceLocation)
  #expect(output.contains("mine"), "\(output)", sourceLocation: sourceLocation)
}
