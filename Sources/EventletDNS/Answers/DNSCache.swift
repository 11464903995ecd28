internal import DequeModule
internal import EventletCore

/// Answers that still hold; of too many, those that were not used for the longest time go.
struct DNSCache {
  private struct Entry {
    let answer: DNSAnswer
    let expiresAt: Nanoseconds
    var lastUse: UInt64
  }

  private var entries: [DNSQuestion: Entry] = [:]
  /// By their last uses, the oldest first; what was used since is skipped when it comes to its
  /// turn.
  private var uses = Deque<(question: DNSQuestion, use: UInt64)>()
  private var useCount: UInt64 = 0
  private let size: Int

  init(size: Int) { self.size = size }

  var count: Int { entries.count }

  /// What was stored for `question`, if it still holds.
  mutating func answer(to question: DNSQuestion, at time: Nanoseconds) -> DNSAnswer? {
    guard let entry = entries[question] else { return nil }
    guard entry.expiresAt > time else {
      entries[question] = nil
      return nil
    }
    use(question)
    return entry.answer
  }

  mutating func store(_ answer: DNSAnswer, for question: DNSQuestion) {
    guard size > 0, answer.lifetime > .zero else { return }
    if entries[question] == nil, entries.count >= size { dropOldest() }
    entries[question] = Entry(
      answer: answer, expiresAt: answer.receivedAt + answer.lifetime.nanoseconds, lastUse: 0)
    use(question)
  }

  mutating func removeAll() {
    entries = [:]
    uses = []
  }

  private mutating func use(_ question: DNSQuestion) {
    useCount += 1
    entries[question]?.lastUse = useCount
    uses.append((question, useCount))
    // What was skipped takes room: at most as much again as what counts.
    if uses.count > 2 * size + 16 {
      uses.removeAll { entries[$0.question]?.lastUse != $0.use }
    }
  }

  private mutating func dropOldest() {
    while let (question, use) = uses.popFirst() {
      guard entries[question]?.lastUse == use else { continue }
      entries[question] = nil
      return
    }
  }
}
