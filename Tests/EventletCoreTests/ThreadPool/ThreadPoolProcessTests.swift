import CEventletCore
import EventletCore
import EventletTesting
import Glibc
import Testing

/// What a pool does to its process: environment, traps, standard error, the end.
@Suite struct ThreadPoolProcessTests {
  // Eventlet: TP5
  @Test func aPoolOfSizeZeroWarnsOnce() async throws {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      let pool = ThreadPool(size: 0, name: "none")
      for _ in 0..<3 { try pool.execute {} }
    }
    let output = text(try #require(result))
    #expect(output.contains("eventlet: thread pool 'none' has size 0"), "\(output)")
    #expect(output.split(separator: "\n").count == 1, "\(output)")
  }

  // Eventlet: TP5
  @Test func aNegativeSizeTraps() async {
    await #expect(processExitsWith: .failure) { _ = ThreadPool(size: -1) }
  }

  // Eventlet: TP5
  @Test func changingToANegativeSizeTraps() async {
    await #expect(processExitsWith: .failure) { ThreadPool.shared.size = -1 }
  }

  // Eventlet: TP5
  @Test func aNegativeSizeInTheEnvironmentTrapsAtTheFirstUse() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      setenv("EVENTLET_THREADPOOL_SIZE", "-1", 1)
      try ThreadPool.execute {}
    }
    #expect(text(try #require(result)).contains("EVENTLET_THREADPOOL_SIZE=-1: must be a number"))
  }

  // Eventlet: TP5
  @Test func aSizeInTheEnvironmentThatIsNoNumberTraps() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      setenv("EVENTLET_THREADPOOL_SIZE", "many", 1)
      try ThreadPool.execute {}
    }
    #expect(text(try #require(result)).contains("EVENTLET_THREADPOOL_SIZE=many: must be a number"))
  }

  // Eventlet: TP5
  @Test func sizeZeroInTheEnvironmentRunsJobsInTheCaller() async {
    await #expect(processExitsWith: .success) {
      setenv("EVENTLET_THREADPOOL_SIZE", "0", 1)
      let thread = try ThreadPool.execute { ev_gettid() }
      guard thread == ev_gettid() else { fatalError("another OS thread") }
    }
  }

  // Eventlet: TP6
  @Test func theEnvironmentSaysHowManyRunAtOnce() async {
    await #expect(processExitsWith: .success) {
      setenv("EVENTLET_THREADPOOL_SIZE", "40", 1)
      let gate = OSGate()
      let threads = (0..<40).map { _ in spawn { try ThreadPool.execute { gate.pass() } } }
      // None goes through before all have come.
      while gate.arrivalCount < 40 { try GreenThread.yield() }
      gate.open(40)
      for thread in threads { try thread.wait() }
      guard ThreadPool.shared.threadCount == 40 else { fatalError("not 40 threads") }
    }
  }

  // Eventlet: TP14
  @Test func aJobThatUsesGreenThreadsIsToldOnce() async throws {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      for _ in 0..<3 { try ThreadPool.execute { try GreenThread.sleep(for: .milliseconds(1)) } }
    }
    let output = text(try #require(result))
    #expect(output.contains("holds a thread of the pool while it waits"), "\(output)")
    #expect(output.split(separator: "\n").count == 1, "\(output)")
  }

  // Eventlet: TP19
  @Test(.disabled(if: Sanitizer.isAddress, "it takes what parked green threads hold for leaks"))
  func theProcessEndsThoughJobsAreStuckAndThreadsIdle() async {
    await #expect(processExitsWith: .exitCode(7)) {
      let gate = OSGate()
      let stuck = ThreadPool(size: 1)
      let threads = [
        spawn { try stuck.execute { gate.pass() } },
        spawn { try stuck.execute {} },
      ]
      try ThreadPool.execute {}
      while gate.arrivalCount < 1 { try GreenThread.yield() }
      withExtendedLifetime(threads) { exit(7) }
    }
  }

  // Eventlet: TP19
  @Test func theProcessEndsWhileAJobOfAKilledCallerIsStuck() async {
    await #expect(processExitsWith: .success) {
      let gate = OSGate()
      let victim = spawn { try ThreadPool.execute { gate.pass() } }
      while gate.arrivalCount < 1 { try GreenThread.yield() }
      try victim.kill()
    }
  }

  @Test(.disabled(if: Sanitizer.isAddress, "it needs an OS thread to look for leaks"))
  func aThreadThatCannotBeMadeIsAnErrorOfThoseWhoWaitForIt() async {
    await #expect(processExitsWith: .success) {
      forbidOSThreads()
      let pool = ThreadPool(size: 2)
      let callers = (0..<2).map { _ in spawn { try pool.execute {} } }
      for caller in callers { expectThreadError { try caller.wait() } }
      guard pool.threadCount == 0, pool.waitingCount == 0 else { fatalError("something is left") }
    }
  }

  @Test(.disabled(if: Sanitizer.isAddress, "it needs an OS thread to look for leaks"))
  func aThreadThatCannotBeMadeIsAnErrorOfAllInAProxysLine() async {
    await #expect(processExitsWith: .success) {
      forbidOSThreads()
      let pool = ThreadPool(size: 2)
      let numbers = ThreadPool.Proxy([Int](), pool: pool)
      nonisolated(unsafe) let release = Event<Void>()
      let holder = spawn { try numbers.withValue { _ in try release.wait() } }
      try GreenThread.yield()
      // As many as a recursion on the stack of a green thread would not survive.
      let callers = (0..<5000).map { _ in spawn { try numbers.execute { _ in } } }
      let user = spawn { try numbers.withValue { $0.append(1) } }
      try GreenThread.yield()
      release.send(())
      for caller in callers { expectThreadError { try caller.wait() } }
      try holder.wait()
      try user.wait()
      guard try numbers.withValue({ $0 }) == [1], try pool.shutDown(within: .zero) else {
        fatalError("something is left")
      }
    }
  }

  @Test func aForkedChildMustNotReturnFromAJob() async throws {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let child = try ThreadPool.execute { try ForkedChild.fork() }
      var status: Int32 = 0
      guard waitpid(child, &status, 0) == child, status & 0x7f != 0 else {
        fatalError("the child went on: \(status)")
      }
    }
    let output = text(try #require(result))
    #expect(output.contains("must not return from a job of a thread pool"), "\(output)")
  }
}

/// Has every attempt to make an OS thread fail from now on.
private func forbidOSThreads() {
  var limit = rlimit(rlim_cur: 1, rlim_max: 1)
  // Counts the user's OS threads; root is let through unless it gives that up.
  _ = setuid(65534)
  let threads = __rlimit_resource_t(__RLIMIT_NPROC.rawValue)
  guard setrlimit(threads, &limit) == 0 else { fatalError("setrlimit") }
}

private func expectThreadError(_ body: () throws -> Void) {
  do {
    try body()
    fatalError("no error")
  } catch let error as SystemError {
    guard error.call == "pthread_create" else { fatalError("\(error)") }
  } catch { fatalError("\(error)") }
}
