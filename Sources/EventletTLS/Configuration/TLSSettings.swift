/// What clients and servers may set alike.
protocol TLSSettings {
  var minimumVersion: TLSVersion { get }
  var maximumVersion: TLSVersion? { get }
  var applicationProtocols: [String] { get }
  var cipherList: String? { get }
  var cipherSuites: String? { get }
  var groups: String? { get }
  var acceptsTruncation: Bool { get }
  var keyLog: TLSKeyLog? { get }
  var revocationLists: [TLSPEM] { get }
}
