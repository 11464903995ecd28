internal import EventletCore
internal import EventletNet

extension Journey {
  /// Begins the transfer of one hop.
  ///
  /// May switch, to look up the names.
  func start(_ request: HTTPClientRequest, to url: HTTPLocation) throws -> Transfer {
    do {
      var request = try TransferRequest(request, to: url, of: self)
      try Hub.current.checkBeforeWaiting("HTTPClient.send")
      let (engine, names) = try lookUp(request.peers, for: url)
      request.names = names
      let transfer = try Transfer(engine, request)
      engine.start(transfer)
      return transfer
    } catch let error as HTTPClientError where error.url.isEmpty {
      throw error.about(url)
    }
  }

  /// Finds out what libcurl is to know of some hosts.
  /// - Returns: also the engine that knows them: meanwhile the process may have become another.
  private func lookUp(
    _ peers: [NameTable.Key], for url: HTTPLocation
  ) throws -> (TransferEngine, [NameTable.Entry]) {
    var engine = try client.engine()
    nameLookUp = .zero
    if peers.isEmpty { return (engine, []) }
    while true {
      let names = try peers.map { try lookUp($0, for: url, engine) }
      // Throws if the client was closed meanwhile.
      let present = try client.engine()
      if present === engine { return (engine, names) }
      engine = present
    }
  }

  private func lookUp(
    _ peer: NameTable.Key, for url: HTTPLocation, _ engine: TransferEngine
  ) throws -> NameTable.Entry {
    let begin = Hub.current.now
    let rest = deadline == .never ? nil : Duration.nanoseconds(max(0, deadline - begin))
    let connect = timeouts.connect
    do {
      let limit = rest.map { min($0, connect ?? $0) } ?? connect
      let entry = try engine.names.entry(for: peer, timeout: limit)
      nameLookUp += .nanoseconds(Hub.current.now - begin)
      return entry
    } catch let error as NameError {
      throw HTTPClientError(.nameLookUp(error), url: "\(url)")
    } catch is IOTimeout {
      let isWhole = rest.map { rest in connect.map { rest < $0 } ?? true } ?? false
      throw HTTPClientTimeout(
        phase: .nameLookUp, isWhole: isWhole, limit: (isWhole ? timeout : connect) ?? .zero,
        url: "\(url)")
    }
  }
}
