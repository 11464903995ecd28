// swift-format-ignore-file

// Spellings that no rename alone turns into code that compiles: Python takes a number of seconds,
// arguments for the function, or a flag. See scripts/python-names.

import Eventlet
import EventletTLS
import EventletWebSocket

func handle(_ number: Int, _ text: String) -> Int { number }

func greenThreadsInPython(thread: GreenThread<Int>, error: any Error) throws {
  spawn_n(handle, 1, "a")  // expected-error {{'GreenThread.spawnDiscarding(_:)'}} {{3-10=GreenThread.spawnDiscarding}}
  spawn_after(1, handle, 1, "a")  // expected-error {{'spawn(after:_:)'}} {{3-14=spawn}}
  spawn_after(0.5) { 2 }  // expected-error {{'spawn(after:_:)'}} {{3-14=spawn}} {{15-15=after: }}
  spawn_after_local(0.5) { 2 }  // expected-error {{'GreenThread.spawnLocal(after:_:)'}} {{3-20=GreenThread.spawnLocal}} {{21-21=after: }}
  try GreenThread.sleep(1)  // expected-error {{'sleep(for:)'}} {{25-25=for: }}
  try eventlet.sleep(1)  // expected-error {{without 'eventlet.'}} expected-error {{'GreenThread.sleep(for:)'}} {{7-21=GreenThread.sleep}} {{22-22=for: }}
  _ = corolocal.local()  // expected-error {{is GreenLocal}} expected-error {{write GreenLocal(initialValue)}}
}

func hubInPython(hub: Hub) throws {
  try use_hub("poll")  // expected-error {{'Hub.use(_:)'}} {{7-14=Hub.use}}
  try hubs.use_hub("poll")  // expected-error {{members of Hub}} expected-error {{'Hub.use(_:)'}} {{7-19=Hub.use}}
  try trampoline(3, read: true)  // expected-error {{use Hub.current.waitUntilReadable(_:timeout:)}}
  try trampoline(3, write: true, timeout: .seconds(1))  // expected-error {{use Hub.current.waitUntilWritable(_:timeout:)}}
  try hubs.trampoline(3, read: true, timeout: .seconds(1))  // expected-error {{members of Hub}} expected-error {{use Hub.current.waitUntilReadable(_:timeout:)}}
  try hubs.trampoline(3, write: true)  // expected-error {{members of Hub}} expected-error {{use Hub.current.waitUntilWritable(_:timeout:)}}
  hub.schedule_call_global(1) {}  // expected-error {{'schedule(after:_:)'}} {{7-27=schedule}} {{28-28=after: }}
  hub.schedule_call_local(1) {}  // expected-error {{'scheduleLocal(after:_:)'}} {{7-26=scheduleLocal}} {{27-27=after: }}
  debug.hub_blocking_detection(true, 0.5)  // expected-error {{members of Debug}} expected-error {{use Debug.blockingDetection(after:)}}
  debug.hub_listener_stacks(true)  // expected-error {{members of Debug}} expected-error {{use Debug.formatHubListeners(stacks: true)}}
  debug.hub_exceptions(false)  // expected-error {{members of Debug}} expected-error {{set Hub.current.onUncaughtError}}
}

func timeoutsInPython(error: any Error) throws {
  _ = Timeout(1)  // expected-error {{'init(after:throwing:)'}} {{15-15=after: }}
  _ = Timeout(0.5, error)  // expected-error {{'init(after:throwing:)'}} {{15-15=after: }} {{20-20=throwing: }}
  _ = Timeout(1, false)  // expected-error {{use Timeout.silently(after:_:)}}
  try with_timeout(1) {}  // expected-error {{'withTimeout(_:_:)'}} {{7-19=withTimeout}}
  _ = try with_timeout(1, timeout_value: 0) { 2 }  // expected-error {{'withTimeout(_:default:_:)'}} {{11-23=withTimeout}} {{27-40=default}}
  _ = is_timeout(error)  // expected-error {{write error is any TimeoutError}}
  _ = wrap_is_timeout(GreenThreadExit.self)  // expected-error {{conform the error to TimeoutError}}
}

func eventsInPython(event: Event<Int>) throws {
  _ = try event.poll(0)  // expected-error {{write poll() ?? notReady}}
  _ = try event.poll_result()  // expected-error {{use hasResult and poll()}}
  _ = try event.poll_exception()  // expected-error {{use hasError and poll()}}
}

func queuesInPython(queue: Queue<Int>) throws {
  try queue.put(1, block: false)  // expected-error {{use putNoWait(_:), or put(_:timeout:) to wait}}
  _ = try queue.get(block: true, timeout: .seconds(1))  // expected-error {{use getNoWait(), or get(timeout:) to wait}}
  do { try queue.put(1) } catch is Full {}  // expected-error 2 {{catch QueueError.full}}
  do { _ = try queue.get() } catch is Empty {}  // expected-error 2 {{catch QueueError.empty}}
}

func semaphoresInPython(bounded: BoundedSemaphore, capped: CappedSemaphore) throws {
  _ = try bounded.acquire(blocking: false)  // expected-error {{use acquireNoWait(), or acquire(timeout:) to wait}}
  _ = try capped.acquire(blocking: false)  // expected-error {{use acquireNoWait(), or acquire(timeout:) to wait}}
  _ = try capped.release(blocking: false)  // expected-error {{use releaseNoWait(), or release(timeout:) to wait}}
}

func threadPoolInPython() throws {
  _ = tpool.Proxy([1])  // expected-error {{members of ThreadPool}}
  _ = try tpool.execute(handle, 1, "a")  // expected-error {{members of ThreadPool}} expected-error {{write ThreadPool.execute { function(arguments) }}}
}

func locksInPython(lock: Lock, again: RLock) throws {
  _ = try lock.acquire(blocking: false)  // expected-error {{use acquireNoWait(), or acquire(timeout:) to wait}}
  _ = try again.acquire(blocking: true, timeout: .seconds(1))  // expected-error {{use acquireNoWait(), or acquire(timeout:) to wait}}
}

func poolsInPython(green: GreenPool, pool: Pool<Int>, tuples: [(Int, String)]) throws {
  try green.spawn_n(handle, 1, "a")  // expected-error {{'spawnDiscarding(_:)'}} {{13-20=spawnDiscarding}}
  try green.spawn(handle, 1, "a")  // expected-error {{write spawn { function(argument) }}}
  _ = green.imap(handle, [1, 2], ["a", "b"])  // expected-error {{the inputs come first: imap(inputs, applying: function)}}
  _ = green.starmap(handle, tuples)  // expected-error {{the input comes first: starmap(tuples, applying: function)}}
  _ = try Pool(order_as_stack: true) { 2 }  // expected-error {{use order: .lifo}}
  pool.current_size -= 1  // expected-error {{use discard(_:) for an item that is not put back}}
}

func dagPoolsInPython(dag: DAGPool<String, Int>) throws {
  try dag.post("a", 1)  // expected-error {{write post(value, for: key)}}
  try dag.post("a", 1, replace: true)  // expected-error {{write post(value, for: key, replacing: true)}}
  _ = try dag.get("a")  // expected-error {{write pool[key]}}
  _ = try dag.get("a", 2)  // expected-error {{write pool[key, default: value]}}
  do { try dag.waitAll() } catch is Collision {}  // expected-error 2 {{catch DAGPoolError.collision}}
}

func socketsInPython(socket: GreenSocket, address: SocketAddress) throws {
  _ = socket.connect_ex(address)  // expected-error {{use connect(to:), whose errors have the number as errno}}
  _ = try eventlet.listen(("127.0.0.1", 6000))  // expected-error {{without 'eventlet.'}} expected-error {{'GreenSocket.listen(on:)'}} {{11-26=GreenSocket.listen}} {{27-27=on: }}
  _ = try eventlet.connect(("127.0.0.1", 6000))  // expected-error {{without 'eventlet.'}} expected-error {{'GreenSocket.connect(to:)'}} {{11-27=GreenSocket.connect}} {{28-28=to: }}
  _ = try create_connection(("localhost", 80))  // expected-error {{use GreenSocket.connect(toHost:port:timeout:)}}
  _ = try create_connection(("localhost", 80), 1)  // expected-error {{use GreenSocket.connect(toHost:port:timeout:)}}
  _ = try create_connection(("localhost", 80), timeout: 1)  // expected-error {{use GreenSocket.connect(toHost:port:timeout:)}}
  _ = try greendns.resolve("a")  // expected-error {{members of Hub.current.resolver}} expected-error {{use Hub.current.resolver.resolve(_:family:timeout:)}}
  _ = try greendns.resolve_cname("a")  // expected-error {{members of Hub.current.resolver}} expected-error {{use query(.cname, name) of a DNSResolver}}
  _ = try greendns.getaliases("a")  // expected-error {{members of Hub.current.resolver}} expected-error {{use Hub.current.resolver.lookUp(_:family:timeout:).aliases}}
  _ = try greendns.getaddrinfo("a", 80)  // expected-error {{members of Hub.current.resolver}} expected-error {{use Hub.current.resolver.addressInfo(host:service:)}}
  _ = try greendns.gethostbyname("a")  // expected-error {{members of Hub.current.resolver}} expected-error {{use Hub.current.resolver.resolve(_:family:timeout:)}}
  _ = try greendns.gethostbyname_ex("a")  // expected-error {{members of Hub.current.resolver}} expected-error {{use Hub.current.resolver.lookUp(_:family:timeout:)}}
  _ = try greendns.getnameinfo(("::1", 80), 0)  // expected-error {{members of Hub.current.resolver}} expected-error {{use Hub.current.resolver.nameInfo(of:options:timeout:)}}
  _ = greendns.is_ip_addr("a")  // expected-error {{members of Hub.current.resolver}} expected-error {{write IPAddress(parsing: text) != nil}}
  _ = greendns.is_ipv4_addr("a")  // expected-error {{members of Hub.current.resolver}} expected-error {{write IPAddress(parsing: text)?.family == .ipv4}}
  _ = greendns.is_ipv6_addr("a")  // expected-error {{members of Hub.current.resolver}} expected-error {{write IPAddress(parsing: text)?.family == .ipv6}}
  greendns.reset()  // expected-error {{members of Hub.current.resolver}} expected-error {{use clear() of the DNSResolver}}
  socket.settimeout(1)  // expected-error {{'timeout'}} {{10-20=timeout}} {{20-21= = }} {{22-23=}}
  socket.setblocking(false)  // expected-error {{set timeout: nil waits for ever, zero not at all}}
  _ = socket.makefile("rb")  // expected-error {{use reader, and sendAll(_:) for writing}}
}

// Names that are the same, or renamed, without the module in front of them.
func unprefixed(server: GreenSocket, error: any Error) throws {
  _ = eventlet.Event<Int>()  // expected-error {{without 'eventlet.'}}
  _ = eventlet.Queue<Int>()  // expected-error {{without 'eventlet.'}}
  _ = eventlet.Semaphore()  // expected-error {{without 'eventlet.'}}
  _ = eventlet.BoundedSemaphore()  // expected-error {{without 'eventlet.'}}
  _ = eventlet.CappedSemaphore(count: 1, limit: 2)  // expected-error {{without 'eventlet.'}}
  _ = eventlet.Timeout(after: .seconds(1))  // expected-error {{without 'eventlet.'}}
  _ = eventlet.GreenPool(size: 1)  // expected-error {{without 'eventlet.'}}
  _ = eventlet.GreenPile<Int>(size: 1)  // expected-error {{without 'eventlet.'}}
  eventlet.spawn { 2 }  // expected-error {{without 'eventlet.'}}
  eventlet.spawn(handle, 1, "a")  // expected-error {{without 'eventlet.'}}
  eventlet.spawn_after(1) { 2 }  // expected-error {{without 'eventlet.'}}
  try eventlet.with_timeout(1) {}  // expected-error {{without 'eventlet.'}}
  _ = eventlet.is_timeout(error)  // expected-error {{without 'eventlet.'}}
  try eventlet.serve(server) { client, address in }  // expected-error {{without 'eventlet.'}} expected-error {{use serve(_:concurrency:_:)}}
  throw eventlet.StopServe()  // expected-error {{without 'eventlet.'}}
}

// A free function of ours that had its name from libc, even an unavailable one, would change what
// a bare call means. There is none.
func libc() {
  sleep(1)  // expected-error {{cannot find 'sleep' in scope}}
  connect()  // expected-error {{cannot find 'connect' in scope}}
  listen()  // expected-error {{cannot find 'listen' in scope}}
  accept()  // expected-error {{cannot find 'accept' in scope}}
  read()  // expected-error {{cannot find 'read' in scope}}
  write()  // expected-error {{cannot find 'write' in scope}}
  select()  // expected-error {{cannot find 'select' in scope}}
  poll()  // expected-error {{cannot find 'poll' in scope}}
  send()  // expected-error {{cannot find 'send' in scope}}
  recv()  // expected-error {{cannot find 'recv' in scope}}
  kill()  // expected-error {{cannot find 'kill' in scope}}
}

func processesInPython(process: GreenProcess, file: GreenFile) throws {
  try process.terminate()  // expected-error {{use kill(), which sends SIGTERM, or end(within:)}}
  try file.flush()  // expected-error {{nothing is held back; sync() has it get to the disk}}
}

func tlsInPython(socket: GreenSocket, server: TLSServerContext) throws {
  _ = try wrap_ssl(socket)  // expected-error {{use TLSSocket.connect(to:serverName:), wrap(_:) of a context, or TLSListener}}
  _ = try eventlet.wrap_ssl(socket)  // expected-error {{without 'eventlet.'}} expected-error {{use TLSSocket.connect(to:serverName:), wrap(_:) of a context, or TLSListener}}
  _ = try server.wrap_socket(socket, server_side: true)  // expected-error {{use wrap(_:), or TLSListener for a listening socket}}
  _ = SSLContext()  // expected-error {{use TLSClientContext or TLSServerContext}} expected-error {{with a configuration}}
}

func webSocketsInPython(socket: WebSocket) throws {
  _ = WebSocketWSGI { socket in }  // expected-error {{use webSocket(_:origins:configuration:_:) of a Router}}
  _ = WebSocketWSGI.configured({ socket in }, supported_protocols: ["chat"])  // expected-error {{use webSocket(_:origins:configuration:_:) of a Router}}
  try socket.send("part", final: false)  // expected-error {{use sendPieces(_:_:)}}
  try socket.send("part", continuation: true)  // expected-error {{use sendPieces(_:_:)}}
  try socket.send([1], control_code: 9)  // expected-error {{use ping(_:timeout:)}}
  try socket.close((1000, "bye"))  // expected-error {{use close(_:reason:)}}
  _ = socket.websocket_closed  // expected-error {{use end, which is nil while the connection is open}}
  _ = socket.path  // expected-error {{the handler is given the request: its path}}
  _ = socket.origin  // expected-error {{the handler is given the request: its field 'Origin'}}
  _ = socket.environ  // expected-error {{the handler is given the request}}
}
