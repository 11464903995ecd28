/// What green threads wait for, able to say so in reports.
protocol WaitSubject: AnyObject {
  /// Such as `a lock held by green thread 3 (main.swift:7)`.
  var waitDescription: String { get }
}

extension WaitSubject {
  /// What ``Fiber/waitSubject`` holds meanwhile.
  var waitIdentifier: Int { Int(bitPattern: Unmanaged<AnyObject>.passUnretained(self).toOpaque()) }
}

extension Fiber {
  /// Says what its green thread, which is parked with ``waitReason`` `subject`, waits for.
  var subjectDescription: String {
    // SAFETY: the waiter is in a method of the object or of its owner, and its frames keep both.
    UnsafeRawPointer(bitPattern: waitSubject)
      .map { Unmanaged<AnyObject>.fromOpaque($0).takeUnretainedValue() as? any WaitSubject }?
      .map(\.waitDescription) ?? "a wake-up"
  }
}
