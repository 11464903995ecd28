internal import Glibc

// unix(7). The kernel tells three kinds of names apart by their first byte and their length: none at
// all, a NUL and what follows it (abstract), and a path.
extension SocketAddress {
  /// Of `sun_path`, without the NUL that ends a path or begins an abstract name.
  static let longestUnixName = 107
  private static let nameOffset = MemoryLayout<sa_family_t>.size

  /// A Unix-domain socket in the file system.
  ///
  /// ```swift
  /// let server = try GreenSocket.listen(on: .unix("/run/app.sock"))
  /// ```
  /// - Parameter path: At most 107 bytes; relative to the process's working directory if it does not
  ///   begin with a slash.
  /// - Returns: the address; nothing is made or looked for in the file system.
  /// - Throws: ``AddressError``.
  public static func unix(_ path: String) throws(AddressError) -> SocketAddress {
    let name = Array(path.utf8)
    guard !name.isEmpty, !name.contains(0) else { throw .invalidUnixName(path) }
    guard name.count <= longestUnixName else { throw .unixNameTooLong(path) }
    return SocketAddress(unixName: name)
  }

  /// A Unix-domain socket with a name that is no file: it goes with the last socket that has it.
  ///
  /// Anybody on the machine, within the network namespace, may connect to it or take it: there are
  /// no permissions. See ``BaseSocket/peerCredentials``.
  /// - Parameter name: At most 107 bytes, of any kind.
  /// - Returns: the address.
  /// - Throws: ``AddressError``.
  public static func abstract(_ name: String) throws(AddressError) -> SocketAddress {
    let bytes = Array(name.utf8)
    guard !bytes.isEmpty else { throw .invalidUnixName("@") }
    guard bytes.count <= longestUnixName else { throw .unixNameTooLong(name) }
    return SocketAddress(unixName: [0] + bytes)
  }

  /// A Unix-domain socket without a name, as that of most clients.
  ///
  /// Who binds to it gets an abstract name of the system's choice.
  public static let unnamed = SocketAddress(unixName: [])

  /// The path of a Unix-domain socket in the file system; nil for all others.
  public var path: String? {
    guard let first = unixName.first, first != 0 else { return nil }
    return String(decoding: unixName, as: UTF8.self)
  }

  /// The name of an abstract Unix-domain socket; nil for all others.
  public var abstractName: String? {
    guard unixName.first == 0 else { return nil }
    return String(decoding: unixName.dropFirst(), as: UTF8.self)
  }

  /// Whether it is a Unix-domain socket without a name.
  var isUnnamed: Bool { family == .unix && unixName.isEmpty }

  init(parsingUnixName text: Substring) throws(AddressError) {
    self =
      text.hasPrefix("@") ? try .abstract(String(text.dropFirst())) : try .unix(String(text))
  }

  var unixDescription: String {
    let text = unixName.first == 0 ? [UInt8(ascii: "@")] + unixName.dropFirst() : unixName
    var shown = "unix:"
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      if scalar.value < 0x20 || scalar.value == 0x7f {
        let digits = String(scalar.value, radix: 16)
        shown += "\\x" + (digits.count < 2 ? "0" : "") + digits
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }

  // MARK: The kernel's form

  /// - Returns: how many bytes of the storage it takes.
  func storeUnixName(in storage: UnsafeMutableRawBufferPointer) -> Int {
    storage.storeBytes(of: sa_family_t(AF_UNIX), as: sa_family_t.self)
    UnsafeMutableRawBufferPointer(rebasing: storage[Self.nameOffset...]).copyBytes(from: unixName)
    // The length is part of an abstract name; the NUL after a path, which is there already, is for
    // those who read it as a C string.
    return Self.nameOffset + unixName.count + (path == nil ? 0 : 1)
  }

  init(unixNameIn storage: Slice<UnsafeMutableRawBufferPointer>) {
    var name = Array(storage.dropFirst(Self.nameOffset))
    if let first = name.first, first != 0 { name = Array(name.prefix { $0 != 0 }) }
    self.init(unixName: name)
  }
}
