import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Kills and times out a green thread at every point where a call of a pipe waits, before it is
/// ready and after that but before it resumes: no byte, descriptor or registration is lost.
final class PipeInterruptionTests: NetTestCase {
  // Eventlet: IO53
  func testReceive() throws {
    for means in Interruption.allCases {
      for isReady in [false, true] {
        let name = "\(means), ready: \(isReady)"
        let before = HubHoldings()
        let (reader, writer) = try GreenPipe.make()
        let send = { try writer.sendAll("data") }
        let victim = try means.ofDescriptorWait(name, makingReady: isReady ? send : nil) { limit in
          try reader.receive(upTo: 100, timeout: limit)
        }
        var received = (try? victim.wait()) ?? []
        XCTAssertEqual(!received.isEmpty, isReady && means == .own, name)
        if !isReady { try send() }
        if received.isEmpty { received = try reader.receive(upTo: 100) }
        XCTAssertEqual(received, Array("data".utf8), name)
        writer.close()
        XCTAssertEqual(try reader.receive(upTo: 100), [])
        reader.close()
        XCTAssertEqual(HubHoldings(), before, name)
      }
    }
  }

  // Eventlet: IO55
  func testReadAll() throws {
    for means in Interruption.allCases {
      let before = HubHoldings()
      let (reader, writer) = try GreenPipe.make()
      try writer.sendAll("first ")
      let victim = try means.ofDescriptorWait("\(means)", makingReady: nil) { limit in
        reader.timeout = limit
        return try reader.reader.readAll()
      }
      XCTAssertThrowsError(try victim.wait())
      reader.timeout = nil
      try writer.sendAll("second")
      writer.close()
      XCTAssertEqual(try reader.reader.readAll(), Array("first second".utf8))
      reader.close()
      XCTAssertEqual(HubHoldings(), before)
    }
  }

  // Eventlet: IO63
  func testSendAllAtEachOfItsWaits() throws {
    let data = (0..<1 << 19).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for means in Interruption.allCases {
      for waits in 1..<4 {
        let before = HubHoldings()
        let (reader, writer) = try GreenPipe.make()
        var received: [UInt8] = []
        let victim = spawn {
          switch means {
          case .kill: try writer.sendAll(data)
          case .scope: try withTimeout(.seconds(1)) { try writer.sendAll(data) }
          case .own: try writer.sendAll(data, timeout: .seconds(1))
          }
        }
        for wait in 1...waits {
          while Hub.current.statistics.descriptorWaits == 0 { try GreenThread.yield() }
          guard wait < waits else { continue }
          received += try reader.receive(upTo: 1 << 16, timeout: .zero)
          while Hub.current.statistics.ready == 0 { try GreenThread.yield() }
          try GreenThread.yield()
        }
        XCTAssertFalse(victim.isFinished)
        if means == .kill { try victim.kill() } else { try GreenThread.sleep(for: .seconds(2)) }
        XCTAssertThrowsError(try victim.wait())
        writer.close()
        received += try reader.reader.readAll()
        XCTAssertGreaterThan(received.count, 0)
        XCTAssertLessThan(received.count, data.count)
        XCTAssertTrue(received == Array(data[..<received.count]), "\(means), wait \(waits)")
        reader.close()
        XCTAssertEqual(HubHoldings(), before)
      }
    }
  }

  // Eventlet: GM12
  func testForeignDescriptors() throws {
    for means in Interruption.allCases {
      for isReady in [false, true] {
        let name = "\(means), ready: \(isReady)"
        let before = HubHoldings()
        var ends: [Int32] = [-1, -1]
        XCTAssertEqual(Hidden.pipe2(&ends), 0)
        let (reading, writing) = (ForeignDescriptor(ends[0]), ForeignDescriptor(ends[1]))
        let send = { _ = try writing.write(Array("data".utf8)) }
        let victim = try means.ofDescriptorWait(name, makingReady: isReady ? send : nil) { limit in
          try reading.read(upTo: 100, timeout: limit)
        }
        var received = (try? victim.wait()) ?? []
        XCTAssertEqual(!received.isEmpty, isReady && means == .own, name)
        if !isReady { try send() }
        if received.isEmpty { received = try reading.read(upTo: 100) }
        XCTAssertEqual(received, Array("data".utf8), name)
        for end in ends {
          Hub.current.notifyClose(end)
          close(end)
        }
        XCTAssertEqual(HubHoldings(), before, name)
      }
    }
  }
}

/// In real time.
final class PipeIdleTests: NetTestCase {
  override var time: GreenTest.Time { .real }

  // Eventlet: IO53
  func testWaitsAreIdle() throws {
    let (reader, writer) = try GreenPipe.make()
    let limit = Duration.milliseconds(250)
    assertWaitsIdly("receive") { _ = try? reader.receive(upTo: 1, timeout: limit) }
    assertWaitsIdly("foreign read") {
      _ = try? ForeignDescriptor(reader.fileDescriptor).read(upTo: 1, timeout: limit)
    }
    let block = [UInt8](repeating: 0, count: 100_000)
    assertWaitsIdly("sendAll") { try? writer.sendAll(block, timeout: limit) }
    let input = try StandardStream.input(of: reader.fileDescriptor)
    _ = try input.receive(upTo: 1 << 20)
    assertWaitsIdly("standard input") {
      _ = try? withTimeout(limit) { while true { _ = try input.receive(upTo: 1 << 20) } }
    }
    input.close()
    // A writer whose pipe is broken does not wait for ever, and one that is closed by its peer ends.
    reader.close()
    XCTAssertThrowsError(try writer.sendAll(block))
  }
}
