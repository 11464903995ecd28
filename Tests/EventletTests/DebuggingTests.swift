import Eventlet
import EventletTesting
import Glibc
import Synchronization
import XCTest

final class DebuggingTests: GuideTestCase {
  override var time: GreenTest.Time { .real }

  private let jobs = LightQueue<String>()
  private let lock = Lock()

  func testADump() throws {
    let (jobs, lock) = (jobs, lock)
    for number in 1...2 { spawn(name: "worker \(number)") { try work(jobs) } }
    spawn(name: "holder") { try lock.withLock { try GreenThread.sleep(for: .seconds(60)) } }
    spawn(name: "writer") { try lock.withLock { print("written") } }
    try GreenThread.sleep(for: .milliseconds(20))
    print(Hub.current.dump())

    let dump = takePrinted()
    XCTAssertTrue(dump.contains("'writer'"), dump)
    XCTAssertTrue(dump.contains("waits for a lock held by green thread"), dump)
    XCTAssertTrue(dump.contains("work(_:) at DebuggingTests.swift"), dump)
    for thread in Hub.current.greenThreads { try thread.kill() }
  }

  func testASnapshot() throws {
    let jobs = jobs
    let worker = spawn(name: "worker") { try work(jobs) }
    try GreenThread.yield()

    for thread in Hub.current.snapshot() where thread.state == .waiting {
      print(thread)
    }

    let lines = takePrinted()
    XCTAssertTrue(lines.contains("waits for an item of a queue"), lines)
    try worker.kill()
  }

  func testADumpOnASignal() throws {
    try Debug.dumpOnSignal(SIGQUIT)  // kill -QUIT, or Ctrl-\ on the terminal

    Debug.stopDumping(onSignal: SIGQUIT)
  }

  func testBlockingIsReported() throws {
    try XCTSkipIf(Sanitizer.isActive, "it is slower than the limit here")
    let reports = Mutex<[String]>([])
    let detection = Debug.blockingDetection(after: .milliseconds(50)) { report in
      reports.withLock { $0.append("\(report)") }
    }
    defer { detection.stop() }
    // On a busy machine the watching OS thread may come late.
    try spawn(name: "sleeper") {
      for _ in 0..<100 where reports.withLock({ $0.isEmpty }) { usleep(150_000) }
    }.wait()

    let first = reports.withLock { $0.first ?? "none" }
    XCTAssertTrue(first.contains("'sleeper'"), first)
    XCTAssertTrue(first.contains("without switching (in system call"), first)
  }

  func testListings() throws {
    let server = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
    defer { server.close() }
    let acceptor = spawn(name: "acceptor") { _ = try server.accept() }
    let timer = Hub.current.schedule(after: .seconds(5)) { print("tick") }
    try GreenThread.yield()
    print(Debug.formatHubListeners())
    print(Debug.formatHubTimers())

    let listings = takePrinted()
    XCTAssertTrue(listings.contains("'acceptor'"), listings)
    XCTAssertTrue(listings.contains(" ms: a call"), listings)
    timer.cancel()
    try acceptor.kill()
  }

  func testTheLastSwitches() throws {
    let jobs = jobs
    let worker = spawn(name: "worker") { try work(jobs) }

    let log = SwitchLog(capacity: 100)
    Hub.current.onSwitch = log.append
    try jobs.put("one")
    try GreenThread.yield()
    Hub.current.onSwitch = nil
    for event in log.events { print(event) }

    XCTAssertTrue(takePrinted().contains("waits for an item of a queue"))
    try worker.kill()
  }
}

private func work(_ jobs: LightQueue<String>) throws {
  while true { print(try jobs.get()) }
}
