/// What is known of a host: its names and addresses.
///
/// In Python: the result of `socket.gethostbyname_ex`.
public struct HostEntry: Hashable, Sendable {
  /// The canonical name: the one that the others are aliases of.
  public let name: String
  /// Other names, the one that was asked for among them if it is not the canonical one.
  public let aliases: [String]
  /// In the order in which they are to be tried; never empty.
  public let addresses: [IPAddress]

  /// Creates an entry.
  /// - Parameters:
  ///   - name: The canonical name.
  ///   - aliases: Other names; none by default.
  ///   - addresses: In the order in which they are to be tried; at least one.
  public init(name: String, aliases: [String] = [], addresses: [IPAddress]) {
    self.name = name
    self.aliases = aliases
    self.addresses = addresses
  }
}
