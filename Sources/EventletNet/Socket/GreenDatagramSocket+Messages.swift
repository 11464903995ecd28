internal import CEventletCore
internal import EventletCore
internal import Glibc

extension GreenDatagramSocket {
  // MARK: Receiving

  /// Receives a message; waits for one.
  /// - Parameters:
  ///   - count: The most bytes to return. What is longer is cut, and says so.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Returns: the message and its sender. An empty one is a message, too.
  /// - Throws: ``IOTimeout``; ``/EventletCore/SystemError``, among them `connectionRefused`, see
  ///   ``GreenDatagramSocket``; ``/EventletCore/HubError/closedWhileWaiting(descriptor:)``; what a
  ///   kill or timeout throws, and then nothing was received.
  ///
  /// In Python: `recvfrom`.
  public func receive(upTo count: Int, timeout: Duration? = nil) throws -> Datagram {
    try withRoom(for: 1, of: count) { room in
      Datagram(try receive(into: room, flags: 0, timeout))
    }
  }

  /// Receives a message into memory of the caller's; waits for one.
  /// - Parameters:
  ///   - buffer: Where to. With less room than the message is long, the rest is lost.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Returns: the length of the message, which is more than `buffer.count` if it was cut, and its
  ///   sender.
  /// - Throws: as ``receive(upTo:timeout:)``.
  ///
  /// In Python: `recvfrom_into`.
  public func receive(
    into buffer: UnsafeMutableRawBufferPointer, timeout: Duration? = nil
  ) throws -> (length: Int, sender: SocketAddress) {
    let message = try receive(into: buffer, flags: 0, timeout)
    return (message.length, Datagram.sender(of: message))
  }

  /// Looks at the next message and leaves it to be received; waits for one.
  ///
  /// As ``receive(upTo:timeout:)`` in all else.
  ///
  /// In Python: `recvfrom` with `MSG_PEEK`.
  public func peek(upTo count: Int, timeout: Duration? = nil) throws -> Datagram {
    try withRoom(for: 1, of: count) { room in
      Datagram(try receive(into: room, flags: Int32(MSG_PEEK), timeout))
    }
  }

  private func receive(
    into room: UnsafeMutableRawBufferPointer, flags: Int32, _ timeout: Duration?
  ) throws -> ev_datagram {
    let deadline = deadline(timeout)
    try begin(.reading, "receive")
    defer { record.end(.reading) }
    var message = ev_datagram()
    message.bytes = room.baseAddress
    message.count = room.count
    _ = try perform(.reading, "receive", until: deadline, timeout) {
      Int(ev_receive_datagram(fileDescriptor, &message, flags))
    }
    return message
  }

  /// Receives what is there, many messages with one system call (recvmmsg); waits for the first.
  ///
  /// ```swift
  /// for message in try socket.receiveMany(upTo: 64, of: 1500) { handle(message) }
  /// ```
  ///
  /// Worth it when messages come faster than they are taken one by one.
  /// - Parameters:
  ///   - count: The most messages, at least 1; of more than 64, 64.
  ///   - size: The most bytes of each. What is longer is cut, and says so.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Returns: at least one, in the order in which they came.
  /// - Throws: as ``receive(upTo:timeout:)``.
  public func receiveMany(
    upTo count: Int, of size: Int, timeout: Duration? = nil
  ) throws -> [Datagram] {
    guard count > 0 else {
      throw HubError.invalidArgument("receiving \(count) messages: at least one is possible")
    }
    let count = min(count, Int(EV_MOST_DATAGRAMS))
    let deadline = deadline(timeout)
    try begin(.reading, "receive")
    defer { record.end(.reading) }
    return try withRoom(for: count, of: size) { room in
      var messages = [ev_datagram](repeating: ev_datagram(), count: count)
      for index in messages.indices {
        messages[index].bytes = room.baseAddress.map { $0 + index * size }
        messages[index].count = size
      }
      let received = try perform(.reading, "receive", until: deadline, timeout) {
        Int(ev_receive_datagrams(fileDescriptor, &messages, Int32(count)))
      }
      return messages[..<received].map(Datagram.init)
    }
  }

  /// Not an array's own storage: that access would stay open across the switch.
  private func withRoom<Result>(
    for count: Int, of size: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) throws -> Result {
    guard size >= 0 else { throw HubError.invalidArgument("messages of \(size) bytes") }
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: count * size, alignment: 16)
    defer { room.deallocate() }
    return try body(room)
  }

  // MARK: Sending

  /// Sends a message; waits for room.
  /// - Parameters:
  ///   - bytes: All of the message; may be empty.
  ///   - address: To whom; nil for the peer of a connected socket.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Throws: ``IOTimeout``; ``/EventletCore/SystemError``, among them EMSGSIZE for a message that
  ///   is too long, EDESTADDRREQ without an address, and `connectionRefused`, see
  ///   ``GreenDatagramSocket``; ``/EventletCore/HubError/closedWhileWaiting(descriptor:)``; what a
  ///   kill or timeout throws. Then the message was not sent.
  ///
  /// In Python: `sendto`.
  public func send(
    _ bytes: [UInt8], to address: SocketAddress? = nil, timeout: Duration? = nil
  ) throws {
    try bytes.withUnsafeBytes { try send($0, to: address, timeout: timeout) }
  }

  /// Sends a string as UTF-8 in one message.
  ///
  /// As for bytes.
  public func send(
    _ text: String, to address: SocketAddress? = nil, timeout: Duration? = nil
  ) throws {
    try send(Array(text.utf8), to: address, timeout: timeout)
  }

  /// Sends a message from memory of the caller's, which must stay as it is until the call returns.
  ///
  /// As for an array.
  public func send(
    _ bytes: UnsafeRawBufferPointer, to address: SocketAddress? = nil, timeout: Duration? = nil
  ) throws {
    let deadline = deadline(timeout)
    try begin(.writing, "send")
    defer { record.end(.writing) }
    var message = ev_datagram()
    message.set(bytes, to: address)
    _ = try transmit(to: address != nil, until: deadline, timeout) {
      Int(ev_send_datagram(fileDescriptor, &message))
    }
  }

  /// Sends many messages with few system calls (sendmmsg), in order; waits for room.
  ///
  /// ```swift
  /// try socket.sendMany(listeners.map { (bytes: news, to: $0) })
  /// ```
  /// - Parameters:
  ///   - messages: Each with its address; nil for the peer of a connected socket.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Throws: as for one. Those before the one that could not be sent were sent, those after it
  ///   not; after a kill or timeout an unknown number was.
  public func sendMany(
    _ messages: [(bytes: [UInt8], to: SocketAddress?)], timeout: Duration? = nil
  ) throws {
    let deadline = deadline(timeout)
    try begin(.writing, "send")
    defer { record.end(.writing) }
    var rest = messages[...]
    while !rest.isEmpty {
      let batch = rest.prefix(Int(EV_MOST_DATAGRAMS))
      rest = rest.dropFirst(Int(EV_MOST_DATAGRAMS))
      try sendBatch(batch, until: deadline, timeout)
    }
  }

  private func sendBatch(
    _ messages: ArraySlice<(bytes: [UInt8], to: SocketAddress?)>, until deadline: Int64,
    _ timeout: Duration?
  ) throws {
    // One piece of memory instead of one array after the other: messages are short.
    let room = UnsafeMutableRawBufferPointer.allocate(
      byteCount: messages.reduce(0) { $0 + $1.bytes.count }, alignment: 16)
    defer { room.deallocate() }
    var list: [ev_datagram] = []
    var used = 0
    for message in messages {
      let place = UnsafeMutableRawBufferPointer(rebasing: room[used..<used + message.bytes.count])
      place.copyBytes(from: message.bytes)
      used += message.bytes.count
      var entry = ev_datagram()
      entry.set(UnsafeRawBufferPointer(place), to: message.to)
      list.append(entry)
    }
    while !list.isEmpty {
      let sent = try transmit(to: list[0].address_length > 0, until: deadline, timeout) {
        Int(ev_send_datagrams(fileDescriptor, &list, Int32(list.count)))
      }
      list.removeFirst(sent)
    }
  }

  /// Makes a call that sends, again when there is room.
  private func transmit(
    to hasAddress: Bool, until deadline: Int64, _ timeout: Duration?, _ call: () -> Int
  ) throws -> Int {
    guard kind.family == .unix, hasAddress else {
      return try perform(.writing, "send", until: deadline, timeout, call)
    }
    // What is full is the line of a peer that this socket is not connected to: nothing will tell
    // when it is not.
    try letOthersRun(.writing, "send", until: deadline, timeout)
    var pauses = Pauses()
    while true {
      let result = call()
      if result >= 0 {
        hasDone()
        return result
      }
      guard ev_errno() == EAGAIN else { throw SystemError(call: "send", subject: subject) }
      try pauses.pause(self, .writing, until: deadline, "send", subject: subject, timeout)
      try requireOpen("send")
    }
  }
}

extension ev_datagram {
  fileprivate mutating func set(_ bytes: UnsafeRawBufferPointer, to address: SocketAddress?) {
    self.bytes = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
    count = bytes.count
    address?.withStorage { storage, length in
      withUnsafeMutableBytes(of: &self.address) {
        $0.copyMemory(from: UnsafeRawBufferPointer(start: storage, count: Int(length)))
      }
      address_length = length
    }
  }
}
