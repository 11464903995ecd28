import CEventletCore
import Dispatch
import EventletCore
import Testing

/// A program whose main is `async`: the process of an exit test is one, which has suspended.
@Suite struct AsyncMainTests {
  @Test func theMainActorIsOnTheMainThreadsHub() async {
    await #expect(processExitsWith: .success) { @MainActor in
      for _ in 0..<3 {
        guard ev_is_main_thread() else { fatalError("another OS thread") }
        await Task.detached {}.value
      }
    }
  }

  @Test func whatWasThereBeforeTheWaitRuns() async {
    await #expect(processExitsWith: .success) { @MainActor in
      let task = Task { 42 }
      guard try GreenThread.awaiting({ await task.value }) == 42 else { fatalError() }
      let event = Event<Int>()
      Task {
        try await Task.sleep(for: .milliseconds(1))
        event.send(7)
      }
      guard try event.wait() == 7 else { fatalError() }
    }
  }

  @Test func greenThreadsGoOnWhenTheMainSuspends() async {
    await #expect(processExitsWith: .success) { @MainActor in
      let green = spawn {
        try GreenThread.sleep(for: .milliseconds(2))
        return 1
      }
      let task = Task {
        try GreenThread.sleep(for: .milliseconds(2))
        return 2
      }
      try GreenThread.sleep(for: .milliseconds(1))
      await Task.detached {}.value
      guard try await task.value + green.wait() == 3 else { fatalError() }
    }
  }

  @Test func theMainDispatchQueueIsServedToo() async {
    await #expect(processExitsWith: .success) { @MainActor in
      await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
          DispatchQueue.main.async {
            MainActor.assumeIsolated { continuation.resume() }
          }
        }
      }
      let event = Event<Void>()
      nonisolated(unsafe) let sent = event
      DispatchQueue.main.async { sent.send(()) }
      try event.wait()
    }
  }

  @Test func theMainMayUseAsMuchStackAsAMainThread() async {
    await #expect(processExitsWith: .success) { @MainActor in
      await Task.detached {}.value
      guard recurse(bytes: 6 << 20) > 0 else { fatalError() }
    }
  }
}

@inline(never)
private func recurse(bytes: Int) -> Int {
  withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 16) { memory in
    memory[0] = 1
    let deeper = bytes > 16_384 ? recurse(bytes: bytes - 16_384) : 0
    return deeper + Int(memory[0])
  }
}
