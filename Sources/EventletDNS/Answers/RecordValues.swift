/// A host that takes a domain's mail.
public struct MXRecord: Hashable, Sendable {
  /// The lower, the sooner it is to be tried.
  public let preference: UInt16
  /// Its name; empty for a domain that takes no mail (RFC 7505).
  public let host: String
}

/// A host and port where a service is.
public struct SRVRecord: Hashable, Sendable {
  /// The lower, the sooner it is to be tried.
  public let priority: UInt16
  /// Among those of one priority, its share of the load.
  public let weight: UInt16
  /// The port.
  public let port: UInt16
  /// The host's name; empty where the service is decidedly not to be had.
  public let target: String
}

/// Text that a domain publishes.
public struct TXTRecord: Hashable, Sendable {
  /// The strings that the record consists of, of at most 255 bytes each.
  public let strings: [[UInt8]]
  /// The strings in one, as most uses of such records have it; what is no UTF-8 is replaced.
  public var text: String { String(decoding: strings.joined(), as: UTF8.self) }
}

/// The start of a zone: who is responsible for it, and how long its records hold.
public struct SOARecord: Hashable, Sendable {
  /// The name server whose copy is the original.
  public let primary: String
  /// The mail address of who is responsible, with a dot for the at sign.
  public let mailbox: String
  /// The version of the zone.
  public let serial: UInt32
  /// When copies are to be compared with the original, in seconds.
  public let refresh: UInt32
  /// When that is to be tried again if it failed, in seconds.
  public let retry: UInt32
  /// When a copy is no longer to be used, in seconds.
  public let expire: UInt32
  /// For how long it holds that a name does not exist, in seconds.
  public let minimum: UInt32
}
