package import EventletCore
internal import XCTest

/// How a test ends a wait before its time.
package enum Interruption: CaseIterable {
  /// By a kill.
  case kill
  /// By a limit of a second around the call.
  case scope
  /// By the call's own limit of a second.
  case own

  /// Spawns who makes the call, with its own limit if that is what interrupts it.
  package func spawnVictim<Result>(
    of call: @escaping (Duration?) throws -> Result
  ) -> GreenThread<Result> {
    spawn {
      switch self {
      case .kill: try call(nil)
      case .scope: try withTimeout(.seconds(1)) { try call(nil) }
      case .own: try call(.seconds(1))
      }
    }
  }

  /// Fails the test unless `error` is what this interruption throws.
  /// - Parameters:
  ///   - error: What the victim has thrown.
  ///   - name: Of the case.
  package func assertThrown(_ error: any Error, _ name: String) {
    switch self {
    case .kill: XCTAssertTrue(error is GreenThreadExit, "\(name): \(error)")
    case .scope: XCTAssertTrue(error is Timeout, "\(name): \(error)")
    case .own: XCTAssertTrue(error is any TimeoutError, "\(name): \(error)")
    }
  }

  /// Interrupts a call that waits for a descriptor, in virtual time.
  /// - Parameters:
  ///   - name: Of the case, for what goes wrong.
  ///   - makeReady: Makes the descriptor ready, without a switch. Then that comes before the
  ///     interruption, and both before the victim resumes.
  ///   - look: Called while it waits.
  ///   - call: Waits for the descriptor, at most as long as its parameter says.
  /// - Returns: The victim, which has ended.
  /// - Throws: What `makeReady` throws, or what interrupts the test itself.
  package func ofDescriptorWait<Result>(
    _ name: String, makingReady makeReady: (() throws -> Void)?, look: () -> Void = {},
    _ call: @escaping (Duration?) throws -> Result
  ) throws -> GreenThread<Result> {
    let hub = Hub.current
    // Armed before the victim's limit, so made just before it in the same turn.
    if let makeReady, self != .kill { hub.schedule(after: .seconds(1)) { try makeReady() } }
    let victim = spawnVictim(of: call)
    try GreenThread.yield()
    XCTAssertEqual(hub.statistics.descriptorWaits, 1, name)
    look()
    if self == .kill {
      if let makeReady {
        try makeReady()
        while hub.statistics.ready == 0 { try GreenThread.yield() }
        XCTAssertFalse(victim.isFinished, name)
      }
      try victim.kill()
    } else {
      try GreenThread.sleep(for: .seconds(2))
    }
    XCTAssertTrue(victim.isFinished, name)
    return victim
  }
}
