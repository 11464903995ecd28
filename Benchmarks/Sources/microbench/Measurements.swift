import CSwitchBench
import Eventlet

func bestOf(_ rounds: Int, _ body: () throws -> Double) rethrows -> Double {
  var best = Double.infinity
  for _ in 0..<rounds { best = min(best, try body()) }
  return best
}

func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

/// Nanoseconds per operation of `count` operations that `body` does.
func perOperation(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
  let start = sb_now()
  try body()
  return Double(sb_now() - start) / Double(count)
}

/// Two green threads that yield to each other.
func measureYield() throws -> Double {
  let count = 2_000_000
  return try perOperation(count * 2) {
    let threads = (0..<2).map { _ in
      spawn { for _ in 0..<count { try GreenThread.yield() } }
    }
    for thread in threads { try thread.wait() }
  }
}

/// One by one.
func measureSpawnWait() throws -> Double {
  let count = 500_000
  var sum = 0
  let cost = try perOperation(count) {
    for number in 0..<count { sum &+= try spawn { number }.wait() }
  }
  precondition(sum == count * (count - 1) / 2)
  return cost
}

/// A hundred at a time.
func measureSpawnWaitBatch() throws -> Double {
  let batches = 5000
  var sum = 0
  return try perOperation(batches * 100) {
    for _ in 0..<batches {
      let threads = (0..<100).map { number in spawn { number } }
      for thread in threads { sum &+= try thread.wait() }
    }
  }
}

/// Spawns on a pool of a hundred that is full nearly always, so most of them wait for a slot.
func measureGreenPoolSpawn() throws -> Double {
  let count = 500_000
  let pool = GreenPool(size: 100)
  var sum = 0
  let cost = try perOperation(count) {
    for number in 0..<count { try pool.spawnDiscarding { sum &+= number } }
    try pool.waitAll()
  }
  precondition(sum == count * (count - 1) / 2)
  return cost
}

/// A function mapped over numbers by a pool of a hundred, with the results in order.
func measureMap() throws -> Double {
  let count = 200_000
  let pool = GreenPool(size: 100)
  var sum = 0
  let cost = try perOperation(count) {
    try pool.imap(0..<count) { $0 &+ 1 }.forEach { sum &+= $0 }
  }
  precondition(sum == count * (count + 1) / 2)
  return cost
}

/// There and back over two rendezvous queues.
func measureQueueRoundTrip() throws -> Double {
  let count = 500_000
  let requests = LightQueue<Int>(maxSize: 0)
  let answers = LightQueue<Int>(maxSize: 0)
  let server = spawn { for _ in 0..<count { try answers.put(requests.get() &+ 1) } }
  let cost = try perOperation(count) {
    for number in 0..<count {
      try requests.put(number)
      let answer = try answers.get()
      precondition(answer == number &+ 1)
    }
  }
  try server.wait()
  return cost
}

/// One way to a hub on another OS thread, which takes them as fast as it can.
func measureHubMessages() throws -> Double {
  let count = 1_000_000
  let messages = Channel<Int>(capacity: 128)
  let sum = Channel<Int>(capacity: 1)
  let other = try HubThread.start {
    var total = 0
    try messages.forEach { total &+= $0 }
    try sum.send(total)
  }
  let cost = try perOperation(count) {
    for number in 0..<count { try messages.send(number) }
    messages.close()
    let total = try sum.receive()
    precondition(total == count * (count - 1) / 2)
  }
  try other.join()
  return cost
}

/// There and back between hubs on two OS threads, each asleep while the other works.
func measureHubRoundTrip() throws -> Double {
  let count = 50_000
  let requests = Channel<Int>(capacity: 0)
  let answers = Channel<Int>(capacity: 0)
  let other = try HubThread.start { try requests.forEach { try answers.send($0 &+ 1) } }
  let cost = try perOperation(count) {
    for number in 0..<count {
      try requests.send(number)
      let answer = try answers.receive()
      precondition(answer == number &+ 1)
    }
  }
  requests.close()
  try other.join()
  return cost
}

/// An empty job of a thread pool, there and back.
func measureThreadPoolRoundTrip() throws -> Double {
  let count = 50_000
  let pool = ThreadPool(size: 1)
  try pool.execute {}
  return try perOperation(count) { for _ in 0..<count { try pool.execute {} } }
}

/// Arms and cancels one among 100,000 others, as every timeout does.
func measureTimers() throws -> Double {
  let hub = Hub.current
  let others = (0..<100_000).map { number in
    // Spread over an hour in no particular order.
    hub.schedule(after: .seconds(3600) + .milliseconds((number * 7919) % 3_600_000)) {}
  }
  let count = 500_000
  let cost = bestOf(5) {
    perOperation(count) {
      for number in 0..<count {
        hub.schedule(after: .seconds(30) + .microseconds(number % 1000)) {}.cancel()
      }
    }
  }
  for timer in others { timer.cancel() }
  return cost
}

/// From a green thread into async code that suspends once, and back.
func measureAsyncRoundTrip() throws -> Double {
  let count = 100_000
  var sum = 0
  let cost = try perOperation(count) {
    for number in 0..<count {
      sum &+= try GreenThread.awaiting {
        await Task.yield()
        return number
      }
    }
  }
  precondition(sum == count * (count - 1) / 2)
  return cost
}

/// From a green thread, the result of a task that has ended.
func measureAwaitFinished() throws -> Double {
  let count = 100_000
  let task = Task.detached { 1 }
  _ = try GreenThread.awaiting { await task.value }
  var sum = 0
  let cost = try perOperation(count) {
    for _ in 0..<count { sum &+= try GreenThread.awaiting { await task.value } }
  }
  precondition(sum == count)
  return cost
}

/// The same of Swift's own: a task on the global pool, awaited by another there.
func measureGlobalTask() throws -> Double {
  let count = 100_000
  return try GreenThread.awaiting {
    await Task.detached {
      var sum = 0
      let start = sb_now()
      for number in 0..<count { sum &+= await Task.detached { number }.value }
      let cost = Double(sb_now() - start) / Double(count)
      precondition(sum == count * (count - 1) / 2)
      return cost
    }.value
  }
}

/// Resident memory and mappings of parked green threads, and what stays after
/// they have ended.
func measureMemory(parked count: Int) throws -> [(name: String, value: Double)] {
  // One small round first, so that code pages and the first slab do not count.
  try park(100) {}
  let before = sb_resident_bytes()
  try park(100_000) {}
  let burstRatio = Double(sb_resident_bytes()) / Double(before)

  let beforeParking = sb_resident_bytes()
  var during = beforeParking
  var mappings = 0
  try park(count) {
    during = sb_resident_bytes()
    mappings = sb_mappings()
  }
  return [
    ("parked_bytes", Double(during - beforeParking) / Double(count)),
    ("parked_mappings", Double(mappings)),
    ("burst_rss_ratio", burstRatio),
  ]
}

/// Has `count` green threads wait for one event, looks, and lets them end.
func park(_ count: Int, look: () -> Void) throws {
  let gate = Event<Void>()
  for _ in 0..<count { GreenThread.spawnDiscarding { try gate.wait() } }
  try GreenThread.yield()
  precondition(gate.waitingCount == count)
  look()
  gate.send(())
  while Hub.current.statistics.greenThreads > 0 { try GreenThread.yield() }
}
