internal import CCurl
internal import CEventletCore
internal import CEventletCurl
internal import EventletCore
internal import EventletNet
internal import Glibc

/// What runs the transfers of one client: a multi handle of libcurl, the set of its sockets, and, as
/// long as there are transfers, a green thread that hands what happens to the sockets to libcurl.
///
/// libcurl is entered by whoever has something to say to it, and by that green thread. Nothing switches
/// inside: what libcurl calls only copies bytes and makes green threads ready. libcurl's own timers are
/// of the kernel's clock, as it reads that itself; all limits that can be set are of the hub's.
final class TransferEngine {
  unowned(unsafe) let hub: Hub
  let configuration: HTTPClient.Configuration
  let sockets: SocketSet
  private let record: DescriptorRecord
  private let multi: UnsafeMutableRawPointer
  private let share: UnsafeMutableRawPointer
  private let forkGeneration = ev_fork_generation()
  private let thread = pthread_self()

  /// Those that libcurl is at.
  @exclusivity(unchecked) private var transfers: [Transfer] = []
  @exclusivity(unchecked) private var idleHandles: [EasyHandle] = []
  /// Those whose sockets the kernel does not watch.
  @exclusivity(unchecked) private var unwatched: [(Transfer, SystemError)] = []
  @exclusivity(unchecked) private var driver: AnyGreenThread?
  /// Whether libcurl wants to be called, whatever its sockets do.
  @exclusivity(unchecked) private var isDue = false
  @exclusivity(unchecked) private(set) var isClosed = false
  /// The hub's clock when libcurl was last entered, which is looked at often.
  @exclusivity(unchecked) private(set) var now: Nanoseconds
  let names: NameTable
  let tls: TLSSetup
  let standingFields: StandingFields

  private static let mostIdleHandles = 128

  init(_ configuration: HTTPClient.Configuration) throws {
    CurlLibrary.prepare()
    hub = Hub.current
    now = hub.now
    self.configuration = configuration
    names = NameTable(configuration.resolver)
    tls = try TLSSetup(configuration.tls)
    standingFields = try StandingFields(configuration)
    sockets = try SocketSet()
    record = hub.own(sockets.descriptor)
    (multi, share) = Self.makeHandles()
    prepareHandles()
  }

  deinit { if isOpen() { closeHandles() } }

  private static func makeHandles() -> (UnsafeMutableRawPointer, UnsafeMutableRawPointer) {
    let (multi, share) = (curl_multi_init(), curl_share_init())
    require(multi != nil && share != nil, "HTTPClient: no memory for the handles of libcurl")
    return (multi.unsafelyUnwrapped, share.unsafelyUnwrapped)
  }

  private func prepareHandles() {
    // SAFETY: libcurl calls while it is called, and only the engine calls it.
    let engine = Unmanaged.passUnretained(self).toOpaque()
    let watch: curl_socket_callback = { easy, socket, what, engine, _ in
      TransferEngine.at(engine)._withUnsafeGuaranteedRef { $0.watch(socket, what, of: easy) }
      return 0
    }
    let schedule: curl_multi_timer_callback = { _, milliseconds, engine in
      TransferEngine.at(engine)._withUnsafeGuaranteedRef { $0.schedule(after: milliseconds) }
      return 0
    }
    set(CURLMOPT_SOCKETFUNCTION, watch)
    set(CURLMOPT_TIMERFUNCTION, schedule)
    set(CURLMOPT_SOCKETDATA, engine)
    set(CURLMOPT_TIMERDATA, engine)
    set(CURLMOPT_MAX_HOST_CONNECTIONS, configuration.connectionsPerHost ?? 0)
    set(CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.connections ?? 0)
    set(CURLMOPT_MAXCONNECTS, max(1, configuration.idleConnections))
    ev_curl_share(share, Int32(CURL_LOCK_DATA_SSL_SESSION.rawValue))
    if configuration.cookies == .jar { ev_curl_share(share, Int32(CURL_LOCK_DATA_COOKIE.rawValue)) }
  }

  static func at(_ pointer: UnsafeMutableRawPointer?) -> Unmanaged<TransferEngine> {
    Unmanaged.fromOpaque(UnsafeRawPointer(pointer.unsafelyUnwrapped))
  }

  private func set<Function>(_ option: CURLMoption, _ function: Function) {
    ev_curl_multi_set_function(
      multi, Int32(bitPattern: option.rawValue),
      unsafeBitCast(function, to: (@convention(c) () -> Void).self))
  }

  private func set(_ option: CURLMoption, _ pointer: UnsafeMutableRawPointer) {
    ev_curl_multi_set_pointer(multi, Int32(bitPattern: option.rawValue), pointer)
  }

  private func set(_ option: CURLMoption, _ value: Int) {
    ev_curl_multi_set_long(multi, Int32(bitPattern: option.rawValue), value)
  }

  /// How many transfers there are.
  var transferCount: Int { transfers.count }

  // MARK: Forks and the end

  /// Whether libcurl may be entered: it is not closed, and not the parent's.
  ///
  /// Comes before everything that enters it. What a forked child finds is given up at the first look, and
  /// nothing is said on the connections: a byte from here would be in the middle of what the parent says.
  /// The set of their descriptors in the kernel is the parent's too.
  func isOpen() -> Bool {
    if !isClosed, forkGeneration != ev_fork_generation() { giveUpInChild() }
    return !isClosed
  }

  /// A response, too, belongs to the hub of its client.
  func checkThread() {
    require(
      pthread_equal(thread, pthread_self()) != 0,
      "a response of an HTTPClient was used on another OS thread than that of its hub")
  }

  private func giveUpInChild() {
    isClosed = true
    sockets.closeAllInChild()
    let all = transfers
    transfers = []
    for transfer in all { transfer.endInChild() }
    record.detach(leavesOpen: true)
  }

  /// Ends all transfers, and closes all connections.
  func close() {
    guard isOpen() else { return }
    for transfer in transfers { remove(transfer, because: transfer.error(.clientClosed)) }
    isClosed = true
    closeHandles()
  }

  private func closeHandles() {
    idleHandles = []
    curl_multi_cleanup(multi)
    curl_share_cleanup(share)
    record.detach(leavesOpen: true)
  }

  // MARK: Transfers

  /// A handle that is set up as the client's configuration says.
  func takeHandle() throws(HTTPClientError) -> EasyHandle {
    require(!isClosed, "HTTPClient: a transfer of an engine that is closed")
    if let handle = idleHandles.popLast() { return handle }
    let handle = makeHandle()
    try HandleSetup.apply(configuration, to: handle, of: self)
    return handle
  }

  private func makeHandle() -> EasyHandle {
    let handle = EasyHandle()
    handle.set(CURLOPT_SHARE, share)
    return handle
  }

  /// Begins a transfer.
  func start(_ transfer: Transfer) {
    guard let handle = transfer.handle else { return }
    transfer.index = transfers.count
    transfers.append(transfer)
    let code = curl_multi_add_handle(multi, handle.pointer)
    require(code == CURLM_OK, "HTTPClient: libcurl takes no handle: \(code.rawValue)")
    goOn()
    if driver == nil, !transfers.isEmpty {
      // It serves everybody, and outlives who comes first.
      driver = GreenThread.spawnServant(name: "HTTP client") { [self] in try drive() }
    }
  }

  /// Gives up a transfer, if it has not ended: then its connection is of no use any more.
  func remove(_ transfer: Transfer, because error: any Error) {
    guard isOpen(), let handle = transfer.handle else { return }
    takeOut(transfer, handle)
    transfer.end(error)
    endDriverIfIdle()
  }

  /// Gives up a transfer whose time is over.
  func expire(_ transfer: Transfer, _ error: HTTPClientTimeout) {
    guard isOpen() else { return }
    let begin = hub.now - error.limit.nanoseconds
    let followers = error.isWhole ? [] : followers(of: transfer, since: begin)
    remove(transfer, because: error)
    for follower in followers {
      remove(
        follower,
        because: HTTPClientTimeout(
          phase: error.phase, isWhole: false, limit: error.limit, url: follower.request.url.text))
    }
    goOn()
  }

  /// Those that wait for its connection, and have done so for as long: each in its turn would begin one of
  /// its own, and wait for that as long in vain.
  private func followers(of leader: Transfer, since begin: Nanoseconds) -> [Transfer] {
    guard leader.isMakingConnection, leader.request.multiplexes else { return [] }
    return transfers.filter {
      $0.phase == .queued && $0.since <= begin && $0.request.sharesConnections(with: leader.request)
    }
  }

  /// Out of libcurl and the list.
  private func takeOut(_ transfer: Transfer, _ handle: EasyHandle) {
    let last = transfers.removeLast()
    if last !== transfer {
      transfers[transfer.index] = last
      last.index = transfer.index
    }
    curl_multi_remove_handle(multi, handle.pointer)
    transfer.giveBackHandle()
    if idleHandles.count < Self.mostIdleHandles { idleHandles.append(handle) }
  }

  /// Lets libcurl go on with what it can without waiting, and sees what has ended.
  func goOn() {
    if isDue { now = hub.now }
    while isDue {
      isDue = false
      act(on: CURL_SOCKET_TIMEOUT, 0)
    }
    collectEnded()
  }

  private func act(on socket: Int32, _ events: Int32) {
    var running: Int32 = 0
    let code = curl_multi_socket_action(multi, socket, events, &running)
    require(code == CURLM_OK, "HTTPClient: libcurl fails: CURLMcode \(code.rawValue)")
  }

  private func collectEnded() {
    var code: Int32 = 0
    while let easy = ev_curl_multi_next_ended(multi, &code) {
      guard let transfer = Transfer.of(easy), let handle = transfer.handle else { continue }
      transfer.noteEnd(CURLcode(rawValue: UInt32(bitPattern: code)))
      takeOut(transfer, handle)
      transfer.announceEnd()
    }
    while let (transfer, error) = unwatched.popLast() {
      remove(transfer, because: transfer.error(.outOfMemory, detail: "\(error)"))
    }
    if transfers.isEmpty { endDriverIfIdle() }
  }

  // MARK: Cookies

  /// Those that there are, as libcurl writes them; also of an engine that was given up.
  func cookieLines() -> [String] { makeHandle().list(CURLINFO_COOKIELIST) }

  /// Hands lines over to libcurl, or what it has instead of one.
  func setCookies(_ lines: [String]) {
    let handle = makeHandle()
    for line in lines { handle.set(CURLOPT_COOKIELIST, line) }
  }

  // MARK: What libcurl calls

  private func watch(_ socket: Int32, _ what: Int32, of easy: UnsafeMutableRawPointer?) {
    let transfer = what == CURL_POLL_REMOVE ? nil : easy.flatMap(Transfer.of)
    if let error = sockets.watch(socket, for: what), let transfer {
      // It cannot be taken out while libcurl is calling.
      unwatched.append((transfer, error))
    }
    transfer?.noteWait(socket)
  }

  private func schedule(after milliseconds: Int) {
    if milliseconds == 0 { isDue = true } else { sockets.setTimer(afterMilliseconds: milliseconds) }
  }

  // MARK: The driver

  /// What it is woken with when there is nothing left to do.
  private struct NothingToDo: Error {}

  private func endDriverIfIdle() {
    guard transfers.isEmpty, let driver, driver.state == .parked else { return }
    driver.interruptLater(NothingToDo())
  }

  private func drive() throws {
    do {
      while !transfers.isEmpty {
        do { try driveUntilIdle() } catch is NothingToDo {}
      }
      driver = nil
    } catch {
      driver = nil
      // Closed meanwhile, or the parent's.
      guard isOpen() else { return }
      // Whoever kills it ends what it drives.
      for transfer in transfers { remove(transfer, because: transfer.error(.abandoned)) }
      throw error
    }
  }

  private func driveUntilIdle() throws {
    // A forked child has the driver too, and hears of the parent's connections until it has looked.
    while isOpen(), !transfers.isEmpty {
      let found = record.isReadable ? handleReady() : 0
      goOn()
      if found > 0 {
        // Those that were woken take what has come before there is more of it.
        try GreenThread.yield()
      } else if !transfers.isEmpty {
        record.usedUpReading()
        _ = try record.wait(for: .reading, until: .never)
      }
    }
  }

  private func handleReady() -> Int {
    now = hub.now
    return sockets.forEachReady { socket, events in
      act(on: socket < 0 ? CURL_SOCKET_TIMEOUT : socket, events)
    }
  }
}
