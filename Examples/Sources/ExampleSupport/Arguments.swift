import Eventlet
import Glibc

/// The words of the command line: `--name value` pairs and the rest.
public struct Arguments {
  private var values: [String: String] = [:]
  /// What is neither an option nor its value.
  public private(set) var rest: [String] = []

  /// Reads the process's command line.
  public init() {
    var words = CommandLine.arguments.dropFirst()
    while let word = words.popFirst() {
      if word.hasPrefix("--") {
        values[String(word.dropFirst(2))] = words.popFirst() ?? ""
      } else {
        rest.append(word)
      }
    }
  }

  /// The value of `--name`.
  public subscript(_ name: String) -> String? { values[name] }

  /// The port after `--name`; 0 is one of the system's choice.
  public func port(_ name: String = "port", default port: UInt16) -> UInt16 {
    guard let text = values[name] else { return port }
    guard let port = UInt16(text) else { fail("--\(name) \(text): a port is 0 to 65535") }
    return port
  }
}

/// Says what is wrong with the command line, and ends.
public func fail(_ message: String) -> Never {
  write(message, to: STDERR_FILENO)
  exit(2)
}

/// Prints a line at once, also into a pipe.
public func say(_ line: String) { write(line, to: STDOUT_FILENO) }

private func write(_ line: String, to descriptor: Int32) {
  let bytes = Array((line + "\n").utf8)
  _ = Glibc.write(descriptor, bytes, bytes.count)
}
