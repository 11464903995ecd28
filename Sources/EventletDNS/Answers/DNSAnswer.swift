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
  /// How long it may be kept; zero if the servers may say something better when asked again.
  let lifetime: Duration

  private static let typeAlias: UInt16 = 5
  private static let typeStart: UInt16 = 6
  /// What other resolvers follow, too; zones that are in order have one or two.
  private static let mostAliases = 16
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
    let chain = Self.aliases(in: message, from: question)
    canonicalName = chain.names.last ?? question.name
    aliases = chain.names.isEmpty ? [] : [question.name] + chain.names.dropLast()
    receivedAt = time
    let owner = canonicalName.lowercased()
    let records = message.answers.filter {
      $0.type == question.type && $0.name.lowercased() == owner
    }
    if chain.isBroken {
      content = .none(.badResponse)
      lifetime = .zero
    } else if reason == nil, !records.isEmpty {
      content = .records(records)
      let shortest = records.allSatisfy(\.isWellFormed) ? records.map(\.lifetime).min() ?? 0 : 0
      lifetime = .seconds(min(shortest, chain.lifetime, Self.longestLifetime))
    } else {
      content = .none(reason ?? .noData)
      lifetime = .seconds(min(Self.lifetimeOfAbsence(message), chain.lifetime))
    }
  }

  /// The names that one alias after the other stands for, in order.
  private struct AliasChain {
    var names: [String] = []
    var lifetime = UInt32.max
    /// Whether an alias is no name, or there are too many.
    var isBroken = false
  }

  private static func aliases(in message: DNSMessage, from question: DNSQuestion) -> AliasChain {
    var chain = AliasChain()
    guard question.type != typeAlias else { return chain }
    let aliases = Dictionary(
      message.answers.lazy.filter { $0.type == typeAlias }.map { ($0.name.lowercased(), $0) },
      uniquingKeysWith: { first, _ in first })
    var next = question.name.lowercased()
    var seen: Set<String> = [next]
    while let record = aliases[next] {
      var data = record.data
      guard chain.names.count < mostAliases, record.isWellFormed,
        let target = try? data.readName()
      else {
        chain.isBroken = true
        break
      }
      next = target.lowercased()
      // Aliases that stand for each other lead nowhere.
      guard seen.insert(next).inserted else { break }
      chain.names.append(target)
      chain.lifetime = min(chain.lifetime, record.lifetime)
    }
    return chain
  }

  /// RFC 2308, section 5: what the zone says, which comes with the answer.
  private static func lifetimeOfAbsence(_ message: DNSMessage) -> UInt32 {
    guard let start = message.authorities.first(where: { $0.type == typeStart }) else { return 0 }
    var data = start.data
    guard let values = try? DNSRecordType.soa.read(&data) else { return 0 }
    return min(start.lifetime, values.minimum, longestAbsence)
  }

  /// Whether it has records, and of such as can be read alone.
  var hasValues: Bool {
    guard case .records(let records) = content else { return false }
    return records.allSatisfy(\.isWellFormed)
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
