internal import CCurl
internal import CEventletCurl
internal import EventletCore
internal import HTTPTypes

/// What libcurl is told of one request: one hop of a redirect, one try.
struct TransferRequest {
  enum Body {
    case bytes([UInt8])
    /// Piece by piece.
    case written(length: Int?)
  }

  /// What is sent in one piece with the head.
  private static let mostWithHead = 65_536
  /// Fields that are about the connection or the framing, which are libcurl's.
  private static let ownFields: Set<String> = [
    "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te",
    "proxy-connection",
  ]

  let url: HTTPLocation
  let method: HTTPRequest.Method
  let headerFields: HTTPFields
  /// Of a body that is not sent with the head.
  let body: Body?
  /// What is sent with the head.
  private let bodyWithHead: [UInt8]?
  let proxy: ProxyLocation
  private let unixSocketPath: String?
  let timeouts: HTTPClient.Timeouts
  /// Of the whole, for its error.
  let timeout: Duration?
  let deadline: Nanoseconds
  let headLimit: Int
  let multiplexes: Bool
  /// Whether it has a connection for itself alone.
  private let isAlone: Bool
  /// What libcurl is to know of the hosts.
  var names: [NameTable.Entry] = []

  var isSecure: Bool { url.isSecure }

  init(
    _ request: HTTPClientRequest, to url: HTTPLocation, of journey: Journey
  ) throws(HTTPClientError) {
    let client = journey.client
    self.url = url
    method = request.method
    unixSocketPath = request.unixSocketPath
    proxy = unixSocketPath == nil ? client.proxies.proxy(for: url) : .none
    timeouts = journey.timeouts
    timeout = journey.timeout
    deadline = journey.deadline
    headLimit = client.configuration.limits.head
    multiplexes = url.isSecure && client.configuration.versions == .automatic
    isAlone =
      !url.isSecure && client.configuration.versions == .http2PriorKnowledge
      && CurlLibrary.confusesPriorKnowledge
    switch request.body.content {
    // RFC 9110, 8.6: of these a server expects to be told that there is none.
    case .none where [.post, .put, .patch].contains(request.method):
      (body, bodyWithHead) = (nil, [])
    case .none: (body, bodyWithHead) = (nil, nil)
    case .bytes(let bytes) where bytes.count <= Self.mostWithHead:
      (body, bodyWithHead) = (nil, bytes)
    case .bytes(let bytes): (body, bodyWithHead) = (.bytes(bytes), nil)
    case .stream(let length, _, _): (body, bodyWithHead) = (.written(length: length), nil)
    }
    var fields = request.headerFields
    if let type = request.body.contentType, fields[.contentType] == nil {
      fields[.contentType] = "\(type)"
    }
    headerFields = fields
    try check()
  }

  private func check() throws(HTTPClientError) {
    guard method.rawValue != "CONNECT" else {
      throw error(.invalidRequest("CONNECT is for proxies, which are of the configuration"))
    }
    // RFC 9110, 9.3.2 and 9.3.8. libcurl would wait for the body of an answer to HEAD.
    guard !hasBody || method != .head && method != .trace else {
      throw error(.invalidRequest("\(method.rawValue) has no body"))
    }
    guard unixSocketPath?.utf8.allSatisfy({ $0 != 0 }) ?? true else {
      throw error(.invalidRequest("no path has a zero in it"))
    }
    for field in headerFields {
      guard !Self.ownFields.contains(field.name.canonicalName) else {
        throw error(.invalidRequest("the field \(field.name) is the client's own"))
      }
      guard HTTPField.isValidValue(field.value) else {
        throw error(.invalidRequest("the value of \(field.name) has characters that end a line"))
      }
    }
  }

  /// The names that libcurl has to know: of the server, or the proxy, or of both for a proxy that wants
  /// addresses.
  var peers: [NameTable.Key] {
    if unixSocketPath != nil { return [] }
    let server = url.hasAddress ? nil : NameTable.Key(host: url.host, port: url.port)
    if proxy.isNone { return server.map { [$0] } ?? [] }
    let own = proxy.host.map { NameTable.Key(host: $0, port: proxy.port) }
    return [own, proxy.wantsAddresses ? server : nil].compactMap { $0 }
  }

  /// Whether both may go by one connection of HTTP/2.
  func sharesConnections(with other: TransferRequest) -> Bool {
    multiplexes && other.multiplexes && url.hasSameOrigin(as: other.url)
      && proxy == other.proxy && unixSocketPath == other.unixSocketPath
  }

  // MARK: Setting up

  /// What libcurl looks at for as long as the transfer lasts.
  struct Lists {
    var fields = CurlList()
    var addresses = CurlList()

    mutating func free() {
      fields.free()
      addresses.free()
    }
  }

  /// Tells libcurl.
  /// - Returns: what it looks at until the end.
  func setUp(_ handle: EasyHandle, _ engine: TransferEngine) -> Lists {
    handle.forgetError()
    handle.set(url)
    if !proxy.isNone { handle.set(CURLOPT_PROXY, proxy.text) }
    if let unixSocketPath { handle.set(CURLOPT_UNIX_SOCKET_PATH, unixSocketPath) }
    if multiplexes { handle.set(CURLOPT_PIPEWAIT, true) }
    if isAlone {
      handle.set(CURLOPT_FRESH_CONNECT, true)
      handle.set(CURLOPT_FORBID_REUSE, true)
    }
    setMethod(of: handle)
    var lists = Lists()
    if hasBody || !headerFields.isEmpty {
      lists.fields = fieldList(engine.standingFields)
      handle.set(CURLOPT_HTTPHEADER, lists.fields.first.map(UnsafeMutableRawPointer.init))
    }
    engine.names.tell(names, in: &lists.addresses)
    if let first = lists.addresses.first {
      handle.set(CURLOPT_RESOLVE, UnsafeMutableRawPointer(first))
    }
    if names.contains(where: \.hasSeveral), let connect = timeouts.connect {
      // So that libcurl shares the time among the addresses; ours comes first.
      let all = min(connect + (timeouts.tls ?? connect) + .seconds(1), .seconds(1_000_000))
      handle.set(CURLOPT_CONNECTTIMEOUT_MS, Int(all / .milliseconds(1)))
    }
    return lists
  }

  private var hasBody: Bool { body != nil || bodyWithHead != nil }

  private func setMethod(of handle: EasyHandle) {
    if let bodyWithHead {
      handle.setNumber(CURLOPT_POSTFIELDSIZE_LARGE, bodyWithHead.count)
      bodyWithHead.withUnsafeBytes {
        // Copied: of no bytes there is no address.
        let start = UnsafeMutableRawPointer(mutating: $0.baseAddress)
        if let start { handle.set(CURLOPT_COPYPOSTFIELDS, start) }
        if start == nil { handle.set(CURLOPT_COPYPOSTFIELDS, "") }
      }
      if method != .post { handle.set(CURLOPT_CUSTOMREQUEST, method.rawValue) }
    } else if let body {
      handle.set(CURLOPT_UPLOAD, true)
      switch body {
      case .bytes(let bytes): handle.setNumber(CURLOPT_INFILESIZE_LARGE, bytes.count)
      case .written(let length): handle.setNumber(CURLOPT_INFILESIZE_LARGE, length ?? -1)
      }
      if method != .put { handle.set(CURLOPT_CUSTOMREQUEST, method.rawValue) }
    } else if method == .head {
      handle.set(CURLOPT_NOBODY, true)
    } else if method != .get {
      handle.set(CURLOPT_CUSTOMREQUEST, method.rawValue)
    }
  }

  private func fieldList(_ standing: StandingFields) -> CurlList {
    var list = CurlList()
    standing.append(to: &list, unless: headerFields)
    for field in headerFields {
      // Without anything behind the colon libcurl takes a field away.
      list.append(
        field.value.isEmpty ? "\(field.name.rawName);" : "\(field.name.rawName): \(field.value)")
    }
    if hasBody {
      // libcurl has a type for a body, and waits before it sends a long one, if it is not told.
      if headerFields[.contentType] == nil { list.append("Content-Type:") }
      if headerFields[.expect] == nil { list.append("Expect:") }
    }
    return list
  }

  /// Takes back what ``setUp(_:_:)`` has told, so that the handle is as it was.
  func takeDown(_ handle: EasyHandle, _ engine: TransferEngine, _ lists: Lists) {
    if hasBody {
      handle.set(CURLOPT_UPLOAD, false)
      handle.setNumber(CURLOPT_INFILESIZE_LARGE, -1)
      handle.setNumber(CURLOPT_POSTFIELDSIZE_LARGE, -1)
      handle.set(CURLOPT_COPYPOSTFIELDS, nil as String?)
    }
    if hasBody || method != .get {
      handle.set(CURLOPT_CUSTOMREQUEST, nil as String?)
      handle.set(CURLOPT_NOBODY, false)
      handle.set(CURLOPT_HTTPGET, true)
    }
    if hasBody || !headerFields.isEmpty {
      handle.set(CURLOPT_HTTPHEADER, engine.standingFields.first)
    }
    if lists.addresses.first != nil { handle.set(CURLOPT_RESOLVE, nil as UnsafeMutableRawPointer?) }
    if names.contains(where: \.hasSeveral) {
      handle.set(CURLOPT_CONNECTTIMEOUT_MS, HandleSetup.longestConnect)
    }
    engine.names.release(names)
    if !proxy.isNone { handle.set(CURLOPT_PROXY, "") }
    if unixSocketPath != nil { handle.set(CURLOPT_UNIX_SOCKET_PATH, nil as String?) }
    if multiplexes { handle.set(CURLOPT_PIPEWAIT, false) }
    if isAlone {
      handle.set(CURLOPT_FRESH_CONNECT, false)
      handle.set(CURLOPT_FORBID_REUSE, false)
    }
  }

  // MARK: Errors

  func error(
    _ reason: HTTPClientError.Reason, phase: HTTPClientError.Phase = .request,
    detail: String = "", curlCode: UInt32 = 0
  ) -> HTTPClientError {
    HTTPClientError(
      reason, url: "\(url)", phase: phase, detail: proxy.removePassword(from: detail),
      curlCode: curlCode)
  }
}
