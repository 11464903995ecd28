internal import Glibc

/// The `Date` of responses (RFC 9110, 6.6.1), written anew once a second.
final class DateLine {
  @exclusivity(unchecked) private var second = Int.min
  @exclusivity(unchecked) private var line: [UInt8] = []

  func append(to output: OutputBuffer) {
    var now = timespec()
    // The kernel's tick is exact enough, and costs a tenth.
    clock_gettime(CLOCK_REALTIME_COARSE, &now)
    if now.tv_sec != second {
      second = now.tv_sec
      line = Array("Date: \(HTTPDate(secondsSinceEpoch: second))\r\n".utf8)
    }
    output.append(line)
  }
}
