import EventletHTTP
import HTTPTypes

/// Random bytes, the same ones for the same `seed`.
func addBytes(to routes: some RoutesBuilder) {
  routes.get("/bytes/{n}") { request in .bytes(try RandomBytes(request).all()) }
  routes.get("/stream-bytes/{n}") { request in
    let bytes = try RandomBytes(request)
    let chunkSize = max(1, try request.queryParameters.value("chunk_size", as: Int.self) ?? 10_240)
    return .stream(headerFields: [.contentType: "application/octet-stream"]) { writer in
      writer.minimumChunkSize = chunkSize
      for piece in bytes.pieces(of: chunkSize) { try writer.write(piece) }
    }
  }
}

private struct RandomBytes {
  private let count: Int
  private var generator: SeededGenerator

  init(_ request: ServerRequest) throws {
    count = max(0, min(try request.parameters.require("n", as: Int.self), 100 << 10))
    let seed = try request.queryParameters.value("seed", as: Int.self) ?? .random(in: 0...Int.max)
    generator = SeededGenerator(state: UInt64(bitPattern: Int64(seed)))
  }

  func all() -> [UInt8] {
    var generator = generator
    return (0..<count).map { _ in .random(in: 0...255, using: &generator) }
  }

  func pieces(of size: Int) -> some Sequence<[UInt8]> {
    let bytes = all()
    return stride(from: 0, to: count, by: size).lazy.map { Array(bytes[$0...].prefix(size)) }
  }
}

/// SplitMix64, of Java's library.
private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }
}
