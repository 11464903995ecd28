public import EventletNet

/// One record of a name: what ``DNSResolver/query(_:_:timeout:)`` gives.
public struct DNSRecord<Value> {
  /// Whose record it is: the name that was asked for, or the one that it is an alias of.
  public let name: String
  /// How long the record may still be relied on.
  public let lifetime: Duration
  /// What it says.
  public let value: Value
}

extension DNSRecord: Equatable where Value: Equatable {}
extension DNSRecord: Hashable where Value: Hashable {}
extension DNSRecord: Sendable where Value: Sendable {}

/// Which records to ask for, and how their values are read.
///
/// ```swift
/// for exchange in try resolver.query(.mx, "example.org") { print(exchange.value.host) }
/// ```
public struct DNSRecordType<Value> {
  /// The number of the type, such as 15 for MX.
  public let code: UInt16
  let read: (inout DNSMessageReader) throws(DNSMessageError) -> Value
}

extension DNSRecordType where Value == IPAddress {
  /// Addresses of IPv4 (RFC 1035, section 3.4.1).
  public static var a: DNSRecordType {
    DNSRecordType(code: 1) { (reader) throws(DNSMessageError) in try reader.readAddress(4) }
  }
  /// Addresses of IPv6 (RFC 3596).
  public static var aaaa: DNSRecordType {
    DNSRecordType(code: 28) { (reader) throws(DNSMessageError) in try reader.readAddress(16) }
  }
}

extension DNSRecordType where Value == String {
  /// Of an alias, the name that it stands for (RFC 1035, section 3.3.1).
  ///
  /// In Python: `greendns.resolve_cname`.
  public static var cname: DNSRecordType {
    DNSRecordType(code: 5) { (reader) throws(DNSMessageError) in try reader.readName() }
  }
  /// The name servers of a zone (section 3.3.11).
  public static var ns: DNSRecordType {
    DNSRecordType(code: 2) { (reader) throws(DNSMessageError) in try reader.readName() }
  }
  /// Of a reverse name, the name of the host (section 3.3.12); see
  /// ``/EventletNet/IPAddress/reverseName``.
  public static var ptr: DNSRecordType {
    DNSRecordType(code: 12) { (reader) throws(DNSMessageError) in try reader.readName() }
  }
}

extension DNSRecordType where Value == MXRecord {
  /// Who takes mail (RFC 1035, section 3.3.9).
  public static var mx: DNSRecordType {
    DNSRecordType(code: 15) { (reader) throws(DNSMessageError) in
      MXRecord(preference: try reader.readUInt16(), host: try reader.readName())
    }
  }
}

extension DNSRecordType where Value == TXTRecord {
  /// Text (RFC 1035, section 3.3.14).
  public static var txt: DNSRecordType {
    DNSRecordType(code: 16) { (reader) throws(DNSMessageError) in
      var strings: [[UInt8]] = []
      while !reader.isAtEnd { strings.append(try reader.readString()) }
      return TXTRecord(strings: strings)
    }
  }
}

extension DNSRecordType where Value == SRVRecord {
  /// Where a service is, under a name such as `_imap._tcp.example.org` (RFC 2782).
  public static var srv: DNSRecordType {
    DNSRecordType(code: 33) { (reader) throws(DNSMessageError) in
      SRVRecord(
        priority: try reader.readUInt16(), weight: try reader.readUInt16(),
        port: try reader.readUInt16(), target: try reader.readName())
    }
  }
}

extension DNSRecordType where Value == SOARecord {
  /// The start of a zone (RFC 1035, section 3.3.13).
  public static var soa: DNSRecordType {
    DNSRecordType(code: 6) { (reader) throws(DNSMessageError) in
      SOARecord(
        primary: try reader.readName(), mailbox: try reader.readName(),
        serial: try reader.readUInt32(), refresh: try reader.readUInt32(),
        retry: try reader.readUInt32(), expire: try reader.readUInt32(),
        minimum: try reader.readUInt32())
    }
  }
}

extension DNSRecordType where Value == [UInt8] {
  /// Records of any type, by its number, with their data as it came.
  ///
  /// Names in it may be compressed and then mean nothing by themselves; types younger than RFC 3597
  /// have none such.
  public static func other(_ code: UInt16) -> DNSRecordType {
    DNSRecordType(code: code) { (reader) throws(DNSMessageError) in reader.readRest() }
  }
}
