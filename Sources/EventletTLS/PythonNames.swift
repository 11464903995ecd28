// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase

// See Eventlet+PythonNames.swift of EventletCore.

public import EventletCore
public import EventletNet

@available(*, unavailable, renamed: "TLSSocket")
public typealias SSLSocket = TLSSocket

@available(*, unavailable, renamed: "TLSError")
public typealias SSLError = TLSError

@available(*, unavailable, message: "use TLSClientContext or TLSServerContext")
public struct SSLContext {
  @available(
    *, unavailable, message: "use TLSClientContext(_:) or TLSServerContext(_:) with a configuration"
  )
  public init() { fatalError() }
}

@available(*, unavailable, renamed: "TLSClientContext.init()")
public func create_default_context() throws -> TLSClientContext { fatalError() }

@available(
  *, unavailable,
  message: "use TLSSocket.connect(to:serverName:), wrap(_:) of a context, or TLSListener"
)
public func wrap_ssl(_ socket: GreenSocket) throws -> TLSSocket { fatalError() }

@available(*, unavailable)
extension eventlet {
  @available(
    *, unavailable,
    message: "use TLSSocket.connect(to:serverName:), wrap(_:) of a context, or TLSListener"
  )
  public static func wrap_ssl(_ socket: GreenSocket) throws -> TLSSocket { fatalError() }
}

extension TLSClientContext {
  @available(*, unavailable, renamed: "wrap(_:serverName:)")
  public func wrap_socket(
    _ stream: any ByteStream, server_hostname name: String
  ) throws -> TLSSocket { fatalError() }
}

extension TLSServerContext {
  @available(*, unavailable, renamed: "wrap(_:)")
  public func wrap_socket(_ stream: any ByteStream) throws -> TLSSocket { fatalError() }

  @available(*, unavailable, message: "use wrap(_:), or TLSListener for a listening socket")
  public func wrap_socket(_ stream: any ByteStream, server_side: Bool) throws -> TLSSocket {
    fatalError()
  }
}

extension TLSSocket {
  @available(*, unavailable, renamed: "receive(upTo:)")
  public func recv(_ count: Int) throws -> [UInt8] { fatalError() }

  @available(*, unavailable, renamed: "receive(into:)")
  public func recv_into(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int { fatalError() }

  @available(*, unavailable, renamed: "sendAll(_:)")
  public func sendall(_ bytes: [UInt8]) throws { fatalError() }

  @available(*, unavailable, renamed: "sendAll(_:)")
  public func sendall(_ text: String) throws { fatalError() }

  @available(*, unavailable, renamed: "setter:timeout(_:)")
  public func settimeout(_ timeout: Duration?) { fatalError() }

  @available(*, unavailable, renamed: "getter:timeout()")
  public func gettimeout() -> Duration? { fatalError() }

  @available(*, unavailable, renamed: "getter:reader()")
  public func makefile() -> BufferedReader { fatalError() }

  @available(*, unavailable, renamed: "handshake()")
  public func do_handshake() throws { fatalError() }

  @available(*, unavailable, renamed: "getter:peerCertificate()")
  public func getpeercert() -> TLSCertificate? { fatalError() }

  @available(*, unavailable, renamed: "getter:applicationProtocol()")
  public func selected_alpn_protocol() -> String? { fatalError() }

  @available(*, unavailable, renamed: "getter:hasBufferedData()")
  public func pending() -> Bool { fatalError() }

  @available(*, unavailable, renamed: "isResumed")
  public var session_reused: Bool { fatalError() }

  @available(*, unavailable, renamed: "getter:cipherSuite()")
  public func cipher() -> String? { fatalError() }
}
