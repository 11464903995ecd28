internal import EventletCore
internal import EventletNet

extension ServerRequest {
  /// Waits until the client has ended its sending, has closed, or its connection is broken.
  ///
  /// For a handler that works for long or waits for events, and reads nothing of the client's
  /// meanwhile; in a green thread beside it:
  ///
  /// ```swift
  /// router.get("/report") { request in
  ///   var report = ""
  ///   try withDiscardingGreenGroup { group in
  ///     group.spawn {
  ///       try request.waitUntilClientCloses()
  ///       throw ClientClosed()
  ///     }
  ///     report = try makeReport()
  ///     group.cancelAll()
  ///   }
  ///   return .text(report)
  /// }
  /// ```
  ///
  /// ``clientWatch()`` does that for all handlers of a route. What the client has sent already, be it
  /// the rest of a body or further requests, does not matter, and stays.
  ///
  /// TCP does not tell a client that has closed from one that has only ended its sending
  /// (`shutdown`) and still waits for the answer, as `nc -N` does: both return from here. A client
  /// that has vanished without a word, as by a pulled cable, is only noticed when something is sent
  /// to it. With TLS it is the end of the connection below that counts, not the end of TLS alone.
  ///
  /// Of a connection that did not come by a listener and is no socket nothing can be seen: then this
  /// waits for the end of the request.
  /// - Parameter timeout: nil, the default, is for ever.
  /// - Throws: ``HTTPServerError/requestEnded`` when the request has ended, or does so first;
  ///   `IOTimeout`; ``/EventletCore/SystemError`` or
  ///   ``/EventletCore/HubError/closedWhileWaiting(descriptor:)`` if the handler closes a connection
  ///   that it has taken; what a kill or timeout throws.
  public func waitUntilClientCloses(timeout: Duration? = nil) throws {
    guard isBeingAnswered, let serving = connection.serving else {
      throw HTTPServerError.requestEnded
    }
    let watcher = Interrupter()
    watchers.append(watcher)
    defer {
      watchers.removeAll { $0 === watcher }
      watcher.withdraw()
    }
    if let socket = serving.socket { return try socket.waitUntilPeerCloses(timeout: timeout) }
    try withTimeout(
      timeout, throwing: IOTimeout(operation: "wait for the end of", subject: "a client")
    ) { try Event<Void>().wait() }
  }
}
