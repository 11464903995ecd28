internal import EventletCore
internal import EventletNet

extension DNSResolver {
  /// The records of one type that a name has.
  ///
  /// ```swift
  /// let services = try resolver.query(.srv, "_imap._tcp.example.org")
  /// ```
  ///
  /// Asks the name servers alone, for exactly this name: the hosts file and the search list are for
  /// ``entry(of:family:timeout:)``. An alias is followed, and the records are those of the name
  /// that it stands for.
  /// - Parameters:
  ///   - type: Such as ``DNSRecordType/mx``.
  ///   - name: With or without the final dot. International names are encoded.
  ///   - timeout: For the whole call; nil is as long as the servers' time and tries take.
  /// - Returns: at least one record, in the order in which they came.
  /// - Throws: ``/EventletNet/NameError``: `notFound`, `noData` if the name has other records
  ///   alone, and whatever keeps the servers from answering; ``/EventletNet/IOTimeout``; what a
  ///   kill or timeout throws, and then nobody else who asks the same is disturbed.
  ///
  /// In Python: `ResolverProxy.query`.
  public func query<Value>(
    _ type: DNSRecordType<Value>, _ name: String, timeout: Duration? = nil
  ) throws -> [DNSRecord<Value>] {
    let name = try HostName(name).text
    return try within(timeout, name) {
      try answer(to: DNSQuestion(name: name, type: type.code))
        .records(of: type, for: name, at: Hub.current.now)
    }
  }

  /// Runs `body` within a limit that is told from all others.
  func within<Result>(
    _ timeout: Duration?, _ subject: String, _ body: () throws -> Result
  ) throws -> Result {
    try withTimeout(
      timeout, throwing: IOTimeout(operation: "resolve", subject: subject), body)
  }
}
