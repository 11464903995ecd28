import EventletCore
import EventletTesting

/// Has `body` run while the shared pool has one OS thread, which is taken: what is called has begun,
/// and does not go on before `release`, or the end of `body`.
func withSharedPoolTaken(_ body: (_ release: () throws -> Void) throws -> Void) throws {
  let pool = ThreadPool.shared
  let size = pool.size
  pool.size = 1
  defer { pool.size = size }
  let gate = OSGate()
  let blocker = spawn { try ThreadPool.execute { gate.pass() } }
  while gate.arrivalCount == 0 { try GreenThread.yield() }
  var isOpen = false
  func release() throws {
    if !isOpen { gate.open() }
    isOpen = true
    try blocker.wait()
  }
  do { try body(release) } catch {
    try release()
    throw error
  }
  try release()
}
