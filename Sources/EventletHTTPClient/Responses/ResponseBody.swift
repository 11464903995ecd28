internal import HTTPTypes

/// The body of an answer as a program reads it: without the codings that the server has put on it.
final class ResponseBody {
  private let transfer: Transfer
  /// Whether there may be a coding to be taken off.
  private let isCoded: Bool
  @exclusivity(unchecked) private var decoders: [BodyDecoder] = []
  /// What has been decoded and not read.
  @exclusivity(unchecked) private var decoded = ByteQueue()

  private static let mostCodings = 5

  /// - Parameter transfer: Whose head has come.
  init(_ transfer: Transfer) {
    self.transfer = transfer
    isCoded = transfer.head.hasContentCoding && transfer.engine.configuration.decompresses
  }

  /// Whether all of it has been read.
  var isAtEnd: Bool {
    decoded.isEmpty && transfer.isAtEnd && decoders.allSatisfy(\.isAtEnd)
  }

  /// All that is left, if it is there and no more than `limit`.
  func takeAll(limit: Int) -> [UInt8]? {
    guard !isCoded, transfer.hasSucceeded, transfer.availableCount <= limit else { return nil }
    return transfer.take(upTo: limit)
  }

  /// May switch.
  /// - Returns: empty at the end.
  func receive(upTo count: Int) throws -> [UInt8] {
    guard count > 0, try waitForBody() else { return [] }
    return isCoded ? decoded.take(upTo: count) : transfer.take(upTo: count)
  }

  /// May switch.
  /// - Returns: 0 at the end.
  func receive(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard !buffer.isEmpty, try waitForBody() else { return 0 }
    return isCoded ? decoded.take(into: buffer) : transfer.take(into: buffer)
  }

  /// Takes back what was taken last.
  func putBack(_ bytes: [UInt8]) {
    if isCoded { decoded.putBack(bytes) } else { transfer.putBack(bytes) }
  }

  private func waitForBody() throws -> Bool {
    guard isCoded else { return try transfer.waitForBody() }
    guard decoded.isEmpty else {
      try transfer.letOthersRun(as: .reader)
      return true
    }
    if decoders.isEmpty {
      // A head alone, or a body without bytes, is in no coding.
      guard try transfer.waitForBody() else { return false }
      decoders = try makeDecoders()
    }
    let piece = try decoders.last?.next() ?? transfer.receive()
    decoded.putBack(piece)
    return !piece.isEmpty
  }

  /// The last one takes off what was put on first.
  private func makeDecoders() throws -> [BodyDecoder] {
    let names = transfer.head.fields[values: .contentEncoding]
      .flatMap { $0.split(separator: ",") }
      .map { $0.trimmingPrefix(while: \.isWhitespace).prefix { !$0.isWhitespace } }
      .filter { !$0.isEmpty && $0.lowercased() != "identity" }
    let codings = names.compactMap { BodyDecoder.Coding(named: $0) }
    guard codings.count == names.count, codings.count <= Self.mostCodings else {
      // Who asks for codings by himself takes them off himself.
      if transfer.request.headerFields[.acceptEncoding] != nil { return [] }
      let error = transfer.error(
        .malformedCoding, detail: "Content-Encoding: \(names.joined(separator: ", "))")
      transfer.cancel(error)
      throw error
    }
    var decoders: [BodyDecoder] = []
    for coding in codings.reversed() {
      decoders.append(
        BodyDecoder(coding, of: transfer) { [transfer, inner = decoders.last] in
          try inner?.next() ?? transfer.receive()
        })
    }
    return decoders
  }
}

extension Transfer {
  /// The next piece as it came; empty at the end.
  fileprivate func receive() throws -> [UInt8] {
    try waitForBody() ? take(upTo: 65_536) : []
  }
}
