internal import EventletNet

/// The names and addresses of hosts(5).
///
/// A name on several lines has the addresses of them all, in their order, as the C library has it.
struct HostsFile: Sendable {
  private struct Host {
    /// The first name of the first line that it stands in.
    let canonicalName: String
    var aliases: [String] = []
    var addresses: [IPAddress] = []
  }

  private var hosts: [String: Host] = [:]
  private var names: [IPAddress: [String]] = [:]

  /// One without hosts.
  init() {}

  /// Reads what of the text makes sense.
  ///
  /// Lines may end in LF, CR LF or CR; what follows `#` is a comment. A line that does not begin
  /// with an address is passed over, as is a link-local address without its interface, which is of
  /// no use; so are names that nobody can ask for.
  init(parsing text: [UInt8]) {
    let newline = UInt8(ascii: "\n")
    for line in text.split(whereSeparator: { $0 == newline || $0 == UInt8(ascii: "\r") }) {
      let words = line.prefix { $0 != UInt8(ascii: "#") }
        .split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      guard let first = words.first,
        let address = IPAddress(parsing: String(decoding: first, as: UTF8.self)),
        !(address.family == .ipv6 && address.isLinkLocal && address.scope == 0)
      else { continue }
      add(address, names: words.dropFirst().compactMap(Self.name))
    }
  }

  private static func name(_ word: ArraySlice<UInt8>) -> String? {
    // The file has no encoding: what is not ASCII is nothing that anybody could ask for.
    guard word.allSatisfy({ $0 < 128 }) else { return nil }
    return (try? HostName(String(decoding: word, as: UTF8.self)))?.text
  }

  private mutating func add(_ address: IPAddress, names line: [String]) {
    guard let canonicalName = line.first else { return }
    for name in line {
      var host = hosts[name] ?? Host(canonicalName: canonicalName)
      for other in line where other != host.canonicalName && !host.aliases.contains(other) {
        host.aliases.append(other)
      }
      if !host.addresses.contains(address) { host.addresses.append(address) }
      hosts[name] = host
    }
    for name in line where !(names[address] ?? []).contains(name) {
      names[address, default: []].append(name)
    }
  }

  /// What the file has of a name; nil if it has no address of that family.
  func entry(of name: HostName, family: IPAddress.Family?) -> HostEntry? {
    guard let host = hosts[name.text] else { return nil }
    let addresses = host.addresses.filter { family == nil || $0.family == family }
    guard !addresses.isEmpty else { return nil }
    return HostEntry(
      name: host.canonicalName, aliases: host.aliases, addresses: addresses)
  }

  /// The names of an address, in the order of the file.
  func names(of address: IPAddress) -> [String] { names[address] ?? [] }
}
