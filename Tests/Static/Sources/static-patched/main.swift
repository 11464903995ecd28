import Dispatch
import Eventlet
import EventletPatch
import Glibc
import Synchronization

// libc's calls are green in a program that has the Swift runtime, Dispatch among it, inside.

func check(_ isRight: Bool, _ what: String) {
  if isRight { return }
  print("static, patched: \(what)")
  exit(1)
}

/// Initialised by the first sibling that comes, which waits meanwhile.
enum Slow {
  nonisolated(unsafe) static var initialisations = 0
  static let value: Int = {
    initialisations += 1
    usleep(20_000)
    return 42
  }()
}

/// Whether `body` of one sibling waits for that of all the others.
func excludes(_ lock: @escaping () -> Void, _ unlock: @escaping () -> Void) throws -> Bool {
  var (inside, most) = (0, 0)
  let threads = (0..<5).map { _ in
    spawn {
      lock()
      inside += 1
      most = max(most, inside)
      usleep(1000)
      inside -= 1
      unlock()
    }
  }
  for thread in threads { try thread.wait() }
  return most == 1
}

try MonkeyPatch.install()
check(!MonkeyPatch.reachesDispatch, "it is not seen that Dispatch is inside the program")
let queue = DispatchQueue(label: "queue")
let bodies = (1...5).map { number in spawn { queue.sync { number } } }
check(try bodies.map { try $0.wait() } == [1, 2, 3, 4, 5], "bodies that do not wait went wrong")

let clock = ContinuousClock()
let slept = try clock.measure {
  for thread in (0..<50).map({ _ in spawn { usleep(100_000) } }) { _ = try thread.wait() }
}
check(slept < .seconds(2), "50 sleeps of 0.1 seconds took \(slept)")

var ends: [Int32] = [0, 0]
check(pipe(&ends) == 0, "no pipe")
let (reads, writes) = (ends[0], ends[1])
let reader = spawn {
  var byte: UInt8 = 0
  return read(reads, &byte, 1) == 1 ? byte : 0
}
try spawn { _ = write(writes, "x", 1) }.wait()
check(try reader.wait() == UInt8(ascii: "x"), "what a sibling wrote was not read")

let values = (0..<5).map { _ in spawn { Slow.value } }
check(try values.allSatisfy { try $0.wait() == 42 }, "a static let has another value")
check(Slow.initialisations == 1, "a static let was initialised \(Slow.initialisations) times")

let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
for kind in [PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK] {
  var attributes = pthread_mutexattr_t()
  pthread_mutexattr_init(&attributes)
  pthread_mutexattr_settype(&attributes, Int32(kind))
  pthread_mutex_init(mutex, &attributes)
  let isRight = try excludes({ pthread_mutex_lock(mutex) }, { pthread_mutex_unlock(mutex) })
  check(isRight, "siblings were in a pthread_mutex at once")
}
let semaphore = DispatchSemaphore(value: 1)
let isRight = try excludes({ semaphore.wait() }, { semaphore.signal() })
check(isRight, "siblings were in a DispatchSemaphore at once")

/// A `Mutex` held over a wait, which siblings ask for meanwhile.
final class Guarded: Sendable {
  let number = Mutex(0)
}
let guarded = Guarded()
let adders = (0..<5).map { _ in
  spawn {
    guarded.number.withLock { number in
      let before = number
      usleep(1000)
      number = before + 1
    }
  }
}
for adder in adders { try adder.wait() }
check(guarded.number.withLock { $0 } == 5, "siblings were in a Mutex at once")

/// A condition that a sibling of the waiter signals.
let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
pthread_mutex_init(mutex, nil)
pthread_cond_init(condition, nil)
var isReady = false
let waiter = spawn {
  pthread_mutex_lock(mutex)
  while !isReady { pthread_cond_wait(condition, mutex) }
  pthread_mutex_unlock(mutex)
}
try spawn {
  pthread_mutex_lock(mutex)
  isReady = true
  pthread_cond_signal(condition)
  pthread_mutex_unlock(mutex)
}.wait()
try waiter.wait()
print("static, patched: ok")
