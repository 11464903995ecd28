// Green and async code that call each other on one OS thread:  mixed-async
import Eventlet
import ExampleSupport

/// Lives on the main actor, which the hub of the main thread runs between green threads.
@MainActor final class Progress {
  private(set) var steps = 0
  func advance() { steps += 1 }
}

/// Lives on a hub: its methods may block greenly.
actor Archive {
  private let hub: HubReference
  private var lines: [String] = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { hub.asUnownedSerialExecutor() }

  init(on hub: HubReference) { self.hub = hub }

  func store(_ line: String) throws -> Int {
    try GreenThread.sleep(for: .milliseconds(1))
    lines.append(line)
    return lines.count
  }
}

/// Async code, as a library may offer it.
func download(_ number: Int) async throws -> String {
  try await Task.sleep(for: .milliseconds(5))
  return "page \(number)"
}

let progress = Progress()
let archive = Archive(on: Hub.current.executor)
let pages = LightQueue<String>()

// Green threads that await.
let downloads = (1...5).map { number in
  spawn {
    let page = try GreenThread.awaiting {
      let page = try await download(number)
      progress.advance()
      return page
    }
    try pages.put(page)
  }
}

// A task that blocks greenly, and awaits an actor of the hub.
let stored = try GreenThread.awaiting {
  var stored = 0
  for _ in downloads {
    let page = try pages.get()
    stored = try await archive.store(page)
    progress.advance()
  }
  return stored
}

// A green thread awaited by async code elsewhere.
let hub = Hub.current.reference
let total = try GreenThread.awaiting {
  try await Task.detached {
    try await hub.run { () throws -> Int in
      try GreenThread.sleep(for: .milliseconds(1))
      return 2
    }
  }.value
}
say("\(stored) pages stored, \(progress.steps) steps, \(total) worlds")
