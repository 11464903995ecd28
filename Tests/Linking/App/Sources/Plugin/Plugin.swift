import Glibc
import Middle

enum Local {
  @TaskLocal static var number = 0
}

struct Mixed: Error {}

/// What a host, a program in C, calls in this library.
/// - Returns: 0 if libc's calls are green in it, 1 if they are as ever, 2 if something is wrong.
@_cdecl("plugin_run")
public func run() -> Int32 {
  do {
    var isGreen = true
    do { try makeGreen() } catch {
      print(error)
      isGreen = false
    }
    let took = try runTogether(10) { usleep(50_000) }
    print("10 sleeps of 0.05 seconds took \(took)")
    if isGreen != (took < .milliseconds(500)) { return 2 }
    // Green threads and libc's calls work all the same, and task locals stay apart.
    try runTogether(10) {
      let number = Int.random(in: 0..<1_000_000)
      try Local.$number.withValue(number) {
        try runTogether(1) {}
        if Local.number != number { throw Mixed() }
      }
    }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return 2 }
    let (reads, writes) = (ends[0], ends[1])
    var bytes = 0
    try runTogether(10) {
      var byte: UInt8 = 1
      bytes += write(writes, &byte, 1)
      bytes += read(reads, &byte, 1)
    }
    guard bytes == 20, close(reads) == 0, close(writes) == 0 else { return 2 }
    return isGreen ? 0 : 1
  } catch {
    print(error)
    return 2
  }
}
