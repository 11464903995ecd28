/// Text that is no IP network.
public enum IPNetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What precedes the slash is no IP address, or one that names an interface.
  case invalidAddress(String)
  /// What follows the slash is no number of bits of such an address.
  case invalidPrefixLength(String)
  /// The address has bits behind the prefix: more may have been meant than was written, or less.
  case addressBeyondPrefix(String)

  /// What is wrong with the text.
  public var description: String {
    switch self {
    case .invalidAddress(let text): "network '\(text)': no IP address; write 10.0.0.0/8 or ::1"
    case .invalidPrefixLength(let text):
      "network '\(text)': the number of bits must be 0 to 32, or 0 to 128 for IPv6"
    case .addressBeyondPrefix(let text): "network '\(text)': the address has bits behind the prefix"
    }
  }
}
