internal import EventletCore
public import EventletNet

extension DNSResolver {
  /// What is known of a name.
  ///
  /// The hosts file comes first: if it has an address of the name, nothing else is asked.
  /// `localhost` and the names below it are this machine, also without a line there (RFC 6761,
  /// section 6.3). A name that no dot ends is then looked for in the search list, as resolv.conf(5)
  /// says: the first that has an address is the answer. A domain whose servers fail is passed over,
  /// and is the error if no other has the name; servers that refuse or do not answer end the search.
  /// Addresses of both families are asked for at the same time, and one family without an answer is
  /// no error if the other has some; nor is it waited for longer than
  /// ``Configuration/resolutionDelay``.
  ///
  /// Addresses of IPv6 come before those of IPv4, each in the order of the server, but such as the
  /// kernel has no route to come last.
  public func entry(
    of name: HostName, family: IPAddress.Family?, timeout: Duration?
  ) throws -> HostEntry {
    try requireOpen(name.text)
    return try within(timeout, name.text) {
      if let entry = try hosts().entry(of: name, family: family) { return entry }
      if let entry = Self.entryOfThisMachine(name, family) { return entry }
      return try entryOfServers(name, family)
    }
  }

  /// The names of an address: those of the hosts file, or those that the name servers have.
  public func names(of address: IPAddress, timeout: Duration?) throws -> [String] {
    try requireOpen("\(address)")
    return try within(timeout, "\(address)") {
      let names = try hosts().names(of: address)
      if !names.isEmpty { return names }
      do {
        let question = DNSQuestion(name: address.reverseName, type: DNSRecordType.ptr.code)
        return try answer(to: question)
          .records(of: .ptr, for: "\(address)", at: Hub.current.now).map(\.value)
      } catch let error as NameError {
        // Of the address, and not of its reverse name.
        throw NameError("\(address)", error.reason)
      }
    }
  }

  private static func entryOfThisMachine(
    _ name: HostName, _ family: IPAddress.Family?
  ) -> HostEntry? {
    guard name.text == "localhost" || name.text.hasSuffix(".localhost") else { return nil }
    let addresses: [IPAddress] = ["::1", "127.0.0.1"]
    return HostEntry(
      name: name.text, addresses: addresses.filter { family == nil || $0.family == family })
  }

  // MARK: Name servers

  private func entryOfServers(
    _ name: HostName, _ family: IPAddress.Family?
  ) throws -> HostEntry {
    var reason = NameError.Reason.notFound
    for candidate in try candidates(for: name) {
      do { return try entry(of: candidate, family) } catch let error as NameError {
        switch error.reason {
        case .notFound: continue
        // It exists, but perhaps another has what is asked for.
        case .noData: if reason == .notFound { reason = .noData }
        // Perhaps of this domain alone. If no other has the name, nobody knows whether this has.
        case .serverFailure: reason = .serverFailure
        default: throw NameError(name.text, error.reason)
        }
      }
    }
    throw NameError(name.text, reason)
  }

  /// The complete names that a name may stand for: resolv.conf(5), `search` and `ndots`.
  private func candidates(for name: HostName) throws -> [String] {
    if name.isAbsolute { return [name.text] }
    let servers = try currentServers(for: name.text)
    // What is too long with a domain behind it does not exist.
    let inDomains = servers.search.compactMap { domain in
      (try? HostName("\(name.text).\(domain)"))?.text
    }
    let dotCount = name.text.utf8.count { $0 == UInt8(ascii: ".") }
    return dotCount >= servers.ndots ? [name.text] + inDomains : inDomains + [name.text]
  }

  private func entry(of name: String, _ family: IPAddress.Family?) throws -> HostEntry {
    let questions = [
      (IPAddress.Family.ipv6, DNSRecordType.aaaa), (IPAddress.Family.ipv4, DNSRecordType.a),
    ].filter { family == nil || $0.0 == family }
    let answers = try answers(to: questions.map { DNSQuestion(name: name, type: $0.1.code) })
    var addresses: [IPAddress] = []
    var found: DNSAnswer?
    var failures: [NameError] = []
    for (answer, question) in zip(answers, questions) {
      guard let answer else { continue }
      do {
        let answer = try answer.get()
        addresses += try answer.records(of: question.1, for: name, at: Hub.current.now)
          .map(\.value)
        found = found ?? answer
      } catch let error as NameError { failures.append(error) }
    }
    guard let found else { throw Self.worst(of: failures, name) }
    return HostEntry(
      name: found.canonicalName, aliases: found.aliases, addresses: Self.reachableFirst(addresses))
  }

  /// What is known least of the name: that a server failed says more than that there is nothing of
  /// the other family.
  private static func worst(of failures: [NameError], _ name: String) -> NameError {
    failures.first { ![.notFound, .noData, .serverFailure].contains($0.reason) }
      ?? failures.first { $0.reason == .serverFailure }
      ?? failures.first { $0.reason == .noData } ?? NameError(name, .notFound)
  }

  /// The answers to questions that are asked at the same time; nil for one that the others did not
  /// wait for any longer.
  private func answers(
    to questions: [DNSQuestion]
  ) throws -> [Swift.Result<DNSAnswer, any Error>?] {
    if questions.count == 1 || questions.allSatisfy({ cachedAnswer(to: $0) != nil }) {
      return try questions.map { question in try result { try answer(to: question) } }
    }
    let asked = questions.map(Asked.init)
    let ended = LightQueue<Asked>()
    return try withDiscardingGreenGroup { group in
      for one in asked {
        let child = group.spawn(name: "resolve \(one.question.name)") { [self] in
          one.result = try result { try answer(to: one.question) }
        }
        // Whatever ended it, a kill before it began among that.
        child.link { _ in try? ended.putNoWait(one) }
      }
      var deadline = Deadline.never
      for _ in asked {
        do {
          let hasValues = try ended.get(timeout: deadline.remaining).finish()
          if hasValues, deadline == .never {
            deadline = Deadline(after: configuration.resolutionDelay)
          }
        } catch QueueError.empty { break }
      }
      for one in asked where one.result == nil { keepAsking(one.question) }
      group.cancelAll()
      return asked.map(\.result)
    }
  }

  /// A question, and what came of it.
  private final class Asked {
    let question: DNSQuestion
    var result: Swift.Result<DNSAnswer, any Error>?

    init(_ question: DNSQuestion) { self.question = question }

    /// Who asked has ended.
    /// - Returns: whether there is something of use.
    func finish() -> Bool {
      switch result {
      case .success(let answer): return answer.hasValues
      case .failure: return false
      case nil:
        // Somebody killed who asked.
        result = .failure(NameError(question.name, .temporary))
        return false
      }
    }
  }

  /// What the servers say about a name; what ends the green thread is thrown.
  private func result(
    _ body: () throws -> DNSAnswer
  ) throws -> Swift.Result<DNSAnswer, any Error> {
    do { return .success(try body()) } catch let error as NameError { return .failure(error) }
  }

  /// Those that the kernel can send to before the others, each in their order.
  private static func reachableFirst(_ addresses: [IPAddress]) -> [IPAddress] {
    guard addresses.count > 1 else { return addresses }
    let refused = addresses.map { $0.refusal != nil }
    let indices = addresses.indices
    return (indices.filter { !refused[$0] } + indices.filter { refused[$0] }).map { addresses[$0] }
  }
}
