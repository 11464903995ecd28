import EventletCore
import Testing

/// Programmers' errors end the process.
@Suite struct GreenPoolTrapTests {
  // Eventlet: GP1
  @Test func aNegativeSizeOfAGreenPoolTraps() async {
    await #expect(processExitsWith: .failure) { _ = GreenPool(size: -1) }
  }

  // Eventlet: GP1
  @Test func resizingAGreenPoolBelowZeroTraps() async {
    await #expect(processExitsWith: .failure) { GreenPool().resize(to: -1) }
  }

  // Eventlet: GP36
  @Test func aPileWithoutRoomForAResultTraps() async {
    await #expect(processExitsWith: .failure) { _ = GreenPile<Int>(resultLimit: 0) }
  }
}
