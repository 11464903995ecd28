import EventletCore
import EventletTesting
import Glibc
import Testing

/// A stack overflow says whose stack it was before the process ends.
@Suite(.disabled(if: Sanitizer.isActive, "the sanitizer reports overflows"))
struct StackOverflowTests {
  @Test func namesTheThreadItsSpawnSiteAndItsSize() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let thread = spawn(name: "deep diver", file: "Divers/Deep.swift", line: 17) { descend(0) }
      _ = try thread.wait()
    }
    let output = text(try #require(result))
    #expect(output.contains("'deep diver' overflowed its stack of 256 KiB"), "\(output)")
    #expect(output.contains("spawned at Divers/Deep.swift:17."), "\(output)")
  }

  @Test func knowsTheSpawnSiteByItself() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let thread = spawn { descend(0) }
      _ = try thread.wait()
    }
    let output = text(try #require(result))
    #expect(
      output.contains("spawned at EventletCoreTests/StackOverflowTests.swift:"), "\(output)")
  }

  @Test func namesTheSizeThatTheHubWasGiven() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var configuration = Hub.Configuration()
      configuration.stackSize = 128 * 1024
      try Hub.use(configuration)
      let thread = spawn(name: "small") { descend(0) }
      _ = try thread.wait()
    }
    let output = text(try #require(result))
    #expect(output.contains("'small' overflowed its stack of 128 KiB"), "\(output)")
  }

  @Test func namesTheSizeThatTheThreadAskedFor() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let thread = spawn(name: "modest", stackSize: 60_000) { descend(0) }
      _ = try thread.wait()
    }
    let output = text(try #require(result))
    #expect(output.contains("'modest' overflowed its stack of 60 KiB"), "\(output)")
  }

  /// The one that overflows is named, not the one that began or ran before.
  @Test func namesTheOneOfManyThatOverflows() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      for index in 0..<20 {
        spawn(name: "thread \(index)") {
          try GreenThread.sleep(for: .milliseconds(1))
          if index == 13 { _ = descend(0) }
          try GreenThread.sleep(for: .seconds(10))
        }
      }
      try GreenThread.sleep(for: .seconds(10))
    }
    let output = text(try #require(result))
    #expect(output.contains("'thread 13' overflowed its stack"), "\(output)")
  }

  /// On an OS thread that the runtime gave no signal stack.
  @Test func isReportedOnAnotherOSThread() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      onAnotherOSThread {
        let thread = spawn(name: "elsewhere") { descend(0) }
        _ = try? thread.wait()
      }
    }
    let output = text(try #require(result))
    #expect(output.contains("'elsewhere' overflowed its stack of 256 KiB"), "\(output)")
  }

  /// The hub's own stack, which nobody spawned.
  @Test func aCallbackOfTheHubIsCalledThat() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      Hub.current.reference.post { _ = descend(0) }
      try GreenThread.sleep(for: .seconds(10))
    }
    let output = text(try #require(result))
    #expect(output.contains("a callback of the hub overflowed its stack"), "\(output)")
  }

  /// Any other fault is not called an overflow, and ends the process as it would.
  @Test func anotherFaultIsNotAnOverflow() async throws {
    let result = await #expect(
      processExitsWith: .signal(SIGSEGV), observing: [\.standardErrorContent]
    ) {
      let thread = spawn(name: "innocent") {
        UnsafeMutablePointer<Int>(bitPattern: nowhere())?.pointee = 1
      }
      _ = try thread.wait()
    }
    let output = text(try #require(result))
    #expect(!output.contains("overflowed"), "\(output)")
  }
}

/// An address that the optimizer does not know to be invalid.
@inline(never)
private func nowhere() -> Int { Int(getpid()) / Int(getpid()) * 16 }

/// Recurses until the stack ends.
///
/// The bound, never reached, and the addition keep it from becoming a loop.
@inline(never)
private func descend(_ depth: Int) -> Int {
  if depth == Int.max { return 0 }
  return withUnsafeTemporaryAllocation(of: Int.self, capacity: 16) { buffer in
    buffer.initialize(repeating: depth)
    return descend(depth + 1) + buffer[depth & 15]
  }
}
