internal import CEventletCore
internal import Glibc

/// Strings as C wants them: pointers, and a null at the end.
///
/// `@unchecked Sendable` because nothing changes after it was made.
final class CStringList: @unchecked Sendable {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  /// What execve(2) counts.
  let byteCount: Int

  init(_ strings: [[UInt8]]) {
    pointers = .allocate(capacity: strings.count + 1)
    var byteCount = 0
    for (index, string) in strings.enumerated() {
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: string.count + 1)
      for (place, byte) in string.enumerated() { copy[place] = CChar(bitPattern: byte) }
      copy[string.count] = 0
      pointers[index] = copy
      byteCount += string.count + 1 + MemoryLayout<UnsafeRawPointer>.size
    }
    pointers[strings.count] = nil
    self.byteCount = byteCount
  }

  deinit {
    var next = pointers
    while let string = next.pointee {
      string.deallocate()
      next += 1
    }
    pointers.deallocate()
  }
}

extension GreenProcess.Environment {
  /// As `NAME=value`.
  ///
  /// Bytes and not strings: nobody says that what was inherited is UTF-8.
  /// - Throws: what is wrong with a name or value, as a text.
  func entries() throws(InvalidWord) -> [[UInt8]] {
    switch self {
    case .inherited: return Self.inheritedEntries
    case .only(let variables):
      return try variables.sorted { $0.key < $1.key }.map { name, value throws(InvalidWord) in
        try Self.entry(name, value)
      }
    case .changed(let changes):
      var entries = Self.inheritedEntries.filter { entry in
        !changes.keys.contains { entry.starts(with: Array($0.utf8) + [UInt8(ascii: "=")]) }
      }
      for (name, value) in changes.sorted(by: { $0.key < $1.key }) {
        if let value { entries.append(try Self.entry(name, value)) }
      }
      return entries
    }
  }

  private static func entry(_ name: String, _ value: String) throws(InvalidWord) -> [UInt8] {
    if name.isEmpty || name.utf8.contains(UInt8(ascii: "=")) {
      throw InvalidWord(text: "'\(name)' is no name of an environment variable")
    }
    let entry = Array("\(name)=\(value)".utf8)
    if entry.contains(0) { throw InvalidWord(text: "a zero byte in the variable \(name)") }
    return entry
  }

  private static var inheritedEntries: [[UInt8]] {
    var entries: [[UInt8]] = []
    guard var next = ev_environment() else { return [] }
    while let entry = next.pointee {
      entries.append(
        UnsafeBufferPointer(start: entry, count: strlen(entry)).map(UInt8.init(bitPattern:)))
      next += 1
    }
    return entries
  }
}

/// A word that no program can be given.
struct InvalidWord: Error {
  let text: String
}
