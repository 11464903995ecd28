import EventletCore
import EventletNet
import EventletTesting
import Glibc
import Testing

/// Programs that Ctrl-C and the like end.
@Suite struct OrderlyEndTests {
  // Eventlet: GM25
  @Test func theFirstSignalRunsTheCleanUpOfAll() async throws {
    let result = try await #require(
      processExitsWith: .signal(SIGINT), observing: [\.standardOutputContent]
    ) {
      do {
        try withOrderlyEnd {
          defer { print("main") }
          for number in 1...3 {
            spawn {
              defer { print("green thread \(number)") }
              try GreenThread.sleep(for: .seconds(600))
            }
          }
          spawn {
            defer {
              // Clean-up that waits, and spawns.
              try? withShield {
                try GreenThread.sleep(for: .milliseconds(20))
                // Ended too, whether or not it has begun by then.
                spawn { try GreenThread.sleep(for: .seconds(600)) }.link { _ in print("last") }
                try GreenThread.yield()
              }
            }
            try GreenThread.sleep(for: .seconds(600))
          }
          spawn { kill(getpid(), SIGINT) }
          try GreenThread.sleep(for: .seconds(600))
        }
      } catch let end as Interrupted {
        guard end.survivors.isEmpty, end.signal == .interrupt else { fatalError("\(end)") }
        // C's streams are flushed too.
        end.endProcess()
      }
    }
    let lines = Set(
      String(decoding: result.standardOutputContent, as: UTF8.self).split(separator: "\n"))
    #expect(
      lines.isSuperset(of: ["main", "green thread 1", "green thread 2", "green thread 3", "last"]))
  }

  @Test func theSecondSignalEndsTheProcessAtOnce() async {
    await #expect(processExitsWith: .signal(SIGTERM)) {
      try withOrderlyEnd {
        // Without anything that lets the hub go on between them.
        OrderlyEndTests.raiseHere(SIGINT)
        OrderlyEndTests.raiseHere(SIGTERM)
        fatalError("goes on")
      }
    }
  }

  @Test func theTimeForCleaningUpIsLimited() async {
    await #expect(processExitsWith: .success) {
      do {
        try withOrderlyEnd(on: [.user1], within: .milliseconds(50)) {
          spawn(name: "stubborn") {
            while true { try? GreenThread.sleep(for: .seconds(600)) }
          }
          spawn { kill(getpid(), SIGUSR1) }
          try GreenThread.sleep(for: .seconds(600))
        }
        fatalError("not interrupted")
      } catch let end as Interrupted {
        guard end.signal == .user1, end.survivors.count == 1, "\(end)".contains("stubborn")
        else { fatalError("\(end)") }
      }
      // What survives is no leak to be told of.
      _exit(0)
    }
  }

  @Test func whatIsRestartedByLinksDoesNotHoldItUp() async {
    await #expect(processExitsWith: .success) {
      func start() {
        let worker = spawn(name: "restarted") { try GreenThread.sleep(for: .seconds(600)) }
        worker.link { _ in start() }
      }
      do {
        try withOrderlyEnd(on: [.user1], within: .milliseconds(50)) {
          start()
          spawn { kill(getpid(), SIGUSR1) }
          try GreenThread.sleep(for: .seconds(600))
        }
        fatalError("not interrupted")
      } catch let end as Interrupted {
        guard end.survivors.count == 1, "\(end)".contains("restarted") else {
          fatalError("\(end)")
        }
      }
      _exit(0)
    }
  }

  @Test func aSignalThatComesAtTheEndIsNotLost() async {
    await #expect(processExitsWith: .success) {
      struct Failure: Error {}
      for fails in [false, true] {
        let other = spawn { try GreenThread.sleep(for: .seconds(600)) }
        try GreenThread.yield()
        do {
          try withOrderlyEnd(on: [.user1]) {
            OrderlyEndTests.raiseHere(SIGUSR1)
            if fails { throw Failure() }
          }
          fatalError("not interrupted")
        } catch let end as Interrupted {
          guard end.signal == .user1, !fails else { fatalError("\(end)") }
        } catch is Failure {}
        guard other.isFinished else { fatalError("goes on") }
        // What watched for the signal ends too: parked, it would look like a leak.
        try GreenThread.yield()
      }
    }
  }

  // Eventlet: GM25
  @Test func whatIsIgnoredStaysSo() async {
    await #expect(processExitsWith: .success) {
      signal(SIGUSR1, SIG_IGN)
      let result = try withOrderlyEnd(on: [.user1]) {
        OrderlyEndTests.raiseHere(SIGUSR1)
        try GreenThread.sleep(for: .milliseconds(20))
        return "went on"
      }
      guard result == "went on" else { fatalError(result) }
    }
  }

  /// An OS thread that waits in a stream has locked it.
  @Test func endingDoesNotWaitForStreams() async {
    await #expect(processExitsWith: .signal(SIGTERM)) {
      guard let stream = fopen("/dev/null", "r") else { fatalError("no /dev/null") }
      var thread = pthread_t()
      pthread_create(
        &thread, nil,
        { stream in
          flockfile(stream?.assumingMemoryBound(to: FILE.self))
          while true { pause() }
        }, stream)
      while ftrylockfile(stream) == 0 {
        funlockfile(stream)
        sched_yield()
      }
      alarm(60)
      let end = Interrupted(.terminate)
      if end.survivors.isEmpty { end.endProcess() }
    }
  }

  @Test func whoCatchesItGoesOn() async {
    await #expect(processExitsWith: .success) {
      let other = spawn { try GreenThread.sleep(for: .seconds(600)) }
      let result = try withOrderlyEnd(on: [.user1]) {
        kill(getpid(), SIGUSR1)
        do { try GreenThread.sleep(for: .seconds(600)) } catch is Interrupted { return "caught" }
        return "slept"
      }
      guard result == "caught", !other.isFinished else { fatalError(result) }
      // Nothing of it is left.
      let same = try withOrderlyEnd(on: [.user1]) { "value" }
      guard same == "value" else { fatalError(same) }
      try GreenThread.yield()
      try other.kill()
    }
  }

  @Test func childrenDoNotHoldItUp() async {
    await #expect(processExitsWith: .success) {
      do {
        try withOrderlyEnd(on: [.user1], within: .seconds(20)) {
          let process = try GreenProcess("sleep", ["30"])
          defer { _ = try? withShield { try process.end(within: .zero) } }
          spawn { kill(getpid(), SIGUSR1) }
          try process.wait()
        }
        fatalError("not interrupted")
      } catch let end as Interrupted {
        guard end.survivors.isEmpty else { fatalError("\(end)") }
      }
    }
  }

  /// In this OS thread, which may be one of those in which the system's pool blocks all signals.
  private static func raiseHere(_ signal: Int32) {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, signal)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    raise(signal)
  }

  /// A library saves our handler as the old one, and brings it back when we are gone.
  private static func bringBackOurHandler() throws {
    let signals = try Signals([.user1])
    var ours = sigaction()
    sigaction(SIGUSR1, nil, &ours)
    signals.close()
    sigaction(SIGUSR1, &ours, nil)
  }

  @Test func aHandlerThatIsBroughtBackSwallowsNothing() async {
    await #expect(processExitsWith: .signal(SIGUSR1)) {
      try OrderlyEndTests.bringBackOurHandler()
      OrderlyEndTests.raiseHere(SIGUSR1)
    }
    // What was there before is not forgotten by the next who watches.
    await #expect(processExitsWith: .signal(SIGUSR1)) {
      try OrderlyEndTests.bringBackOurHandler()
      try withSignals([.user1]) { signals in
        OrderlyEndTests.raiseHere(SIGUSR1)
        guard try signals.next() == .user1 else { fatalError("not watched") }
      }
      OrderlyEndTests.raiseHere(SIGUSR1)
    }
  }

  @Test func aHandlerThatIsBroughtBackCallsWhatWasThereBefore() async {
    await #expect(processExitsWith: .exitCode(7)) {
      signal(SIGUSR1) { _ in _exit(7) }
      try OrderlyEndTests.bringBackOurHandler()
      OrderlyEndTests.raiseHere(SIGUSR1)
    }
  }

  // Eventlet: GM25
  @Test func interruptingMain() async {
    await #expect(processExitsWith: .success) {
      spawn { interruptMain() }
      do { try GreenThread.sleep(for: .seconds(600)) } catch let end as Interrupted {
        guard end.signal == .interrupt else { fatalError("\(end)") }
      }
      struct Failure: Error {}
      let hub = Hub.current.reference
      let other = try HubThread.start { hub.post { interruptMain(throwing: Failure()) } }
      do { try GreenThread.sleep(for: .seconds(600)) } catch is Failure {}
      try other.join()
    }
  }

  /// Ctrl-C as a terminal sends it: to all of its foreground processes.
  @Test func aTerminal() async {
    await #expect(processExitsWith: .success) {
      let terminal = Hidden.openTerminal(isRaw: false)
      let process = try GreenProcess(
        "setsid",
        [
          "--ctty", "sh", "-c",
          "trap 'echo interrupted; exit 9' INT; echo ready; while :; do sleep 0.05; done",
        ],
        .init(
          standardInput: .descriptor(terminal.slave), standardOutput: .descriptor(terminal.slave),
          standardError: .standardOutput))
      close(terminal.slave)
      let screen = try PipeReader(adopting: terminal.master)
      guard try screen.reader.readLine() == "ready" else { fatalError("not ready") }
      let keyboard = try PipeWriter(adopting: dup(terminal.master))
      try keyboard.sendAll([3])
      var lines: [String] = []
      while let line = try screen.reader.readLine() { lines.append(line) }
      guard lines.last?.hasSuffix("interrupted") == true else { fatalError("\(lines)") }
      guard try process.wait() == .exited(9) else { fatalError("\(process)") }
    }
  }
}
