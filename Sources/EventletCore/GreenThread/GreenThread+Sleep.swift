extension GreenThread where Success == Never {
  /// Lets the other green threads run for at least `duration`.
  ///
  /// Zero or less is ``yield()``. By the hub's clock, which is monotonic.
  /// - Throws: the error of a kill or timeout that ends the sleep early;
  ///   ``HubError/blockingCallInHub(_:)`` in a hub callback.
  ///
  /// In Python: `eventlet.sleep`.
  public static func sleep(for duration: Duration) throws {
    let hub = Hub.current
    guard duration > .zero else {
      try hub.yieldCurrent()
      return
    }
    try hub.checkBeforeWaiting("GreenThread.sleep")
    _ = try hub.park(.sleep, until: hub.deadline(after: duration))
  }

  /// Lets everything that is ready now run once, and the hub look at its descriptors, before it
  /// returns.
  ///
  /// Returns at once in a hub callback.
  /// - Throws: the error of a kill or timeout.
  ///
  /// In Python: `eventlet.sleep(0)`.
  @inlinable @inline(__always)
  public static func yield() throws { try yieldRunning() }

  /// The green thread that runs now; the main one outside all others.
  ///
  /// In Python: `eventlet.getcurrent`.
  public static var current: AnyGreenThread {
    let hub = Hub.current
    guard !hub.isInHub, let running = hub.running else { return hub.main }
    return running.takeUnretainedValue()
  }
}
