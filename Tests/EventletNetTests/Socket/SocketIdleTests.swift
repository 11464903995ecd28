import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Nothing that waits may spin: each waiting call, in real time, next to the processor time of this OS
/// thread.
final class SocketIdleTests: NetTestCase {
  override var time: GreenTest.Time { .real }

  private func processorTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// A fifth of the wait is far more than a call costs, and far less than a spin.
  private func assertIdle(_ name: String, _ call: (Duration) throws -> Void) {
    let wait = Duration.milliseconds(150)
    let before = processorTime()
    let start = ContinuousClock.now
    do { try call(wait) } catch is IOTimeout {} catch { XCTFail("\(name): \(error)") }
    let used = processorTime() - before
    XCTAssertGreaterThanOrEqual(ContinuousClock.now - start, wait * 0.9, "\(name) did not wait")
    XCTAssertLessThan(used, wait / 5, "\(name) has kept the processor busy")
  }

  func testCallsOfSockets() throws {
    let (client, server) = try makeNarrowPair()
    let (tcp, far) = try makePair()
    let (fullLine, clients) = try makeSilentListener()
    let listener = try GreenSocket.listen(on: loopback)
    let lineOfOne = try GreenSocket.listen(on: .abstract("eventlet-idle-\(getpid())"), backlog: 0)
    let first = try GreenSocket.connect(to: lineOfOne.localAddress)
    var all = [client, server, tcp, far, fullLine, listener, lineOfOne, first] + clients
    defer { for socket in all { socket.close() } }
    let filled = try fill(client)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 3, alignment: 1)
    defer { buffer.deallocate() }
    let file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
    defer { close(file) }

    assertIdle("receive") { _ = try client.receive(upTo: 1, timeout: $0) }
    assertIdle("receive nothing") { _ = try client.receive(upTo: 0, timeout: $0) }
    assertIdle("receive into") { _ = try client.receive(into: [buffer], timeout: $0) }
    assertIdle("peek") { _ = try client.peek(upTo: 1, timeout: $0) }
    assertIdle("receive descriptors") { _ = try client.receiveDescriptors(upTo: 1, timeout: $0) }
    assertIdle("send") { try client.sendAll([1], timeout: $0) }
    assertIdle("send pieces") { try client.sendAll([[1], [2]], timeout: $0) }
    assertIdle("send descriptors") { _ = try client.send([1], passing: [0], timeout: $0) }
    assertIdle("send a file") { try client.sendFile(file, timeout: $0) }
    assertIdle("copy from nothing") { try tcp.copy(to: server, timeout: $0) }
    try far.sendAll("much to do")
    assertIdle("copy to a full one") { try tcp.copy(to: client, timeout: $0) }
    assertIdle("accept") { _ = try listener.accept(timeout: $0) }
    assertIdle("connect") {
      all.append(try GreenSocket.connect(to: fullLine.localAddress, timeout: $0))
    }
    assertIdle("connect within the machine") {
      all.append(try GreenSocket.connect(to: lineOfOne.localAddress, timeout: $0))
    }
    assertIdle("wait for the end") { try client.waitUntilPeerCloses(timeout: $0) }
    // With an end that has come, and one direction that has not.
    try far.shutdown(.writing)
    _ = try tcp.receive(upTo: 100)
    _ = try fill(tcp)
    assertIdle("send after the end") { try tcp.sendAll([1], timeout: $0) }
    XCTAssertEqual(try drain(server).count, filled)
  }

  func testCallsOfMessages() throws {
    let (first, second) = try GreenDatagramSocket.pair()
    let lone = try GreenDatagramSocket(family: .unix)
    let peer = try GreenDatagramSocket.bound(to: .unnamed)
    defer { for socket in [first, second, lone, peer] { socket.close() } }
    let address = try peer.localAddress
    do { while true { try first.send([1], timeout: .zero) } } catch SystemError.wouldBlock {}
    do {
      while true { try lone.send([1], to: address, timeout: .zero) }
    } catch SystemError.wouldBlock {}
    assertIdle("receive") { _ = try first.receive(upTo: 1, timeout: $0) }
    assertIdle("receive many") { _ = try first.receiveMany(upTo: 9, of: 9, timeout: $0) }
    assertIdle("send") { try first.send([1], timeout: $0) }
    assertIdle("send many") { try first.sendMany([(bytes: [1], to: nil)], timeout: $0) }
    assertIdle("send to a full peer") { try lone.send([1], to: address, timeout: $0) }
    // A socket that was refused something is as idle as before.
    let nobody = try GreenDatagramSocket.bound(to: loopback)
    let refused = try GreenDatagramSocket.connected(to: nobody.localAddress)
    nobody.close()
    try refused.send([1])
    XCTAssertThrowsError(try refused.receive(upTo: 1))
    assertIdle("receive after an error") { _ = try refused.receive(upTo: 1, timeout: $0) }
    refused.close()
  }

  func testSelecting() throws {
    let (client, server) = try makeNarrowPair()
    let (half, other) = try makeNarrowPair()
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(pipe(&ends), 0)
    defer {
      for socket in [client, server, half, other] { socket.close() }
      for end in ends { close(end) }
    }
    _ = try fill(client)
    _ = try fill(half)
    try other.shutdown(.writing)
    let raw = half.fileDescriptor
    assertIdle("select for reading") { _ = try GreenSocket.select(reading: [client], timeout: $0) }
    assertIdle("select for writing") { _ = try GreenSocket.select(writing: [client], timeout: $0) }
    assertIdle("select for all") {
      _ = try GreenSocket.select(
        reading: [client.fileDescriptor, ends[0]], writing: [client.fileDescriptor],
        exceptional: [client.fileDescriptor, ends[0]], timeout: $0)
    }
    // Half closed, which is news for who reads and for nobody else.
    assertIdle("select, half closed") {
      _ = try GreenSocket.select(exceptional: [half], timeout: $0)
    }
    assertIdle("select, half closed, by number") {
      _ = try GreenSocket.select(writing: [raw], exceptional: [raw], timeout: $0)
    }
    assertIdle("poll") {
      _ = try GreenSocket.poll(
        [PollItem(client, [.readable, .writable, .urgent, .hangUp])], timeout: $0)
    }
    assertIdle("poll a pipe") {
      _ = try GreenSocket.poll([PollItem(ends[0], [.readable, .urgent, .hangUp])], timeout: $0)
    }
    assertIdle("waitUntilWritable") {
      _ = try Hub.current.waitUntilWritable(raw, timeout: $0)
    }
  }
}
