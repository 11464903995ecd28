import EventletCore
import EventletNet
import Glibc
import Testing

/// Signals that arrive while a hub waits in the kernel.
@Suite struct SignalTests {
  // Eventlet: H31
  @Test func stoppingTheProcessDisturbsNeitherAWaitNorATimer() async {
    await #expect(processExitsWith: .success) {
      let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
      let server = spawn { try listener.accept(timeout: .seconds(600)).socket.close() }
      let sleeper = spawn { try GreenThread.sleep(for: .seconds(600)) }
      let stopped = try stopAndContinueMyself()
      // The end of what the other process writes.
      let hasEnded = try Hub.current.waitUntilReadable(stopped, timeout: .seconds(60))
      guard hasEnded, !server.isFinished, !sleeper.isFinished, Hub.current.statistics.timers == 2
      else { fatalError("\(Hub.current.report())") }
      let client = try GreenSocket.connect(to: listener.localAddress)
      guard try client.receive(upTo: 1) == [] else { fatalError("not closed") }
      try server.wait()
      try sleeper.kill()
    }
  }
}

/// Has another process stop this one ten times, and continue it.
///
/// Returns a descriptor that reaches its end when that is over.
private func stopAndContinueMyself() throws -> Int32 {
  var ends: [Int32] = [-1, -1]
  guard pipe(&ends) == 0 else { throw SystemError(call: "pipe", errno: errno) }
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addclose(&actions, ends[0])
  let script = """
    for i in 1 2 3 4 5 6 7 8 9 10; do
      kill -STOP \(getpid())
      while ! grep -q '^State:.T' /proc/\(getpid())/status; do :; done
      kill -CONT \(getpid())
    done
    """
  let texts: [String] = ["sh", "-c", script]
  let words: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
  defer { for word in words { free(word) } }
  var child: pid_t = 0
  let failed = posix_spawn(&child, "/bin/sh", &actions, nil, words + [nil], environ)
  guard failed == 0 else { throw SystemError(call: "posix_spawn", errno: failed) }
  close(ends[1])
  return ends[0]
}
