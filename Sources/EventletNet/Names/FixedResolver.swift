/// Has a table of names, and asks nobody: for tests, and for a closed world.
///
/// ```swift
/// Hub.current.resolver = FixedResolver(["db.test": ["10.0.0.1", "10.0.0.2"]])
/// ```
///
/// Never switches.
public final class FixedResolver: Resolver {
  private var table: [HostName: [IPAddress]] = [:]
  /// The first name given to each address, by the order of the names.
  private var reverse: [IPAddress: [String]] = [:]

  /// Creates a resolver.
  ///
  /// Traps when one of the names is none, see ``HostName``.
  /// - Parameter table: The addresses of each name, in the order in which they are to be tried.
  public init(_ table: [String: [IPAddress]]) {
    for (name, addresses) in table.sorted(by: { $0.key < $1.key }) {
      do { self.table[try Self.key(HostName(name))] = addresses } catch {
        fatalError("FixedResolver: \(error)")
      }
      for address in addresses { reverse[address, default: []].append(name) }
    }
  }

  /// With the final dot or without is the same here.
  private static func key(_ name: HostName) throws(NameError) -> HostName {
    name.isAbsolute ? try HostName(name.text) : name
  }

  /// As ``Resolver/entry(of:family:timeout:)``; what is not in the table does not exist.
  public func entry(
    of name: HostName, family: IPAddress.Family?, timeout: Duration?
  ) throws -> HostEntry {
    guard let all = table[try Self.key(name)] else { throw NameError(name.text, .notFound) }
    let addresses = all.filter { family == nil || $0.family == family }
    guard !addresses.isEmpty else { throw NameError(name.text, .noData) }
    return HostEntry(name: name.text, addresses: addresses)
  }

  /// As ``Resolver/names(of:timeout:)``: all names in the table that have the address.
  public func names(of address: IPAddress, timeout: Duration?) throws -> [String] {
    guard let names = reverse[address] else { throw NameError("\(address)", .notFound) }
    return names
  }
}
