/// Who holds a lock.
///
/// The number of a green thread: a reference to it would cost counting, and keep it after its end.
struct Holder: Equatable {
  private let id: UInt64

  static let nobody = Holder(id: 0)
  /// Callbacks of the hub, which run on no green thread.
  private static let hub = Holder(id: .max)

  private init(id: UInt64) { self.id = id }

  /// The green thread that waits with `node`.
  init(_ node: WaitQueue.Node) {
    id = node.pointee.thread._withUnsafeGuaranteedRef { $0.id }
  }

  /// Who runs now.
  static var current: Holder {
    Hub.withCurrent { hub in
      if hub.isInHub { return .hub }
      return Holder(id: hub.running.unsafelyUnwrapped._withUnsafeGuaranteedRef { $0.id })
    }
  }

  var isNobody: Bool { id == 0 }

  /// For reports and traps: looks through all green threads.
  var description: String {
    if isNobody { return "nobody" }
    if self == .hub { return "a callback of the hub" }
    let hub = Hub.current
    let all = CollectionOfOne(hub.main) + hub.greenThreads
    return all.first { $0.id == id }?.description ?? "green thread \(id), which has ended"
  }
}
