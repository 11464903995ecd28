import Eventlet

/// Task locals, exclusivity and errors cross switches in a program that has the runtime inside.
enum Local {
  @TaskLocal static var number = 0
}

final class Store {
  var items: [Int] = []
}

/// Parks inside a dynamic access, which the library itself never does.
func append(_ number: Int, to items: inout [Int]) throws {
  try GreenThread.sleep(for: .milliseconds(1))
  items.append(number)
}

let threads = (1...50).map { number in
  spawn { () throws -> Int in
    try Local.$number.withValue(number) {
      let store = Store()
      try append(number, to: &store.items)
      try GreenThread.yield()
      return Local.number == number ? store.items.count : 0
    }
  }
}
var kept = 0
for thread in threads { kept += try thread.wait() }
print(kept == 50 ? "static: ok" : "static: \(50 - kept) of 50 green threads lost their task local")
