import EventletCore
import EventletNet
import Glibc
import Testing

/// Programs whose servers a signal stops.
@Suite struct GracefulStopTests {
  private struct Failure: Error {}

  /// In this OS thread, which may be one of those in which the system's pool blocks all signals.
  private static func raiseHere(_ signal: Int32) {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, signal)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    raise(signal)
  }

  @Test(arguments: [SIGINT, SIGTERM]) func theFirstSignalStopsAndTheBodyGoesOn(
    signal: Int32
  ) async {
    await #expect(processExitsWith: .success) { [signal] in
      let stopped = Event<Void>()
      let result = try withGracefulStop({ stopped.send(()) }) {
        spawn { kill(getpid(), signal) }
        try stopped.wait()
        // Not interrupted: what is being done is done to its end.
        try GreenThread.sleep(for: .milliseconds(20))
        return "finished"
      }
      guard result == "finished" else { fatalError(result) }
    }
  }

  @Test func theSecondSignalEndsTheProcessAtOnce() async {
    await #expect(processExitsWith: .signal(SIGTERM)) {
      try withGracefulStop({}) {
        GracefulStopTests.raiseHere(SIGINT)
        // Without anything that lets the hub go on between them.
        GracefulStopTests.raiseHere(SIGTERM)
        fatalError("goes on")
      }
    }
  }

  @Test func theSecondSignalEndsTheProcessWhileItStops() async {
    let result = await #expect(
      processExitsWith: .signal(SIGINT), observing: [\.standardOutputContent]
    ) {
      try withGracefulStop({ spawn { kill(getpid(), SIGINT) } }) {
        spawn { kill(getpid(), SIGINT) }
        try GreenThread.sleep(for: .seconds(600))
      }
    }
    #expect(result != nil)
  }

  @Test func theStopIsCalledOnce() async {
    await #expect(processExitsWith: .success) {
      var calls = 0
      try withGracefulStop(on: [.user1], { calls += 1 }) {
        GracefulStopTests.raiseHere(SIGUSR1)
        try GreenThread.sleep(for: .milliseconds(20))
      }
      guard calls == 1 else { fatalError("\(calls) calls") }
      // Nothing of it is left: neither green thread nor handler.
      try withGracefulStop(on: [.user1], { calls += 1 }) {
        try GreenThread.sleep(for: .milliseconds(20))
      }
      guard calls == 1 else { fatalError("\(calls) calls") }
      try GreenThread.yield()
      guard Hub.current.greenThreads.isEmpty else { fatalError("left behind") }
    }
    await #expect(processExitsWith: .signal(SIGUSR1)) {
      try withGracefulStop(on: [.user1], {}) {}
      GracefulStopTests.raiseHere(SIGUSR1)
    }
  }

  @Test func withoutASignalNothingIsStopped() async {
    await #expect(processExitsWith: .success) {
      let result = try withGracefulStop({ fatalError("stopped") }) { "value" }
      guard result == "value" else { fatalError(result) }
      try GreenThread.yield()
    }
  }

  @Test func aBodyThatThrowsEndsTheWatching() async {
    await #expect(processExitsWith: .signal(SIGUSR1)) {
      do {
        try withGracefulStop(on: [.user1], { fatalError("stopped") }) { throw Failure() }
        fatalError("not thrown")
      } catch is Failure {}
      try GreenThread.yield()
      guard Hub.current.greenThreads.isEmpty else { fatalError("left behind") }
      GracefulStopTests.raiseHere(SIGUSR1)
    }
  }

  @Test func aBodyThatThrowsAfterTheSignalThrows() async {
    await #expect(processExitsWith: .success) {
      var calls = 0
      do {
        try withGracefulStop(on: [.user1], { calls += 1 }) {
          GracefulStopTests.raiseHere(SIGUSR1)
          try GreenThread.sleep(for: .milliseconds(20))
          throw Failure()
        }
        fatalError("not thrown")
      } catch is Failure {}
      guard calls == 1 else { fatalError("\(calls) calls") }
    }
  }

  @Test func whatIsIgnoredStaysSo() async {
    await #expect(processExitsWith: .success) {
      signal(SIGUSR1, SIG_IGN)
      for signals in [[.user1], [.user1, .user2]] as [Set<Signal>] {
        let result = try withGracefulStop(on: signals, { fatalError("stopped") }) {
          GracefulStopTests.raiseHere(SIGUSR1)
          GracefulStopTests.raiseHere(SIGUSR1)
          try GreenThread.sleep(for: .milliseconds(20))
          return "went on"
        }
        guard result == "went on" else { fatalError(result) }
      }
    }
  }

  @Test func signalsThatCannotBeCaughtAreAnError() async {
    await #expect(processExitsWith: .success) {
      do {
        try withGracefulStop(on: [.kill], {}) { fatalError("runs") }
      } catch let error as SystemError {
        guard "\(error)".contains("SIGKILL") else { fatalError("\(error)") }
      }
    }
  }
}
