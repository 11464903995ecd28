internal import Glibc

/// Two options of resolv.conf(5) that c-ares before 1.20 knows by names of its own alone.
struct ResolvConfOptions {
  /// `timeout:`, at most 30 as in the C library.
  private(set) var seconds: Int?
  /// `attempts:`, at most 5 as in the C library.
  private(set) var attempts: Int?

  /// Reads the file, and the variable that comes before it.
  ///
  /// Blocks. A file that cannot be read has no options.
  init(reading path: String) {
    if let file = fopen(path, "re") {
      defer { fclose(file) }
      var line: UnsafeMutablePointer<CChar>?
      var capacity = 0
      defer { free(line) }
      while getline(&line, &capacity, file) >= 0, let line {
        let words = String(cString: line).split { $0.isWhitespace }
        if words.first == "options" { take(words.dropFirst()) }
      }
    }
    if let variable = getenv("RES_OPTIONS") {
      take(String(cString: variable).split { $0.isWhitespace }[...])
    }
  }

  private mutating func take(_ words: ArraySlice<Substring>) {
    for word in words {
      let parts = word.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, let number = Int(parts[1]), number > 0 else { continue }
      if parts[0] == "timeout" { seconds = min(number, 30) }
      if parts[0] == "attempts" { attempts = min(number, 5) }
    }
  }
}
