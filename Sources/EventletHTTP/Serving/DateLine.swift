internal import EventletCore
internal import Glibc

/// The `Date` of responses (RFC 9110, 6.6.1), written anew once a second.
final class DateLine {
  @exclusivity(unchecked) private var second = Int.min
  /// The line with its end: a date has one length only.
  private let line = UnsafeMutableRawBufferPointer.allocate(byteCount: 37, alignment: 1)

  deinit { line.deallocate() }

  func append(to output: OutputBuffer) {
    var now = timespec()
    // The kernel's tick is exact enough, and costs a tenth.
    clock_gettime(CLOCK_REALTIME_COARSE, &now)
    if now.tv_sec != second {
      second = now.tv_sec
      let text = "Date: \(HTTPDate(secondsSinceEpoch: second))\r\n".utf8
      require(text.count == line.count, "a date of another length: \(second) seconds since 1970")
      line.copyBytes(from: text)
    }
    output.append(UnsafeRawBufferPointer(line))
  }
}
