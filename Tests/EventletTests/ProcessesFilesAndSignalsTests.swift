import Eventlet
import EventletTesting
import Glibc
import XCTest

final class ProcessesFilesAndSignalsTests: GuideTestCase {
  override var time: GreenTest.Time { .real }

  func testRunningAProgram() throws {
    let result = try GreenProcess.run("sort", ["-n"], input: Array("10\n9\n".utf8))
    print(result.status, result.outputText)

    assertPrinted("exited with 0 9\n10\n")
  }

  func testFailures() throws {
    do {
      try GreenProcess.checkOutput("ls", ["/nowhere"], timeout: .seconds(10))
    } catch let error as ProcessFailure {
      print("ls \(error.status)")
    } catch is ProcessTimeout {
      print("too slow")
    } catch ProcessError.notFound(let program) {
      print("there is no \(program)")
    }

    assertPrinted("ls exited with 2")
  }

  func testTalkingToAProgram() throws {
    let calculator = try GreenProcess(
      "sh", ["-c", "while read a b; do echo $((a * b)); done"],
      .init(standardInput: .pipe, standardOutput: .pipe))
    if let questions = calculator.standardInput, let answers = calculator.standardOutput {
      try questions.sendAll("6 7\n")
      print(try answers.reader.readLine() ?? "nothing")
      questions.close()
    }
    print(try calculator.wait(timeout: .seconds(10)))

    assertPrinted("42", "exited with 0")
  }

  func testEndingAProgram() throws {
    let server = try GreenProcess("sleep", ["600"], .init(ownGroup: true))
    defer { _ = try? server.kill(.kill) }
    print(try server.end(within: .seconds(5)))

    assertPrinted("ended by SIGTERM")
  }

  func testFiles() throws {
    let path = "/tmp/eventlet-guide-\(getpid())"
    defer { unlink(path) }
    try GreenFile.write(Array("one\ntwo\n".utf8), to: path, atomically: true)
    try GreenFile.withOpen(path, .appendAndRead) { file in
      try file.sendAll("three\n")
      try file.seek(to: 0)
      while let line = try file.reader.readLine() { print(line) }
    }

    assertPrinted("one", "two", "three")
  }

  func testPipes() throws {
    let (reader, writer) = try GreenPipe.make()
    spawn {
      defer { writer.close() }
      for number in 1...3 { try writer.sendAll("\(number)\n") }
    }
    print(String(decoding: try reader.reader.readAll(), as: UTF8.self))

    assertPrinted("1\n2\n3\n")
  }

  func testSignals() throws {
    func readConfiguration() throws { print("configuration") }
    spawn {
      kill(getpid(), SIGHUP)
      try GreenThread.yield()
      kill(getpid(), SIGTERM)
    }
    let signals = try Signals([.hangUp, .terminate])
    defer { signals.close() }
    while let signal = try signals.next() {
      if signal == .terminate { break }
      try readConfiguration()
    }

    assertPrinted("configuration")
  }

  func testSignalsAmongOthers() throws {
    let jobs = LightQueue<String>()
    try jobs.put("job")
    let signals = try Signals([.terminate])
    defer { signals.close() }
    let next = try waitForFirst(
      of: .item(of: jobs) { "job \($0)" },
      signals.waitCase { "ended by \($0)" },
      .timeout(.seconds(60)) { "nothing to do" })
    print(next)

    assertPrinted("job job")
  }

  func testAnOrderlyEnd() throws {
    func runServer() throws { print("served") }
    do {
      try withOrderlyEnd(within: .seconds(5)) { try runServer() }
    } catch let end as Interrupted {
      end.endProcess()
    }

    assertPrinted("served")
  }
}
