// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase

// See Eventlet+PythonNames.swift of EventletCore.

@available(
  *, unavailable,
  message:
    "use webSocket(_:origins:configuration:_:) of a Router, or ServerResponse.webSocket(_:origins:headerFields:configuration:_:)"
)
public struct WebSocketWSGI {
  public init(_ handler: (WebSocket) throws -> Void, max_frame_length: Int = 0) { fatalError() }

  public static func configured(
    _ handler: (WebSocket) throws -> Void, supported_protocols: [String] = [],
    origin_checker: (String, String) -> Bool = { _, _ in true },
    support_legacy_versions: Bool = false
  ) -> WebSocketWSGI { fatalError() }
}

@available(*, unavailable, renamed: "WebSocket")
public typealias RFC6455WebSocket = WebSocket

extension WebSocket {
  @available(*, unavailable, renamed: "receive(timeout:)")
  public func wait() throws -> WebSocketMessage? { fatalError() }

  @available(*, unavailable, message: "use sendPieces(_:_:)")
  public func send(_ piece: String, continuation: Bool = false, final: Bool) throws { fatalError() }

  @available(*, unavailable, message: "use sendPieces(_:_:)")
  public func send(_ piece: String, continuation: Bool) throws { fatalError() }

  @available(*, unavailable, message: "use ping(_:timeout:)")
  public func send(_ payload: [UInt8], control_code: Int) throws { fatalError() }

  @available(*, unavailable, message: "use close(_:reason:)")
  public func close(_ data: (Int, String)) throws { fatalError() }

  @available(*, unavailable, message: "use end, which is nil while the connection is open")
  public var websocket_closed: Bool { fatalError() }

  @available(*, unavailable, renamed: "subprotocol")
  public var `protocol`: String? { fatalError() }

  @available(*, unavailable, renamed: "stream")
  public var socket: Never { fatalError() }

  @available(*, unavailable, message: "the handler is given the request: its path")
  public var path: String { fatalError() }

  @available(*, unavailable, message: "the handler is given the request: its field 'Origin'")
  public var origin: String? { fatalError() }

  @available(*, unavailable, message: "the handler is given the request")
  public var environ: [String: String] { fatalError() }
}
