// swift-format-ignore-file

// What someone who knows Eventlet would type, and what the compiler must answer: the new name, and
// fix-its as {{columns=text}} that leave code which compiles. See scripts/python-names.

import Eventlet
import EventletTLS
import EventletWebSocket

func greenThreads(thread: GreenThread<Int>, error: any Error) throws {
  spawn_n {}  // expected-error {{'GreenThread.spawnDiscarding(_:)'}} {{3-10=GreenThread.spawnDiscarding}}
  spawn_after(.seconds(1)) { 2 }  // expected-error {{'spawn(after:_:)'}} {{3-14=spawn}} {{15-15=after: }}
  spawn_after_local(.seconds(1)) { 2 }  // expected-error {{'GreenThread.spawnLocal(after:_:)'}} {{3-20=GreenThread.spawnLocal}} {{21-21=after: }}
  _ = getcurrent()  // expected-error {{'GreenThread.current'}} {{7-17=GreenThread.current}} {{17-19=}}
  let _: greenlet = thread  // expected-error {{'AnyGreenThread'}} {{10-18=AnyGreenThread}}
  do { _ = try thread.wait() } catch is GreenletExit {}  // expected-error 2 {{'GreenThreadExit'}} {{41-53=GreenThreadExit}}
  _ = thread.dead  // expected-error {{'isFinished'}} {{14-18=isFinished}}
  try thread.kill(error)  // expected-error {{'kill(throwing:)'}} {{19-19=throwing: }}
  thread.cancel(error)  // expected-error {{'cancel(throwing:)'}} {{17-17=throwing: }}
  try GreenThread.sleep(.seconds(1))  // expected-error {{'sleep(for:)'}} {{25-25=for: }}
  _ = corolocal.local(0)  // expected-error {{is GreenLocal}} expected-error {{'GreenLocal.init(_:)'}} {{7-22=GreenLocal}}
  _ = corolocal.get_ident()  // expected-error {{is GreenLocal}} expected-error {{'GreenThread.current.id'}} {{7-26=GreenThread.current.id}} {{26-28=}}
  eventlet.spawn_n {}  // expected-error {{without 'eventlet.'}} expected-error {{'GreenThread.spawnDiscarding(_:)'}} {{3-19=GreenThread.spawnDiscarding}}
  _ = eventlet.getcurrent()  // expected-error {{without 'eventlet.'}} expected-error {{'GreenThread.current'}} {{7-26=GreenThread.current}} {{26-28=}}
  try eventlet.sleep()  // expected-error {{without 'eventlet.'}} expected-error {{'GreenThread.yield()'}} {{7-21=GreenThread.yield}}
  try eventlet.sleep(.seconds(1))  // expected-error {{without 'eventlet.'}} expected-error {{'GreenThread.sleep(for:)'}} {{7-21=GreenThread.sleep}} {{22-22=for: }}
  try eventlet.kill(thread)  // expected-error {{without 'eventlet.'}} expected-error {{'AnyGreenThread.kill()'}} {{7-20=thread.kill}} {{21-27=}}
  try eventlet.kill(thread, error)  // expected-error {{without 'eventlet.'}} expected-error {{'AnyGreenThread.kill(throwing:)'}} {{7-20=thread.kill}} {{21-29=}} {{29-29=throwing: }}
}

func hub(hub: Hub, timer: HubTimer) throws {
  _ = get_hub()  // expected-error {{'Hub.current'}} {{7-14=Hub.current}} {{14-16=}}
  _ = hubs.get_hub()  // expected-error {{members of Hub}} expected-error {{'Hub.current'}} {{7-19=Hub.current}} {{19-21=}}
  try use_hub(.poll)  // expected-error {{'Hub.use(_:)'}} {{7-14=Hub.use}}
  try hubs.use_hub(.poll)  // expected-error {{members of Hub}} expected-error {{'Hub.use(_:)'}} {{7-19=Hub.use}}
  notify_close(3)  // expected-error {{'Hub.current.notifyClose(_:)'}} {{3-15=Hub.current.notifyClose}}
  hubs.notify_close(3)  // expected-error {{members of Hub}} expected-error {{'Hub.current.notifyClose(_:)'}} {{3-20=Hub.current.notifyClose}}
  notify_opened(3)  // expected-error {{'Hub.current.notifyOpened(_:)'}} {{3-16=Hub.current.notifyOpened}}
  hubs.notify_opened(3)  // expected-error {{members of Hub}} expected-error {{'Hub.current.notifyOpened(_:)'}} {{3-21=Hub.current.notifyOpened}}
  hub.schedule_call_global(.seconds(1)) {}  // expected-error {{'schedule(after:_:)'}} {{7-27=schedule}} {{28-28=after: }}
  hub.schedule_call_local(.seconds(1)) {}  // expected-error {{'scheduleLocal(after:_:)'}} {{7-26=scheduleLocal}} {{27-27=after: }}
  _ = hub.get_timers_count()  // expected-error {{'statistics.timers'}} {{11-27=statistics.timers}} {{27-29=}}
  _ = timer.pending  // expected-error {{'isPending'}} {{13-20=isPending}}
  hub_prevent_multiple_readers(false)  // expected-error {{'Hub.current.preventsMultipleReaders'}} {{3-31=Hub.current.preventsMultipleReaders}} {{31-32= = }} {{37-38=}}
  debug.hub_prevent_multiple_readers(false)  // expected-error {{members of Debug}} expected-error {{'Hub.current.preventsMultipleReaders'}} {{3-37=Hub.current.preventsMultipleReaders}} {{37-38= = }} {{43-44=}}
  print(debug.format_hub_listeners())  // expected-error {{members of Debug}} expected-error {{'Debug.formatHubListeners()'}} {{9-35=Debug.formatHubListeners}}
  print(debug.format_hub_timers())  // expected-error {{members of Debug}} expected-error {{'Debug.formatHubTimers()'}} {{9-32=Debug.formatHubTimers}}
  debug.hub_timer_stacks(true)  // expected-error {{members of Debug}} expected-error {{'Hub.current.recordsTimerStacks'}} {{3-25=Hub.current.recordsTimerStacks}} {{25-26= = }} {{30-31=}}
  debug.spew()  // expected-error {{members of Debug}} expected-error {{'Debug.spew()'}} {{3-13=Debug.spew}}
  debug.unspew()  // expected-error {{members of Debug}} expected-error {{'Debug.unspew()'}} {{3-15=Debug.unspew}}
}

func timeouts(timeout: Timeout, error: any Error) throws {
  _ = Timeout(.seconds(1))  // expected-error {{'init(after:throwing:)'}} {{15-15=after: }}
  _ = Timeout(.seconds(1), error)  // expected-error {{'init(after:throwing:)'}} {{15-15=after: }} {{28-28=throwing: }}
  _ = Timeout(nil)  // expected-error {{'init(after:throwing:)'}} {{15-15=after: }}
  _ = timeout.pending  // expected-error {{'isPending'}} {{15-22=isPending}}
  _ = timeout.seconds  // expected-error {{'duration'}} {{15-22=duration}}
  try with_timeout(.seconds(1)) {}  // expected-error {{'withTimeout(_:_:)'}} {{7-19=withTimeout}}
  _ = try with_timeout(.seconds(1), timeout_value: 0) { 2 }  // expected-error {{'withTimeout(_:default:_:)'}} {{11-23=withTimeout}} {{37-50=default}}
}

func events(event: Event<Int>, error: any Error) throws {
  event.send(exc: error)  // expected-error {{'send(throwing:)'}} {{14-17=throwing}}
  event.send_exception(error)  // expected-error {{'send(throwing:)'}} {{9-23=send}} {{24-24=throwing: }}
  _ = event.ready()  // expected-error {{'isReady'}} {{13-18=isReady}} {{18-20=}}
  _ = event.has_result()  // expected-error {{'hasResult'}} {{13-23=hasResult}} {{23-25=}}
  _ = event.has_exception()  // expected-error {{'hasError'}} {{13-26=hasError}} {{26-28=}}
}

func queues(queue: Queue<Int>, light: LightQueue<Int>, priority: PriorityQueue<Int>) throws {
  _ = Queue<Int>(10)  // expected-error {{'init(maxSize:)'}} {{18-18=maxSize: }}
  _ = LightQueue<Int>(10)  // expected-error {{'init(maxSize:)'}} {{23-23=maxSize: }}
  _ = LifoQueue<Int>(maxsize: 10)  // expected-error {{'init(maxSize:)'}} {{22-29=maxSize}}
  _ = queue.maxsize  // expected-error {{'maxSize'}} {{13-20=maxSize}}
  _ = queue.qsize()  // expected-error {{'count'}} {{13-18=count}} {{18-20=}}
  _ = light.qsize()  // expected-error {{'count'}} {{13-18=count}} {{18-20=}}
  _ = priority.empty()  // expected-error {{'isEmpty'}} {{16-21=isEmpty}} {{21-23=}}
  _ = queue.full()  // expected-error {{'isFull'}} {{13-17=isFull}} {{17-19=}}
  _ = queue.putting()  // expected-error {{'puttingCount'}} {{13-20=puttingCount}} {{20-22=}}
  _ = queue.getting()  // expected-error {{'gettingCount'}} {{13-20=gettingCount}} {{20-22=}}
  try queue.put_nowait(1)  // expected-error {{'putNoWait(_:)'}} {{13-23=putNoWait}}
  _ = try queue.get_nowait()  // expected-error {{'getNoWait()'}} {{17-27=getNoWait}}
  queue.resize(5)  // expected-error {{'resize(to:)'}} {{16-16=to: }}
  try queue.task_done()  // expected-error {{'taskDone()'}} {{13-22=taskDone}}
  _ = queue.unfinished_tasks  // expected-error {{'unfinishedCount'}} {{13-29=unfinishedCount}}
}

func semaphores(bounded: BoundedSemaphore, capped: CappedSemaphore) throws {
  _ = Semaphore(5)  // expected-error {{'init(value:)'}} {{17-17=value: }}
  _ = BoundedSemaphore(5)  // expected-error {{'init(value:)'}} {{24-24=value: }}
  _ = CappedSemaphore(1, 5)  // expected-error {{'init(count:limit:)'}} {{23-23=count: }} {{26-26=limit: }}
  _ = bounded.locked()  // expected-error {{'isLocked'}} {{15-21=isLocked}} {{21-23=}}
  _ = capped.locked()  // expected-error {{'isLocked'}} {{14-20=isLocked}} {{20-22=}}
  _ = capped.bounded()  // expected-error {{'isBounded'}} {{14-21=isBounded}} {{21-23=}}
}

func locks(lock: Lock, condition: Condition, barrier: Barrier, group: WaitGroup) throws {
  _ = lock.locked()  // expected-error {{'isLocked'}} {{12-18=isLocked}} {{18-20=}}
  _ = Condition(lock)  // expected-error {{'init(lock:)'}} {{17-17=lock: }}
  condition.notify_all()  // expected-error {{'notifyAll()'}} {{13-23=notifyAll}}
  _ = try condition.wait_for { lock.isLocked }  // expected-error {{'wait(until:)'}} {{21-29=wait}}
  _ = Barrier(3)  // expected-error {{'init(parties:)'}} {{15-15=parties: }}
  _ = barrier.n_waiting  // expected-error {{'waitingCount'}} {{15-24=waitingCount}}
  _ = barrier.broken  // expected-error {{'isBroken'}} {{15-21=isBroken}}
  do { try barrier.wait() } catch is BrokenBarrierError {}  // expected-error 2 {{'BarrierError'}} {{38-56=BarrierError}}
  _ = coros.metaphore()  // expected-error {{metaphore is WaitGroup}} expected-error {{'WaitGroup.init()'}} {{7-22=WaitGroup}}
  group.inc()  // expected-error {{'add(_:)'}} {{9-12=add}}
  group.dec(by: 2)  // expected-error {{'done(_:)'}} {{9-12=done}} {{13-17=}}
}

func greenPools(pool: GreenPool) throws {
  _ = GreenPool(10)  // expected-error {{'init(size:)'}} {{17-17=size: }}
  try pool.spawn_n {}  // expected-error {{'spawnDiscarding(_:)'}} {{12-19=spawnDiscarding}}
  _ = try pool.waitall()  // expected-error {{'waitAll()'}} {{16-23=waitAll}}
  pool.resize(5)  // expected-error {{'resize(to:)'}} {{15-15=to: }}
  _ = pool.running()  // expected-error {{'runningCount'}} {{12-19=runningCount}} {{19-21=}}
  _ = pool.free()  // expected-error {{'freeCount'}} {{12-16=freeCount}} {{16-18=}}
  _ = pool.waiting()  // expected-error {{'waitingCount'}} {{12-19=waitingCount}} {{19-21=}}
  _ = GreenPile<Int>(10)  // expected-error {{'init(size:)'}} {{22-22=size: }}
  _ = GreenPile<Int>(pool)  // expected-error {{'init(pool:)'}} {{22-22=pool: }}
}

func pools(pool: Pool<Int>) throws {
  _ = try Pool(min_size: 1, max_size: 5) { 2 }  // expected-error {{'init(minSize:maxSize:create:)'}} {{16-24=minSize}} {{29-37=maxSize}}
  _ = try Pool(max_size: 5) { 2 }  // expected-error {{'init(maxSize:create:)'}} {{16-24=maxSize}}
  _ = TokenPool(max_size: 5)  // expected-error {{'init(maxSize:)'}} {{17-25=maxSize}}
  _ = try pool.item { $0 }  // expected-error {{'withItem(_:)'}} {{16-20=withItem}}
  pool.resize(5)  // expected-error {{'resize(to:)'}} {{15-15=to: }}
  _ = pool.free()  // expected-error {{'freeCount'}} {{12-16=freeCount}} {{16-18=}}
  _ = pool.waiting()  // expected-error {{'waitingCount'}} {{12-19=waitingCount}} {{19-21=}}
  _ = pool.max_size  // expected-error {{'maxSize'}} {{12-20=maxSize}}
}

func dagPools(dag: DAGPool<String, Int>) throws {
  _ = DAGPool(["a": 1])  // expected-error {{'init(preload:)'}} {{15-15=preload: }}
  try dag.spawn("b", ["a"]) { key, needed in 2 }  // expected-error {{'spawn(_:dependingOn:_:)'}} {{22-22=dependingOn: }}
  try dag.spawn_many(["b": ["a"]]) { key, needed in 2 }  // expected-error {{'spawnMany(_:_:)'}} {{11-21=spawnMany}}
  _ = try dag.waitall()  // expected-error {{'waitAll()'}} {{15-22=waitAll}}
  _ = try dag.wait()  // expected-error {{'waitAll()'}} {{15-19=waitAll}}
  _ = try dag.wait(["a"])  // expected-error {{'wait(for:)'}} {{20-20=for: }}
  _ = dag.wait_each()  // expected-error {{'waitEach()'}} {{11-20=waitEach}}
  _ = dag.wait_each(["a"])  // expected-error {{'waitEach(for:)'}} {{11-20=waitEach}} {{21-21=for: }}
  _ = dag.wait_each_success()  // expected-error {{'waitEachSuccess()'}} {{11-28=waitEachSuccess}}
  _ = dag.wait_each_success(["a"])  // expected-error {{'waitEachSuccess(for:)'}} {{11-28=waitEachSuccess}} {{29-29=for: }}
  _ = dag.wait_each_exception()  // expected-error {{'waitEachError()'}} {{11-30=waitEachError}}
  _ = dag.wait_each_exception(["a"])  // expected-error {{'waitEachError(for:)'}} {{11-30=waitEachError}} {{31-31=for: }}
  _ = dag.running()  // expected-error {{'runningCount'}} {{11-18=runningCount}} {{18-20=}}
  _ = dag.running_keys()  // expected-error {{'runningKeys'}} {{11-23=runningKeys}} {{23-25=}}
  _ = dag.waiting()  // expected-error {{'waitingCount'}} {{11-18=waitingCount}} {{18-20=}}
  _ = try dag.waiting_for("a")  // expected-error {{'waiting(for:)'}} {{15-26=waiting}} {{27-27=for: }}
  _ = dag.waiting_for()  // expected-error {{'waitingKeys'}} {{11-22=waitingKeys}} {{22-24=}}
}

func threadPool() throws {
  _ = try tpool.execute { 2 }  // expected-error {{members of ThreadPool}} expected-error {{'ThreadPool.execute(_:)'}} {{11-24=ThreadPool.execute}}
  tpool.set_num_threads(4)  // expected-error {{members of ThreadPool}} expected-error {{'ThreadPool.shared.size'}} {{3-24=ThreadPool.shared.size}} {{24-25= = }} {{26-27=}}
  _ = try tpool.killall()  // expected-error {{members of ThreadPool}} expected-error {{'ThreadPool.shared.shutDown()'}} {{11-24=ThreadPool.shared.shutDown}}
}

func sockets(
  socket: GreenSocket, messages: GreenDatagramSocket, address: SocketAddress,
  memory: UnsafeMutableRawBufferPointer
) throws {
  _ = try eventlet.listen(address)  // expected-error {{without 'eventlet.'}} expected-error {{'GreenSocket.listen(on:)'}} {{11-26=GreenSocket.listen}} {{27-27=on: }}
  _ = try eventlet.connect(address)  // expected-error {{without 'eventlet.'}} expected-error {{'GreenSocket.connect(to:)'}} {{11-27=GreenSocket.connect}} {{28-28=to: }}
  try serve(socket) { client, address in throw StopServe() }  // expected-error {{'StopServing'}} {{48-57=StopServing}}
  do { _ = try socket.recv(1) } catch is gaierror {}  // expected-error {{'receive(upTo:)'}} {{23-27=receive}} {{28-28=upTo: }} expected-error 2 {{'NameError'}} {{42-50=NameError}}
  _ = try socket.recv(4096)  // expected-error {{'receive(upTo:)'}} {{18-22=receive}} {{23-23=upTo: }}
  _ = try socket.recv_into(memory)  // expected-error {{'receive(into:)'}} {{18-27=receive}} {{28-28=into: }}
  try socket.sendall([1, 2])  // expected-error {{'sendAll(_:)'}} {{14-21=sendAll}}
  try socket.sendall("text")  // expected-error {{'sendAll(_:)'}} {{14-21=sendAll}}
  socket.settimeout(.seconds(1))  // expected-error {{'timeout'}} {{10-20=timeout}} {{20-21= = }} {{32-33=}}
  socket.settimeout(nil)  // expected-error {{'timeout'}} {{10-20=timeout}} {{20-21= = }} {{24-25=}}
  _ = socket.gettimeout()  // expected-error {{'timeout'}} {{14-24=timeout}} {{24-26=}}
  _ = socket.makefile()  // expected-error {{'reader'}} {{14-22=reader}} {{22-24=}}
  _ = try socket.reader.readline()  // expected-error {{'readLine()'}} {{25-33=readLine}}
  _ = try socket.getsockname()  // expected-error {{'localAddress'}} {{18-29=localAddress}} {{29-31=}}
  _ = try socket.getpeername()  // expected-error {{'remoteAddress'}} {{18-29=remoteAddress}} {{29-31=}}
  try socket.setsockopt(1, 9, 1)  // expected-error {{'setOption(_:_:_:)'}} {{14-24=setOption}}
  _ = socket.fileno()  // expected-error {{'fileDescriptor'}} {{14-20=fileDescriptor}} {{20-22=}}
  _ = try socket.detach()  // expected-error {{'release()'}} {{18-24=release}}
  _ = try socket.dup()  // expected-error {{'duplicate()'}} {{18-21=duplicate}}
  _ = try socket.getsockopt(1, 9)  // expected-error {{'option(_:_:)'}} {{18-28=option}}
  _ = try socket.sendfile(3)  // expected-error {{'sendFile(_:)'}} {{18-26=sendFile}}
  try messages.sendto([1], address)  // expected-error {{'send(_:to:)'}} {{16-22=send}} {{28-28=to: }}
  _ = try messages.recvfrom(1500)  // expected-error {{'receive(upTo:)'}} {{20-28=receive}} {{29-29=upTo: }}
  try shutdown_safe(socket)  // expected-error {{'GreenSocket.shutdownSafely()'}} {{7-20=socket.shutdownSafely}} {{21-27=}}
}

func processes(process: GreenProcess, file: GreenFile, pipe: PipeWriter) throws {
  let _: Popen? = nil  // expected-error {{'GreenProcess'}} {{10-15=GreenProcess}}
  let _: TimeoutExpired? = nil  // expected-error {{'ProcessTimeout'}} {{10-24=ProcessTimeout}}
  let _: CalledProcessError? = nil  // expected-error {{'ProcessFailure'}} {{10-28=ProcessFailure}}
  let _: KeyboardInterrupt? = nil  // expected-error {{'Interrupted'}} {{10-27=Interrupted}}
  interrupt_main()  // expected-error {{'interruptMain()'}} {{3-17=interruptMain}}
  _ = process.poll()  // expected-error {{'status'}} {{15-19=status}} {{19-21=}}
  _ = process.returncode  // expected-error {{'status'}} {{15-25=status}}
  _ = process.pid  // expected-error {{'processIdentifier'}} {{15-18=processIdentifier}}
  try process.send_signal(.hangUp)  // expected-error {{'kill(_:)'}} {{15-26=kill}}
  _ = try GreenProcess.check_output("ls", ["/"])  // expected-error {{'checkOutput(_:_:)'}} {{24-36=checkOutput}}
  _ = try file.read()  // expected-error {{'readAll()'}} {{16-20=readAll}}
  try file.write([1, 2])  // expected-error {{'sendAll(_:)'}} {{12-17=sendAll}}
  try file.write("text")  // expected-error {{'sendAll(_:)'}} {{12-17=sendAll}}
  _ = file.tell()  // expected-error {{'position'}} {{12-16=position}} {{16-18=}}
  _ = file.fileno()  // expected-error {{'fileDescriptor'}} {{12-18=fileDescriptor}} {{18-20=}}
  try pipe.write([1, 2])  // expected-error {{'sendAll(_:)'}} {{12-17=sendAll}}
  try pipe.write("text")  // expected-error {{'sendAll(_:)'}} {{12-17=sendAll}}
}

func tls(
  tls: TLSSocket, socket: GreenSocket, client: TLSClientContext, server: TLSServerContext,
  memory: UnsafeMutableRawBufferPointer
) throws {
  let _: SSLSocket = tls  // expected-error {{'TLSSocket'}} {{10-19=TLSSocket}}
  do { try tls.handshake() } catch is SSLError {}  // expected-error 2 {{'TLSError'}} {{39-47=TLSError}}
  _ = try create_default_context()  // expected-error {{'TLSClientContext.init()'}} {{11-33=TLSClientContext}}
  _ = try client.wrap_socket(socket, server_hostname: "a")  // expected-error {{'wrap(_:serverName:)'}} {{18-29=wrap}} {{38-53=serverName}}
  _ = try server.wrap_socket(socket)  // expected-error {{'wrap(_:)'}} {{18-29=wrap}}
  _ = try tls.recv(4096)  // expected-error {{'receive(upTo:)'}} {{15-19=receive}} {{20-20=upTo: }}
  _ = try tls.recv_into(memory)  // expected-error {{'receive(into:)'}} {{15-24=receive}} {{25-25=into: }}
  try tls.sendall([1, 2])  // expected-error {{'sendAll(_:)'}} {{11-18=sendAll}}
  try tls.sendall("text")  // expected-error {{'sendAll(_:)'}} {{11-18=sendAll}}
  tls.settimeout(.seconds(1))  // expected-error {{'timeout'}} {{7-17=timeout}} {{17-18= = }} {{29-30=}}
  _ = tls.gettimeout()  // expected-error {{'timeout'}} {{11-21=timeout}} {{21-23=}}
  _ = tls.makefile()  // expected-error {{'reader'}} {{11-19=reader}} {{19-21=}}
  try tls.do_handshake()  // expected-error {{'handshake()'}} {{11-23=handshake}}
  _ = tls.getpeercert()  // expected-error {{'peerCertificate'}} {{11-22=peerCertificate}} {{22-24=}}
  _ = tls.selected_alpn_protocol()  // expected-error {{'applicationProtocol'}} {{11-33=applicationProtocol}} {{33-35=}}
  _ = tls.pending()  // expected-error {{'hasBufferedData'}} {{11-18=hasBufferedData}} {{18-20=}}
  _ = tls.session_reused  // expected-error {{'isResumed'}} {{11-25=isResumed}}
  _ = tls.cipher()  // expected-error {{'cipherSuite'}} {{11-17=cipherSuite}} {{17-19=}}
}

func webSockets(socket: WebSocket) throws {
  let _: RFC6455WebSocket = socket  // expected-error {{'WebSocket'}} {{10-26=WebSocket}}
  _ = try socket.wait()  // expected-error {{'receive(timeout:)'}} {{18-22=receive}}
  _ = socket.protocol  // expected-error {{'subprotocol'}} {{14-22=subprotocol}}
  _ = socket.socket  // expected-error {{'stream'}} {{14-20=stream}}
}
