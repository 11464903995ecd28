internal import EventletCompression
internal import EventletCore

/// The memory with which the connections of a hub compress and expand their messages.
///
/// It is large, up to 300 KiB for a connection, and most connections are idle most of the time. So a
/// connection has it for the length of a message. Where the next message may refer to this one, it
/// stays with the connection, "warm", until ``mostWarm`` others have come after it or it has not been
/// used for ``idleTime`` to twice that; then the connection is frozen, see ``WarmContext/freeze()``.
final class DeflatePool {
  /// What must be the same for one connection to use what another has given back.
  struct DeflaterSettings: Hashable {
    let level: Int
    let windowBits: Int
    let memoryLevel: Int
  }

  /// How many states that no connection has are kept for the next, of each kind.
  private static let mostFree = 8

  private let mostWarm: Int
  private let idleTime: Duration
  @exclusivity(unchecked) private var freeCompressors:
    [(settings: DeflaterSettings, compressor: Compressor)] = []
  @exclusivity(unchecked) private var freeDecompressors:
    [(windowBits: Int, decompressor: Decompressor)] = []
  /// Those with a state that are not in the middle of a message.
  ///
  /// Each leaves before it goes.
  @exclusivity(unchecked) private var idle: [Unmanaged<WarmContext>] = []
  /// How many states the connections have.
  @exclusivity(unchecked) private(set) var lentCount = 0
  /// Grows with each use; a clock would have to be read.
  @exclusivity(unchecked) private var useCount: UInt64 = 0
  @exclusivity(unchecked) private var timer: HubTimer?

  init(mostWarm: Int = 64, idleTime: Duration = .seconds(5)) {
    require(mostWarm >= 0, "DeflatePool: mostWarm \(mostWarm) is negative")
    self.mostWarm = mostWarm
    self.idleTime = idleTime
  }

  /// The running hub's.
  static var current: DeflatePool { Hub.current.resident { DeflatePool() } }

  /// How many connections have a state between two messages, counting directions.
  var idleCount: Int { idle.count }
  /// How many states wait for somebody.
  var freeCount: Int { freeCompressors.count + freeDecompressors.count }

  // MARK: States

  /// A compressor that begins a stream.
  func takeCompressor(_ settings: DeflaterSettings) -> Compressor {
    lentCount += 1
    if let index = freeCompressors.lastIndex(where: { $0.settings == settings }) {
      let compressor = freeCompressors.remove(at: index).compressor
      compressor.reset()
      return compressor
    }
    return Compressor(
      format: .raw, level: settings.level, windowBits: settings.windowBits,
      memoryLevel: settings.memoryLevel)
  }

  func giveBack(_ compressor: Compressor, _ settings: DeflaterSettings) {
    noteReturn()
    freeCompressors.append((settings, compressor))
    if freeCompressors.count > Self.mostFree { freeCompressors.removeFirst() }
  }

  /// A decompressor that goes on behind a history.
  func takeDecompressor(windowBits: Int, history: [UInt8]) -> Decompressor {
    lentCount += 1
    let decompressor: Decompressor
    if let index = freeDecompressors.lastIndex(where: { $0.windowBits == windowBits }) {
      decompressor = freeDecompressors.remove(at: index).decompressor
    } else {
      decompressor = Decompressor(format: .raw, limit: nil, windowBits: windowBits)
    }
    decompressor.reset(history: history)
    return decompressor
  }

  func giveBack(_ decompressor: Decompressor, windowBits: Int) {
    noteReturn()
    freeDecompressors.append((windowBits, decompressor))
    if freeDecompressors.count > Self.mostFree { freeDecompressors.removeFirst() }
  }

  private func noteReturn() {
    lentCount -= 1
    if lentCount > 0 { return }
    timer?.cancel()
    timer = nil
  }

  // MARK: Warm ones

  /// A message has ended, and the state stays for the next.
  func keep(_ context: WarmContext) {
    useCount &+= 1
    context.lastUse = useCount
    context.place = idle.count
    idle.append(.passUnretained(context))
    if idle.count > mostWarm { freezeOldest() }
    if timer == nil, !idle.isEmpty { watch() }
  }

  /// A message begins, or the connection ends.
  func use(_ context: WarmContext) {
    guard let place = context.place else { return }
    context.place = nil
    let last = idle.removeLast()
    if place == idle.count { return }
    idle[place] = last
    last._withUnsafeGuaranteedRef { $0.place = place }
  }

  private func freezeOldest() {
    // SAFETY: whoever is in the list is alive, here and below.
    let oldest = idle.min { one, other in
      one._withUnsafeGuaranteedRef(\.lastUse) < other._withUnsafeGuaranteedRef(\.lastUse)
    }
    if let oldest { freeze(oldest.takeUnretainedValue()) }
  }

  private func freeze(_ context: WarmContext) {
    use(context)
    context.freeze()
  }

  /// Has those frozen that nobody has used since, after a while.
  private func watch() {
    let last = useCount
    timer = Hub.current.schedule(after: idleTime) { [self] in
      timer = nil
      let unused = idle.map { $0.takeUnretainedValue() }.filter { $0.lastUse <= last }
      for context in unused { freeze(context) }
      if timer == nil, !idle.isEmpty { watch() }
    }
  }
}
