internal import EventletNet

/// The names and addresses of hosts(5).
///
/// A name on several lines has the addresses of them all, in their order, as the C library has it.
struct HostsFile: Sendable {
  private struct Line {
    let address: IPAddress
    let names: [String]
  }

  private struct Naming: Hashable {
    let address: IPAddress
    let name: String
  }

  private var lines: [Line] = []
  /// Those that each name stands in: a line of many names is not kept anew for each of them.
  private var linesOfName: [String: [Int]] = [:]
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
    var known: Set<Naming> = []
    for line in text.split(whereSeparator: { $0 == newline || $0 == UInt8(ascii: "\r") }) {
      let words = line.prefix { $0 != UInt8(ascii: "#") }
        .split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      guard let first = words.first,
        let address = IPAddress(parsing: String(decoding: first, as: UTF8.self)),
        !(address.family == .ipv6 && address.isLinkLocal && address.scope == 0)
      else { continue }
      add(Line(address: address, names: words.dropFirst().compactMap(Self.name)), &known)
    }
  }

  private static func name(_ word: ArraySlice<UInt8>) -> String? {
    // The file has no encoding: what is not ASCII is nothing that anybody could ask for.
    guard word.allSatisfy({ $0 < 128 }) else { return nil }
    return (try? HostName(String(decoding: word, as: UTF8.self)))?.text
  }

  // `known` is what was added before: to look through `names` would take the longer the more it is.
  private mutating func add(_ line: Line, _ known: inout Set<Naming>) {
    for name in line.names {
      linesOfName[name, default: []].append(lines.count)
      if known.insert(Naming(address: line.address, name: name)).inserted {
        names[line.address, default: []].append(name)
      }
    }
    lines.append(line)
  }

  /// What the file has of a name; nil if it has no address of that family.
  func entry(of name: HostName, family: IPAddress.Family?) -> HostEntry? {
    guard let lines = linesOfName[name.text]?.map({ lines[$0] }), let first = lines.first
    else { return nil }
    let canonicalName = first.names[0]
    var known: Set<IPAddress> = []
    let addresses = lines.map(\.address).filter {
      (family == nil || $0.family == family) && known.insert($0).inserted
    }
    guard !addresses.isEmpty else { return nil }
    var others: Set = [canonicalName]
    let aliases = lines.flatMap(\.names).filter { others.insert($0).inserted }
    return HostEntry(name: canonicalName, aliases: aliases, addresses: addresses)
  }

  /// The names of an address, in the order of the file.
  func names(of address: IPAddress) -> [String] { names[address] ?? [] }
}
