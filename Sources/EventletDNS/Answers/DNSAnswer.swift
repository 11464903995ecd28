internal import EventletCore
internal import EventletNet

/// What the name servers say to a question: records, or that there are none.
///
/// Kept until it no longer holds.
struct DNSAnswer {
  enum Content {
    case records([DNSMessage.Record])
    /// Why there are none.
    case none(NameError.Reason)
  }

  /// The name at the end of all aliases, as the servers write it.
  let canonicalName: String
  /// The names on the way there, that which was asked for first; empty if that is canonical.
  let aliases: [String]
  let content: Content
  /// By the hub's clock.
  let receivedAt: Nanoseconds
  /// How long it may be kept.
  let lifetime: Duration

  private static let typeAlias: UInt16 = 5
  private static let typeStart: UInt16 = 6
  /// RFC 8767, section 4: longer ones are taken for mistakes.
  private static let longestLifetime: UInt32 = 7 * 24 * 3600
  /// RFC 2308, section 5: how long it may be believed that there is nothing.
  private static let longestAbsence: UInt32 = 3 * 3600

  /// Takes the records of one type out of a message.
  /// - Parameters:
  ///   - message: What came.
  ///   - question: What was asked for.
  ///   - reason: Why there are none, if the servers said so.
  ///   - time: When it came.
  init(
    _ message: DNSMessage, to question: DNSQuestion, _ reason: NameError.Reason?,
    at time: Nanoseconds
  ) {
    let (chain, chainLifetime) = Self.aliases(in: message, from: question)
    canonicalName = chain.last ?? question.name
    aliases = chain.isEmpty ? [] : [question.name] + chain.dropLast()
    receivedAt = time
    let owner = canonicalName.lowercased()
    let records = message.answers.filter {
      $0.type == question.type && $0.name.lowercased() == owner
    }
    if reason == nil, !records.isEmpty {
      content = .records(records)
      let shortest = records.map(\.lifetime).min() ?? 0
      lifetime = .seconds(min(shortest, chainLifetime, Self.longestLifetime))
    } else {
      content = .none(reason ?? .noData)
      lifetime = .seconds(min(Self.lifetimeOfAbsence(message), chainLifetime))
    }
  }

  /// The names that one alias after the other stands for.
  private static func aliases(
    in message: DNSMessage, from question: DNSQuestion
  ) -> (names: [String], lifetime: UInt32) {
    var names: [String] = []
    var lifetime = UInt32.max
    guard question.type != typeAlias else { return (names, lifetime) }
    var next = question.name.lowercased()
    var seen: Set<String> = [next]
    while let record = message.answers.first(where: {
      $0.type == typeAlias && $0.name.lowercased() == next
    }) {
      var data = record.data
      guard let target = try? data.readName() else { break }
      next = target.lowercased()
      // Aliases that stand for each other lead nowhere.
      guard seen.insert(next).inserted else { break }
      names.append(target)
      lifetime = min(lifetime, record.lifetime)
    }
    return (names, lifetime)
  }

  /// RFC 2308, section 5: what the zone says, which comes with the answer.
  private static func lifetimeOfAbsence(_ message: DNSMessage) -> UInt32 {
    guard let start = message.authorities.first(where: { $0.type == typeStart }) else { return 0 }
    var data = start.data
    guard let values = try? DNSRecordType.soa.read(&data) else { return 0 }
    return min(start.lifetime, values.minimum, longestAbsence)
  }

  /// The values, with what is left of their lifetimes.
  func records<Value>(
    of type: DNSRecordType<Value>, for name: String, at time: Nanoseconds
  ) throws -> [DNSRecord<Value>] {
    switch content {
    case .none(let reason): throw NameError(name, reason)
    case .records(let records):
      let age = Duration.nanoseconds(time - receivedAt)
      return try records.map { record in
        var data = record.data
        do {
          let value = try type.read(&data)
          guard data.isAtEnd else { throw DNSMessageError.badData }
          return DNSRecord(
            name: record.name, lifetime: max(.zero, .seconds(record.lifetime) - age), value: value)
        } catch { throw NameError(name, .badResponse) }
      }
    }
  }
}

/// A name, and which of its records are asked for.
struct DNSQuestion: Hashable {
  /// Complete, and without the final dot.
  let name: String
  let type: UInt16
}
