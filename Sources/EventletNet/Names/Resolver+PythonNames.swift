// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase
// swift-format-ignore-file: TypeNamesShouldBeCapitalized

// See Eventlet+PythonNames.swift of EventletCore. `getaddrinfo` and the like stand here alone where
// they are members: as free functions they are libc's.

@available(*, unavailable, renamed: "NameError")
public typealias gaierror = NameError

@available(*, unavailable, message: "use GreenSocket.connect(toHost:port:timeout:)")
public func create_connection(_ address: (String, Int)) throws -> GreenSocket { fatalError() }

@available(*, unavailable, message: "use GreenSocket.connect(toHost:port:timeout:)")
public func create_connection(_ address: (String, Int), _ timeout: Double) throws -> GreenSocket {
  fatalError()
}

@available(*, unavailable, message: "use GreenSocket.connect(toHost:port:timeout:)")
public func create_connection(_ address: (String, Int), timeout: Double) throws -> GreenSocket {
  fatalError()
}

@available(*, unavailable, message: "what it has are members of Hub.current.resolver")
public enum greendns {}

@available(*, unavailable)
extension greendns {
  @available(*, unavailable, message: "use Hub.current.resolver.resolve(_:family:timeout:)")
  public static func resolve(_ name: String) throws -> [IPAddress] { fatalError() }

  @available(*, unavailable, message: "use query(.cname, name) of a DNSResolver")
  public static func resolve_cname(_ name: String) throws -> String { fatalError() }

  @available(*, unavailable, message: "use Hub.current.resolver.lookUp(_:family:timeout:).aliases")
  public static func getaliases(_ name: String) throws -> [String] { fatalError() }

  @available(*, unavailable, message: "use Hub.current.resolver.addressInfo(host:service:)")
  public static func getaddrinfo(_ host: String, _ port: Int) throws -> AddressInfo { fatalError() }

  @available(*, unavailable, message: "use Hub.current.resolver.resolve(_:family:timeout:)")
  public static func gethostbyname(_ name: String) throws -> String { fatalError() }

  @available(*, unavailable, message: "use Hub.current.resolver.lookUp(_:family:timeout:)")
  public static func gethostbyname_ex(_ name: String) throws -> HostEntry { fatalError() }

  @available(*, unavailable, message: "use Hub.current.resolver.nameInfo(of:options:timeout:)")
  public static func getnameinfo(_ address: (String, Int), _ flags: Int) throws -> NameInfo {
    fatalError()
  }

  @available(*, unavailable, message: "write IPAddress(parsing: text) != nil")
  public static func is_ip_addr(_ text: String) -> Bool { fatalError() }

  @available(*, unavailable, message: "write IPAddress(parsing: text)?.family == .ipv4")
  public static func is_ipv4_addr(_ text: String) -> Bool { fatalError() }

  @available(*, unavailable, message: "write IPAddress(parsing: text)?.family == .ipv6")
  public static func is_ipv6_addr(_ text: String) -> Bool { fatalError() }

  @available(*, unavailable, message: "use clear() of the DNSResolver")
  public static func reset() { fatalError() }
}
