/// What is wrong with a message of a name server.
enum DNSMessageError: Error, Hashable {
  /// It ends in the middle of something.
  case truncated
  /// A name that is longer than names can be, or that is compressed by too many references, or by
  /// one forwards or to itself.
  case badName
  /// A record whose data is longer or shorter than its type has it.
  case badData
}
