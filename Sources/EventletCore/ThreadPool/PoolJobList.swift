/// Jobs in line, first come, first served; removal anywhere in O(1).
///
/// A plain value, guarded by its owner's lock.
struct PoolJobList {
  private var first: PoolJob?
  private unowned(unsafe) var last: PoolJob?
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func append(_ job: PoolJob) {
    job.previous = last
    if let last { last.next = job } else { first = job }
    last = job
    count += 1
  }

  mutating func remove(_ job: PoolJob) {
    let next = job.next
    job.next = nil
    if let next { next.previous = job.previous } else { last = job.previous }
    if let previous = job.previous { previous.next = next } else { first = next }
    job.previous = nil
    count -= 1
  }

  mutating func popFirst() -> PoolJob? {
    guard let job = first else { return nil }
    remove(job)
    return job
  }

  /// Takes all out.
  mutating func drain() -> [PoolJob] {
    var all: [PoolJob] = []
    while let job = popFirst() { all.append(job) }
    return all
  }
}
