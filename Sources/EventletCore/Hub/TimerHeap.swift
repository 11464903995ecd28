/// The armed timers of a hub, ordered by deadline and then by arming order.
///
/// A four-ary heap with the positions stored in the timers, so that a cancelled
/// timer leaves at once. Nearly every timeout is armed later than the others and
/// cancelled soon: it enters near the bottom and leaves from there, and neither
/// step walks the tree.
struct TimerHeap: ~Copyable {
  private struct Entry {
    let deadline: Nanoseconds
    let sequence: UInt64
    let timer: Unmanaged<HubTimer>

    func isBefore(_ other: Entry) -> Bool {
      deadline < other.deadline || (deadline == other.deadline && sequence < other.sequence)
    }
  }

  private var entries: UnsafeMutablePointer<Entry>
  private var capacity: Int
  private(set) var count = 0

  init() {
    capacity = 16
    entries = .allocate(capacity: capacity)
  }

  deinit {
    for index in 0..<count { entries[index].timer.release() }
    entries.deallocate()
  }

  var isEmpty: Bool { count == 0 }

  /// The deadline of the first timer, `.never` if there is none.
  var nextDeadline: Nanoseconds { count == 0 ? .never : entries[0].deadline }

  var first: HubTimer? { count == 0 ? nil : entries[0].timer.takeUnretainedValue() }

  mutating func insert(_ timer: HubTimer) {
    if count == capacity { grow() }
    let entry = Entry(
      deadline: timer.deadline, sequence: timer.sequence, timer: .passRetained(timer))
    count += 1
    siftUp(entry, from: count - 1)
  }

  mutating func remove(_ timer: HubTimer) {
    let hole = timer.heapIndex
    timer.heapIndex = -1
    let removed = entries[hole].timer
    count -= 1
    if hole != count {
      let last = entries[count]
      if hole > 0, last.isBefore(entries[(hole - 1) / 4]) {
        siftUp(last, from: hole)
      } else {
        siftDown(last, from: hole)
      }
    }
    removed.release()
  }

  /// Takes the first timer if it is due and was armed no later than `sequence`.
  mutating func popDue(at now: Nanoseconds, armedBefore sequence: UInt64) -> HubTimer? {
    // A timer armed while others fire has a deadline of now at the earliest, so
    // it sorts behind all that were due before it.
    guard count > 0, entries[0].deadline <= now, entries[0].sequence <= sequence else {
      return nil
    }
    let timer = entries[0].timer.takeUnretainedValue()
    remove(timer)
    return timer
  }

  func forEach(_ body: (HubTimer) -> Void) {
    for index in 0..<count { entries[index].timer._withUnsafeGuaranteedRef { body($0) } }
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: entries, count: count)
    entries.deallocate()
    entries = larger
    capacity *= 2
  }

  private func place(_ entry: Entry, at index: Int) {
    // SAFETY: index < count <= capacity; Entry is trivial, so overwriting is initialising.
    (entries + index).initialize(to: entry)
    entry.timer._withUnsafeGuaranteedRef { $0.heapIndex = index }
  }

  private func siftUp(_ entry: Entry, from start: Int) {
    var index = start
    while index > 0 {
      let parent = (index - 1) / 4
      guard entry.isBefore(entries[parent]) else { break }
      place(entries[parent], at: index)
      index = parent
    }
    place(entry, at: index)
  }

  private func siftDown(_ entry: Entry, from start: Int) {
    var index = start
    while true {
      let first = index * 4 + 1
      guard first < count else { break }
      var least = first
      var candidate = first + 1
      let end = min(first + 4, count)
      while candidate < end {
        if entries[candidate].isBefore(entries[least]) { least = candidate }
        candidate += 1
      }
      guard entries[least].isBefore(entry) else { break }
      place(entries[least], at: index)
      index = least
    }
    place(entry, at: index)
  }
}
