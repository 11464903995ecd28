import Eventlet
import EventletPatch
import Glibc

/// Runs `body` once, and then `count` times at once, on this OS thread.
///
/// Prints what both took:
///
///     one: 0.512 seconds, 50 at once: 0.541 seconds (1.06 times as long), 50 of 50 right
///
/// Ends the process with status 1 if one went wrong, or if it took a quarter of the time that they take
/// one after another: then they have waited for each other.
/// - Parameters:
///   - count: How many green threads there are.
///   - body: What waits in a library for a while; returns whether it was right.
public func race(_ count: Int, _ body: @escaping () throws -> Bool) {
  do {
    try MonkeyPatch.install()
    let clock = ContinuousClock()
    // What is done once, such as loading a table of certificates, is not what is measured.
    guard try spawn(body).wait() else { fail("it does not work once") }
    let one = try clock.measure { _ = try spawn(body).wait() }
    var right = 0
    let all = try clock.measure {
      for thread in (0..<count).map({ _ in spawn(body) }) where try thread.wait() { right += 1 }
    }
    let ratio = Double(Int(all / one * 100)) / 100
    print(
      "one: \(one), \(count) at once: \(all) (\(ratio) times as long), \(right) of \(count) right")
    if right < count { fail("\(count - right) of \(count) went wrong") }
    if ratio > Double(count) / 4 { fail("they waited for each other") }
  } catch { fail("\(error)") }
}

private func fail(_ text: String) -> Never {
  print("failed: \(text)")
  exit(1)
}
