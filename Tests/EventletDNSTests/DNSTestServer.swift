import EventletCore
import EventletNet
import EventletTesting
import Glibc

/// A record as it goes over the wire.
struct WireRecord {
  var name: String
  var type: UInt16
  var lifetime: UInt32 = 300
  var data: [UInt8]

  static func a(_ name: String, _ address: IPAddress, lifetime: UInt32 = 300) -> WireRecord {
    WireRecord(
      name: name, type: address.family == .ipv4 ? 1 : 28, lifetime: lifetime, data: address.bytes)
  }

  /// A record whose data is a name: CNAME, NS, PTR.
  static func name(
    _ name: String, _ type: UInt16, _ target: String, lifetime: UInt32 = 300
  ) -> WireRecord {
    WireRecord(name: name, type: type, lifetime: lifetime, data: encode(target))
  }

  static func encode(_ name: String) -> [UInt8] {
    name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
  }

  static func bytes(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xff)] }

  static func bytes(_ number: UInt32) -> [UInt8] {
    bytes(UInt16(number >> 16)) + bytes(UInt16(number & 0xffff))
  }

  var bytes: [UInt8] {
    Self.encode(name) + Self.bytes(type) + Self.bytes(UInt16(1)) + Self.bytes(lifetime)
      + Self.bytes(UInt16(data.count)) + data
  }
}

/// What a client asked.
struct WireQuery {
  let bytes: [UInt8]
  let name: String
  let type: UInt16
  let isTCP: Bool
  let port: UInt16

  init(_ bytes: [UInt8], isTCP: Bool, port: UInt16) {
    self.bytes = bytes
    self.isTCP = isTCP
    self.port = port
    var labels: [String] = []
    var position = 12
    while bytes[position] != 0 {
      let end = position + 1 + Int(bytes[position])
      labels.append(String(decoding: bytes[position + 1..<end], as: UTF8.self))
      position = end
    }
    name = labels.joined(separator: ".")
    type = UInt16(bytes[position + 1]) << 8 | UInt16(bytes[position + 2])
  }

  var identifier: UInt16 { UInt16(bytes[0]) << 8 | UInt16(bytes[1]) }
  var hasExtension: Bool { bytes[11] == 1 }
  /// `name type`, for comparing.
  var text: String { "\(name) \(type)" }

  func reply(
    code: UInt8 = 0, _ answers: [WireRecord] = [], authorities: [WireRecord] = [],
    isTruncated: Bool = false, identifier: UInt16? = nil, question: String? = nil
  ) -> [UInt8] {
    WireRecord.bytes(identifier ?? self.identifier) + [0x81 | (isTruncated ? 2 : 0), 0x80 | code]
      + [0, 1] + WireRecord.bytes(UInt16(answers.count))
      + WireRecord.bytes(UInt16(authorities.count)) + [0, 0] + WireRecord.encode(question ?? name)
      + WireRecord.bytes(type) + [0, 1] + (answers + authorities).flatMap(\.bytes)
  }
}

/// A name server on loopback, by UDP and TCP, that answers as a test has it.
final class DNSTestServer {
  let address: SocketAddress
  /// What was asked, in order.
  private(set) var queries: [WireQuery] = []
  /// The messages to send back, each after the other; may wait.
  var answer: (WireQuery) throws -> [[UInt8]]
  /// Sends a TCP answer; the whole of it, by default.
  var sendByTCP: (GreenSocket, [UInt8]) throws -> Void = { try $0.sendAll($1) }
  /// From here what comes from elsewhere is sent.
  private let datagrams: Int32
  private let listener: GreenSocket
  private var threads: [AnyGreenThread] = []

  init(_ answer: @escaping (WireQuery) throws -> [[UInt8]]) throws {
    self.answer = answer
    while true {
      let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
      let address = try listener.localAddress
      // The same port for datagrams, unless somebody else has that.
      guard let datagrams = Self.bindDatagrams(to: address.port) else {
        listener.close()
        continue
      }
      self.listener = listener
      self.address = address
      self.datagrams = datagrams
      break
    }
    threads = [
      GreenThread.spawnDiscarding(name: "dns by udp") { [unowned self] in try serveDatagrams() },
      GreenThread.spawnDiscarding(name: "dns by tcp") { [unowned self] in try serveStreams() },
    ]
  }

  /// A server that knows these records, follows aliases, and says so of everything else.
  convenience init(zone: [WireRecord], absence: UInt32 = 60) throws {
    try self.init { query in [Self.reply(to: query, zone, absence)] }
  }

  static func reply(to query: WireQuery, _ zone: [WireRecord], _ absence: UInt32 = 60) -> [UInt8] {
    var answers: [WireRecord] = []
    var name = query.name
    while let alias = zone.first(where: { $0.name == name && $0.type == 5 }), query.type != 5 {
      answers.append(alias)
      name = String(decoding: alias.data.dropFirst().dropLast(), as: UTF8.self)
      name = String(name.map { $0.isASCII && !$0.isLetter && !$0.isNumber && $0 != "-" ? "." : $0 })
    }
    let found = zone.filter { $0.name == name && $0.type == query.type }
    if !found.isEmpty { return query.reply(answers + found) }
    let start = WireRecord(
      name: "test", type: 6, lifetime: absence,
      data: WireRecord.encode("ns.test") + WireRecord.encode("admin.test")
        + (1...5).flatMap { WireRecord.bytes(UInt32($0 == 5 ? absence : 1)) })
    let exists = zone.contains { $0.name == name }
    return query.reply(code: exists ? 0 : 3, answers, authorities: [start])
  }

  private static func bindDatagrams(to port: UInt16) -> Int32? {
    let flags = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = socket(AF_INET, flags, 0)
    var here = IPAddress("127.0.0.1").storage(port: port)
    let result = withUnsafePointer(to: &here) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, 16) }
    }
    if result == 0 { return descriptor }
    close(descriptor)
    return nil
  }

  func stop() {
    for thread in threads { thread.interruptLater(GreenThreadExit()) }
    for thread in threads { thread.cancel() }
    listener.close()
    Hub.current.notifyClose(datagrams)
    close(datagrams)
  }

  // MARK: UDP

  private func serveDatagrams() throws {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      var peer = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let count = withUnsafeMutablePointer(to: &peer) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          recvfrom(datagrams, &buffer, buffer.count, 0, $0, &length)
        }
      }
      if count < 0 {
        do { _ = try Hub.current.waitUntilReadable(datagrams) } catch is HubError { return }
        continue
      }
      let port = UInt16(
        bigEndian: withUnsafeBytes(of: &peer) { $0.load(fromByteOffset: 2, as: UInt16.self) })
      let query = WireQuery(Array(buffer[..<count]), isTCP: false, port: port)
      queries.append(query)
      // Each by itself: one that takes its time holds up nobody.
      threads.append(
        GreenThread.spawnDiscarding { [unowned self] in
          for message in try answer(query) { send(message, to: port, from: datagrams) }
        })
    }
  }

  private func send(_ message: [UInt8], to port: UInt16, from descriptor: Int32) {
    var there = IPAddress("127.0.0.1").storage(port: port)
    withUnsafePointer(to: &there) {
      _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, message, message.count, 0, $0, 16)
      }
    }
  }

  /// Sends from another port than the server's.
  func sendFromElsewhere(_ message: [UInt8], to port: UInt16) {
    let other = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(other) }
    send(message, to: port, from: other)
  }

  // MARK: TCP

  private func serveStreams() throws {
    do {
      try serve(listener) { [unowned self] client, peer in
        while true {
          let size: [UInt8]
          do { size = try client.reader.read(exactly: 2) } catch is UnexpectedEnd { return }
          let bytes = try client.reader.read(exactly: Int(size[0]) << 8 | Int(size[1]))
          let query = WireQuery(bytes, isTCP: true, port: peer.port)
          queries.append(query)
          for message in try answer(query) {
            try sendByTCP(client, WireRecord.bytes(UInt16(message.count)) + message)
          }
        }
      }
    } catch HubError.closedWhileWaiting {
    } catch SystemError.badDescriptor {}
  }
}
