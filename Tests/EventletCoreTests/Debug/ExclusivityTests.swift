#if DEBUG
import EventletCore
import Testing

/// In debug builds all green threads share the set of open accesses, so a conflict between two of
/// them is caught as one within a function is.
@Suite struct ExclusivityTests {
  @Test func aConflictBetweenGreenThreadsIsCaught() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let store = Store()
      let holder = spawn { try append(to: &store.items) }
      try GreenThread.yield()
      store.items.append(2)
      try holder.wait()
    }
    let output = text(try #require(result))
    #expect(output.contains("Simultaneous accesses"), "\(output)")
    #expect(output.contains("Fatal access conflict detected"), "\(output)")
  }

  /// The same, without two accesses at once, in a hub that keeps the sets apart.
  @Test func isolationKeepsThemApart() async {
    await #expect(processExitsWith: .success) {
      var configuration = Hub.Configuration()
      configuration.isolatesExclusivity = true
      try Hub.use(configuration)
      let store = Store()
      let holder = spawn { try append(to: &store.items) }
      try GreenThread.yield()
      store.items.append(2)
      try holder.wait()
    }
  }
}

private final class Store {
  var items: [Int] = []
}

/// Parks inside an access, which a conflict needs.
private func append(to items: inout [Int]) throws {
  try GreenThread.sleep(for: .milliseconds(1))
  items.append(1)
}
#endif
