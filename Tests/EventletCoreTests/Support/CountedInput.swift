/// Numbers from 0 on, which counts how many were read.
final class CountedInput: Sequence, IteratorProtocol {
  var readCount = 0
  let limit: Int
  init(_ limit: Int = .max) { self.limit = limit }
  func next() -> Int? {
    guard readCount < limit else { return nil }
    defer { readCount += 1 }
    return readCount
  }
}
