// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase

// See Eventlet+PythonNames.swift of EventletCore.

public import EventletCore

@available(*, unavailable, renamed: "StopServing")
public typealias StopServe = StopServing

@available(*, unavailable, renamed: "GreenSocket.shutdownSafely(self:)")
public func shutdown_safe(_ socket: GreenSocket) throws { fatalError() }

@available(*, unavailable)
extension eventlet {
  public typealias StopServe = StopServing

  @available(*, unavailable, message: "use serve(_:concurrency:_:)")
  public static func serve(
    _ server: GreenSocket, _ handler: (GreenSocket, SocketAddress) throws -> Void
  ) throws { fatalError() }

  @available(*, unavailable, renamed: "GreenSocket.listen(on:)")
  public static func listen(_ address: SocketAddress) throws -> GreenSocket { fatalError() }

  @available(*, unavailable, renamed: "GreenSocket.listen(on:)")
  public static func listen(_ address: (String, Int)) throws -> GreenSocket { fatalError() }

  @available(*, unavailable, renamed: "GreenSocket.connect(to:)")
  public static func connect(_ address: SocketAddress) throws -> GreenSocket { fatalError() }

  @available(*, unavailable, renamed: "GreenSocket.connect(to:)")
  public static func connect(_ address: (String, Int)) throws -> GreenSocket { fatalError() }
}

extension GreenSocket {
  @available(*, unavailable, renamed: "receive(upTo:)")
  public func recv(_ count: Int) throws -> [UInt8] { fatalError() }

  @available(*, unavailable, renamed: "receive(into:)")
  public func recv_into(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int { fatalError() }

  @available(*, unavailable, renamed: "sendAll(_:)")
  public func sendall(_ bytes: [UInt8]) throws { fatalError() }

  @available(*, unavailable, renamed: "sendAll(_:)")
  public func sendall(_ text: String) throws { fatalError() }

  @available(*, unavailable, renamed: "setter:timeout(_:)")
  public func settimeout(_ seconds: Double) { fatalError() }

  @available(*, unavailable, renamed: "setter:timeout(_:)")
  public func settimeout(_ timeout: Duration?) { fatalError() }

  @available(*, unavailable, renamed: "getter:timeout()")
  public func gettimeout() -> Duration? { fatalError() }

  @available(*, unavailable, message: "set timeout: nil waits for ever, zero not at all")
  public func setblocking(_ isBlocking: Bool) { fatalError() }

  @available(*, unavailable, renamed: "getter:reader()")
  public func makefile() -> BufferedReader { fatalError() }

  @available(*, unavailable, message: "use reader, and sendAll(_:) for writing")
  public func makefile(_ mode: String) -> BufferedReader { fatalError() }

  @available(*, unavailable, renamed: "getter:localAddress()")
  public func getsockname() throws -> SocketAddress { fatalError() }

  @available(*, unavailable, renamed: "getter:remoteAddress()")
  public func getpeername() throws -> SocketAddress { fatalError() }

  @available(*, unavailable, renamed: "setOption(_:_:_:)")
  public func setsockopt(_ level: Int32, _ name: Int32, _ value: Int32) throws { fatalError() }

  @available(*, unavailable, renamed: "getter:fileDescriptor()")
  public func fileno() -> Int32 { fatalError() }
}

extension BaseSocket {
  @available(*, unavailable, renamed: "release()")
  public func detach() throws -> Int32 { fatalError() }

  @available(*, unavailable, renamed: "option(_:_:)")
  public func getsockopt(_ level: Int32, _ name: Int32) throws -> Int32 { fatalError() }
}

extension GreenSocket {
  @available(*, unavailable, renamed: "duplicate()")
  public func dup() throws -> GreenSocket { fatalError() }

  @available(*, unavailable, renamed: "sendFile(_:)")
  public func sendfile(_ file: Int32) throws -> Int { fatalError() }

  @available(*, unavailable, message: "use connect(to:), whose errors have the number as errno")
  public func connect_ex(_ address: SocketAddress) -> Int32 { fatalError() }
}

extension GreenDatagramSocket {
  @available(*, unavailable, renamed: "send(_:to:)")
  public func sendto(_ bytes: [UInt8], _ address: SocketAddress) throws { fatalError() }

  @available(*, unavailable, renamed: "receive(upTo:)")
  public func recvfrom(_ count: Int) throws -> Datagram { fatalError() }
}

extension BufferedReader {
  @available(*, unavailable, renamed: "readLine()")
  public func readline() throws -> String? { fatalError() }
}
