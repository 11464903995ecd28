// Green code in a program whose main is async:  async-main
import Eventlet
import ExampleSupport

@MainActor private var steps = 0

@main struct AsyncMain {
  static func main() async throws {
    // Waits greenly, and the main actor goes on meanwhile: this closure belongs to it.
    let sum = try GreenThread.awaiting {
      try await Task.sleep(for: .milliseconds(1))
      steps += 1
      return 1 + 1
    }
    let workers = (1...3).map { number in
      spawn {
        try GreenThread.sleep(for: .milliseconds(number))
        return try GreenThread.awaiting { await MainActor.run { steps += 1 } }
      }
    }

    // Suspends, and the green threads run.
    try await Task.sleep(for: .milliseconds(1))
    for worker in workers { try worker.wait() }
    say("\(sum), \(steps) steps")
  }
}
