/// What both ends of a connection have agreed on, as one of them sees it: RFC 7692, section 7.1.
struct DeflateParameters: Hashable, Sendable {
  /// How far back what is sent may refer, as a power of 2 in bytes: 8 to 15.
  var outgoingWindowBits = 15
  /// How far back what arrives may refer, as a power of 2 in bytes: 8 to 15.
  var incomingWindowBits = 15
  /// Whether what is sent may refer to earlier messages.
  var keepsOutgoingContext = true
  /// Whether what arrives may refer to earlier messages.
  var keepsIncomingContext = true

  /// Whether there is a ``MessageDeflater`` for it: zlib has none for a window of 256 bytes.
  ///
  /// Then messages go out as they are, which is always allowed.
  var mayCompress: Bool { outgoingWindowBits > 8 }
}
