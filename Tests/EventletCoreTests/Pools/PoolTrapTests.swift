import EventletCore
import Testing

/// Programmers' errors end the process.
@Suite struct PoolTrapTests {
  @Test func aNegativeSizeOfAPoolTraps() async {
    await #expect(processExitsWith: .failure) { _ = TokenPool(maxSize: -1) }
  }

  @Test func aMinimumAboveTheMaximumTraps() async {
    await #expect(processExitsWith: .failure) { _ = try Pool(minSize: 2, maxSize: 1) { 0 } }
  }

  @Test func resizingAPoolBelowZeroTraps() async {
    await #expect(processExitsWith: .failure) { TokenPool().resize(to: -1) }
  }

  @Test func discardingMoreThanIsOutTraps() async {
    await #expect(processExitsWith: .failure) {
      let pool = try Pool { 0 }
      pool.put(try pool.get())
      pool.discard(0)
    }
  }
}
