import Testing

@testable import EventletWebSocket

@Suite struct HighLimitTests {
  @Test func aLimitAsHighAsNumbersGo() async {
    await #expect(processExitsWith: .success) {
      let inflater = MessageInflater(DeflateParameters(), DeflatePool())
      var output: [UInt8] = []
      let hello: [UInt8] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]
      try hello.withUnsafeBytes {
        try inflater.expand($0, isLast: true, limit: .max, into: &output)
      }
    }
  }
}
