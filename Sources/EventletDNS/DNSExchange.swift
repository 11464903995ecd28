internal import CAres
internal import EventletCore
internal import EventletNet

/// One question and its answer: a channel of c-ares that the hub drives.
///
/// A channel of its own, because c-ares 1.18 can cancel all questions of a channel and not one of
/// them. So each question has its own random identifier and source port too, and whoever ends the
/// green thread that asks gives back everything at once.
final class DNSExchange {
  private let channel: ares_channel
  private let question: DNSQuestion

  /// Opens the channel; asks nothing yet.
  init(_ question: DNSQuestion, _ servers: DNSServers) throws {
    self.question = question
    do { channel = try servers.makeChannel() } catch let error as NameError {
      // Of what was asked for, and not of the servers.
      throw NameError(question.name, error.reason)
    }
  }

  deinit {
    // Calls back if there is no answer yet, which finds nobody: see `run`.
    ares_destroy(channel)
  }

  /// Asks one server after the other until one answers: what is true of the name, not of the
  /// server.
  ///
  /// c-ares goes on to the next one by itself when a server is silent or gone. When one says that
  /// it failed or refuses, c-ares 1.18 would do so too and forget why, so that is done here.
  static func ask(
    _ question: DNSQuestion, _ servers: DNSServers
  ) throws -> (message: [UInt8], reason: NameError.Reason?) {
    var servers = servers
    if servers.servers.isEmpty {
      throw NameError(question.name, .other("there is no name server to ask"))
    }
    var failure: NameError?
    while true {
      do { return try DNSExchange(question, servers).run() } catch let error as NameError {
        let first = failure ?? error
        failure = first
        guard [.serverFailure, .refused].contains(error.reason), servers.servers.count > 1 else {
          throw first
        }
        servers.servers.removeFirst()
      }
    }
  }

  /// Asks, and waits for the end.
  ///
  /// A kill or timeout gives up the question.
  func run() throws -> (message: [UInt8], reason: NameError.Reason?) {
    let outcome = try waitForOutcome()
    switch outcome.status {
    case ARES_SUCCESS: return (outcome.message, nil)
    // With a message: it says for how long that holds.
    case ARES_ENOTFOUND where !outcome.message.isEmpty: return (outcome.message, .notFound)
    case ARES_ENODATA where !outcome.message.isEmpty: return (outcome.message, .noData)
    default: throw NameError(question.name, CAresLibrary.reason(outcome.status))
    }
  }

  private func waitForOutcome() throws -> (status: Int32, message: [UInt8]) {
    let box = OutcomeBox()
    // SAFETY: c-ares calls back once, within one of its calls below or, at the latest, in
    // `ares_destroy`, and that gives the box back.
    ares_query(
      channel, question.name, 1, Int32(question.type),
      { retainedBox, status, _, bytes, count in
        guard let retainedBox else { return }
        let message = UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : Int(count))
        Unmanaged<OutcomeBox>.fromOpaque(retainedBox).takeRetainedValue().outcome = (
          status, Array(message)
        )
      }, Unmanaged.passRetained(box).toOpaque())
    if let outcome = box.outcome { return outcome }
    while true {
      try waitForEvent()
      if let outcome = box.outcome { return outcome }
      // Who sends rubbish as fast as we read does not get the hub for itself.
      try GreenThread.yield()
    }
  }

  /// Until one of the channel's descriptors is ready, or c-ares has a server to give up.
  private func waitForEvent() throws {
    let event = try waitForFirst(of: cases())
    ares_process_fd(channel, event.readable, event.writable)
  }

  /// What c-ares waits for.
  private func cases() -> [WaitCase<(readable: ares_socket_t, writable: ares_socket_t)>] {
    var sockets = [ares_socket_t](repeating: -1, count: Int(ARES_GETSOCK_MAXNUM))
    let interest = ares_getsock(channel, &sockets, ARES_GETSOCK_MAXNUM)
    var cases: [WaitCase<(readable: ares_socket_t, writable: ares_socket_t)>] = []
    for (index, socket) in sockets.enumerated() {
      if interest & (1 << Int32(index)) != 0 {
        cases.append(.readable(socket) { (socket, -1) })
      }
      if interest & (1 << Int32(index + Int(ARES_GETSOCK_MAXNUM))) != 0 {
        cases.append(.writable(socket) { (-1, socket) })
      }
    }
    var time = timeval()
    if ares_timeout(channel, nil, &time) != nil {
      cases.append(.timeout(.seconds(time.tv_sec) + .microseconds(time.tv_usec)) { (-1, -1) })
    }
    return cases
  }
}

/// Where c-ares' call goes, whoever is there to take it.
private final class OutcomeBox {
  /// Its status, and the message if there was one.
  var outcome: (status: Int32, message: [UInt8])?
}
