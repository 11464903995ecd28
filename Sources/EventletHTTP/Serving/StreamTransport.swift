package import EventletCore
package import EventletNet

/// What a connection sends and receives by: the socket itself where it can, for that is the fastest.
package enum StreamTransport {
  case socket(GreenSocket)
  case timed(any TimedByteStream, StreamFailure)
  case stream(any ByteStream, StreamFailure)

  package init(_ stream: any ByteStream) {
    if let socket = stream as? GreenSocket {
      self = .socket(socket)
    } else if let timed = stream as? any TimedByteStream {
      self = .timed(timed, StreamFailure())
    } else {
      self = .stream(stream, StreamFailure())
    }
  }

  package var stream: any ByteStream {
    switch self {
    case .socket(let socket): socket
    case .timed(let stream, _): stream
    case .stream(let stream, _): stream
    }
  }

  /// Whether an error is the one by which the stream has said that it is broken, be it of any kind.
  package func hasFailed(by error: any Error) -> Bool {
    switch self {
    case .socket: isOwn(error)
    case .timed(_, let failure), .stream(_, let failure): failure.is(error)
    }
  }

  /// Whether it is the peer, or the way to it, that has failed, and in none but a usual way.
  ///
  /// `socket` is the one that lies below whatever is spoken over it, if that is known.
  func isOwn(_ error: any Error, over socket: GreenSocket? = nil) -> Bool {
    guard let socket = socket ?? (stream as? GreenSocket) else {
      return StreamFailure.isUsual(error) && hasFailed(by: error)
    }
    let descriptor = socket.fileDescriptor
    switch error {
    case let error as SystemError:
      return error.subject == socket.subject || error.subject == "descriptor \(descriptor)"
    case HubError.closedWhileWaiting(let closed): return closed == descriptor
    case let error as IOTimeout: return error.subject == socket.subject
    case let error as any ConnectionError: return error.connection == socket.subject
    default: return false
    }
  }

  /// Receives what comes next, into a buffer that is not needed before.
  /// - Returns: the number of bytes; 0 at the end of the stream.
  func receive(
    until deadline: Nanoseconds, into input: InputBuffer, giveBack: () -> Void
  ) throws -> Int {
    let bytes: [UInt8]
    switch self {
    case .socket(let socket):
      let count = try socket.receive(
        until: deadline, takeMemory: { input.room() }, giveBack: giveBack)
      input.received(count)
      return count
    case .timed(let stream, let failure):
      bytes = try failure.noted {
        try stream.receive(upTo: 16_384, timeout: Self.timeout(until: deadline))
      }
    case .stream(let stream, let failure):
      bytes = try failure.noted { try Self.limit(deadline) { try stream.receive(upTo: 16_384) } }
    }
    if !bytes.isEmpty { input.append(bytes) }
    return bytes.count
  }

  /// Receives into memory that is not needed before there is something.
  ///
  /// `giveBack` is called when memory that was taken has remained empty.
  /// - Returns: the number of bytes; 0 at the end of the stream.
  package func receive(
    until deadline: Nanoseconds, takeMemory: () -> UnsafeMutableRawBufferPointer,
    giveBack: () -> Void
  ) throws -> Int {
    let bytes: [UInt8]
    switch self {
    case .socket(let socket):
      return try socket.receive(until: deadline, takeMemory: takeMemory, giveBack: giveBack)
    case .timed(let stream, let failure):
      bytes = try failure.noted {
        try stream.receive(upTo: Self.leastMemory, timeout: Self.timeout(until: deadline))
      }
    case .stream(let stream, let failure):
      bytes = try failure.noted {
        try Self.limit(deadline) { try stream.receive(upTo: Self.leastMemory) }
      }
    }
    if !bytes.isEmpty {
      let memory = takeMemory()
      require(bytes.count <= memory.count, "\(stream): received more than was asked for")
      memory.copyBytes(from: bytes)
    }
    return bytes.count
  }

  /// How many bytes the memory must have at least that is received into.
  package static let leastMemory = 8192

  /// Receives at most so many bytes; a `timeout` of nil is the stream's own.
  package func receive(upTo count: Int, timeout: Duration?) throws -> [UInt8] {
    switch self {
    case .socket(let socket): return try socket.receive(upTo: count, timeout: timeout)
    case .timed(let stream, let failure):
      return try failure.noted { try stream.receive(upTo: count, timeout: timeout) }
    case .stream(let stream, let failure):
      return try failure.noted {
        try Self.limit(timeout, "receive", "\(stream)") { try stream.receive(upTo: count) }
      }
    }
  }

  /// Receives into memory that stays as it is meanwhile.
  func receive(
    into buffer: UnsafeMutableRawBufferPointer, until deadline: Nanoseconds
  ) throws -> Int {
    switch self {
    case .socket(let socket):
      return try socket.receive(until: deadline, takeMemory: { buffer }, giveBack: {})
    case .timed(let stream, let failure):
      return try failure.noted {
        try stream.receive(into: buffer, timeout: Self.timeout(until: deadline))
      }
    case .stream(let stream, let failure):
      let bytes = try failure.noted {
        try Self.limit(deadline) { try stream.receive(upTo: buffer.count) }
      }
      require(bytes.count <= buffer.count, "\(stream): received more than was asked for")
      buffer.copyBytes(from: bytes)
      return bytes.count
    }
  }

  /// Sends all bytes, in the stream's own time.
  func sendAll(_ bytes: [UInt8]) throws {
    switch self {
    case .socket(let socket): try socket.sendAll(bytes)
    case .timed(let stream, let failure): try failure.noted { try stream.sendAll(bytes) }
    case .stream(let stream, let failure): try failure.noted { try stream.sendAll(bytes) }
    }
  }

  /// Sends all bytes.
  ///
  /// `deadline` is asked before each part, and `progress` is given how many bytes have gone, each
  /// time. What a stream that is no socket has sent of a part before an error, nobody knows.
  package func sendAll(
    _ bytes: UnsafeRawBufferPointer, until deadline: () -> Nanoseconds,
    progress: (Int) -> Void = { _ in }
  ) throws {
    if case .socket(let socket) = self {
      return try socket.sendAll(bytes, until: deadline(), progress: progress)
    }
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.partSize))
      rest = rest.dropFirst(part.count)
      try send(part, until: deadline())
      progress(part.count)
    }
  }

  /// A record of TLS.
  private static let partSize = 16_384

  private func send(_ part: UnsafeRawBufferPointer, until deadline: Nanoseconds) throws {
    switch self {
    case .socket(let socket): try socket.sendAll(part, until: deadline)
    case .timed(let stream, let failure):
      try failure.noted { try stream.sendAll(part, timeout: Self.timeout(until: deadline)) }
    case .stream(let stream, let failure):
      let copy = Array(part)
      try failure.noted { try Self.limit(deadline) { try stream.sendAll(copy) } }
    }
  }

  /// Sends several parts one after the other, in one system call where that is possible.
  package func sendAll(
    _ parts: [UnsafeRawBufferPointer], until deadline: () -> Nanoseconds, progress: (Int) -> Void
  ) throws {
    guard case .socket(let socket) = self else {
      for part in parts where !part.isEmpty {
        try sendAll(part, until: deadline, progress: progress)
      }
      return
    }
    try socket.sendAll(parts, until: deadline(), progress: progress)
  }

  /// Tells the peer that nothing more comes, where there is a way.
  package func endSending() {
    if case .socket(let socket) = self { try? socket.shutdown(.writing) }
  }

  package static func timeout(until deadline: Nanoseconds) -> Duration? {
    deadline == .never ? nil : .nanoseconds(max(1, deadline - Hub.current.now))
  }

  private static func limit<Result>(
    _ deadline: Nanoseconds, _ body: () throws -> Result
  ) throws -> Result {
    try limit(timeout(until: deadline), "wait for", "a stream", body)
  }

  private static func limit<Result>(
    _ timeout: Duration?, _ operation: String, _ subject: @autoclosure () -> String,
    _ body: () throws -> Result
  ) throws -> Result {
    guard let timeout else { return try body() }
    return try withTimeout(
      timeout, throwing: IOTimeout(operation: operation, subject: subject()), body)
  }
}
