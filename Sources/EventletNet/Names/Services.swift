internal import EventletCore
internal import Glibc

/// How bytes go to a port: what a service's name is looked up for.
public enum Transport: String, Hashable, Sendable {
  /// Streams.
  case tcp
  /// Datagrams.
  case udp
}

/// The names of ports, of services(5).
///
/// ```swift
/// let port = try Services.port(named: "https")   // 443
/// ```
///
/// In Python: `socket.getservbyname`, `socket.getservbyport`.
public enum Services {
  /// The port of a service, or the number that the text is.
  /// - Parameters:
  ///   - name: Such as `https` or `443`; a number is not looked up.
  ///   - transport: TCP by default.
  /// - Returns: The port.
  /// - Throws: ``NameError`` with ``NameError/Reason/unknownService``; what a kill or timeout
  ///   throws.
  public static func port(named name: String, transport: Transport = .tcp) throws -> UInt16 {
    if let port = number(name) { return port }
    // C would take the NUL for the end.
    guard !name.utf8.contains(0) else { throw NameError(name, .unknownService) }
    // The file is read by a call that blocks.
    return try SystemResolver.pool.execute {
      try withEntry { getservbyname_r(name, transport.rawValue, $0, $1, $2, $3) }
        .map { UInt16(bigEndian: UInt16(truncatingIfNeeded: $0.s_port)) }
        .orThrow(NameError(name, .unknownService))
    }
  }

  /// The name of the service on a port; nil if it has none.
  /// - Throws: what a kill or timeout throws.
  public static func name(ofPort port: UInt16, transport: Transport = .tcp) throws -> String? {
    try SystemResolver.pool.execute {
      var name: String?
      _ = try withEntry {
        let result = getservbyport_r(Int32(port.bigEndian), transport.rawValue, $0, $1, $2, $3)
        // Before the buffer goes.
        if let entry = $3.pointee { name = String(cString: entry.pointee.s_name) }
        return result
      }
      return name
    }
  }

  /// Digits alone, in the range of ports.
  static func number(_ text: String) -> UInt16? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      ? UInt16(text) : nil
  }

  private static func withEntry(
    _ find: (
      UnsafeMutablePointer<servent>, UnsafeMutablePointer<CChar>, Int,
      UnsafeMutablePointer<UnsafeMutablePointer<servent>?>
    ) -> Int32
  ) throws -> servent? {
    var size = 1024
    while true {
      var entry = servent()
      var found: UnsafeMutablePointer<servent>?
      var buffer = [CChar](repeating: 0, count: size)
      let result = find(&entry, &buffer, size, &found)
      if result == 0 { return found == nil ? nil : entry }
      // Only a service with more aliases than any has.
      guard result == ERANGE, size < 1 << 20 else { return nil }
      size *= 2
    }
  }
}

extension Optional {
  fileprivate func orThrow(_ error: NameError) throws -> Wrapped {
    guard let self else { throw error }
    return self
  }
}
