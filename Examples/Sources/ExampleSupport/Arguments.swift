import Eventlet
import Glibc

/// The words of the command line: `--name value` pairs, single `--name`s, and the rest.
public struct Arguments: Sendable {
  private let usage: String
  private var values: [String: String] = [:]
  private var flags: Set<String> = []
  /// What is neither an option nor its value.
  public private(set) var rest: [String] = []

  /// Reads the process's command line, and ends the process when it does not fit.
  /// - Parameter usage: Such as `echo-server [--port PORT] [--verbose]`. Options that are not in it
  ///   are refused, and other words unless it ends in `…`.
  public init(usage: String) {
    self.usage = usage
    let known = usage.split { " []".contains($0) }.filter { $0.hasPrefix("--") }
    var words = CommandLine.arguments.dropFirst()
    while let word = words.popFirst() {
      if word == "--help" {
        say("usage: \(usage)")
        exit(0)
      }
      if word.hasPrefix("--") {
        guard known.contains(word[...]) else { refuse("there is no \(word)") }
        let name = String(word.dropFirst(2))
        if usage.contains("[\(word)]") {
          flags.insert(name)
          continue
        }
        guard let value = words.popFirst() else { refuse("\(word) wants a value") }
        values[name] = value
      } else {
        guard usage.hasSuffix("…") else { refuse("'\(word)' is too much") }
        rest.append(word)
      }
    }
  }

  /// The value of `--name`.
  public subscript(_ name: String) -> String? { values[name] }

  /// Whether `--name` is there, which has no value.
  public func has(_ name: String) -> Bool { flags.contains(name) }

  /// The port after `--name`; 0 is one of the system's choice.
  public func port(_ name: String = "port", default port: UInt16) -> UInt16 {
    guard let text = values[name] else { return port }
    guard let port = UInt16(text) else { refuse("--\(name) \(text): a port is 0 to 65535") }
    return port
  }

  /// The number after `--name`, if that is there.
  public func number(_ name: String, in range: ClosedRange<Int>) -> Int? {
    guard let text = values[name] else { return nil }
    guard let number = Int(text), range.contains(number) else {
      refuse("--\(name) \(text): \(range.lowerBound) to \(range.upperBound) is possible")
    }
    return number
  }

  /// Says what is wrong with the command line, and ends.
  public func refuse(_ message: String) -> Never {
    fail("\(message)\nusage: \(usage)", status: 2)
  }
}

/// The result of `body`; if there is none, says why and ends.
public func orFail<Result>(_ body: () throws -> Result) -> Result {
  do { return try body() } catch { fail("\(error)", status: 1) }
}

private func fail(_ message: String, status: Int32) -> Never {
  let path = CommandLine.arguments.first ?? ""
  let name = path.split(separator: "/").last ?? ""
  write("\(name): \(message)", to: STDERR_FILENO)
  exit(status)
}

/// Prints a line at once, also into a pipe.
public func say(_ line: String) { write(line, to: STDOUT_FILENO) }

private func write(_ line: String, to descriptor: Int32) {
  let bytes = Array((line + "\n").utf8)
  _ = Glibc.write(descriptor, bytes, bytes.count)
}
