/// What a name server answered, as far as it is of use: RFC 1035, section 4.1.
struct DNSMessage {
  /// A record whose data was not looked at.
  struct Record {
    let name: String
    let type: UInt16
    /// How long it holds, in seconds.
    let lifetime: UInt32
    /// Reads the data; names in it may refer to the whole message.
    let data: DNSMessageReader
  }

  let answers: [Record]
  /// Of those who are responsible for the name.
  let authorities: [Record]

  private static let classInternet: UInt16 = 1

  init(parsing bytes: [UInt8]) throws(DNSMessageError) {
    var reader = DNSMessageReader(bytes)
    // The identifier and the flags: c-ares has looked at them.
    _ = try reader.readUInt32()
    let questionCount = try reader.readUInt16()
    let answerCount = try reader.readUInt16()
    let authorityCount = try reader.readUInt16()
    _ = try reader.readUInt16()
    for _ in 0..<questionCount {
      _ = try reader.readName()
      _ = try reader.readUInt32()
    }
    answers = try Self.records(answerCount, &reader)
    authorities = try Self.records(authorityCount, &reader)
  }

  private static func records(
    _ count: UInt16, _ reader: inout DNSMessageReader
  ) throws(DNSMessageError) -> [Record] {
    var records: [Record] = []
    for _ in 0..<count {
      let name = try reader.readName()
      let type = try reader.readUInt16()
      let `class` = try reader.readUInt16()
      let lifetime = try reader.readUInt32()
      let data = try reader.part(of: Int(reader.readUInt16()))
      guard `class` == classInternet else { continue }
      records.append(
        Record(
          // RFC 2181, section 8: with the highest bit set it is none.
          name: name, type: type, lifetime: lifetime >> 31 == 0 ? lifetime : 0, data: data))
    }
    return records
  }
}
