// Costs of the scheduler's primitives, one process, one OS thread.
//
//     microbench [--json] [--parked N]
import CSwitchBench
import Eventlet

let arguments = CommandLine.arguments
let parkedCount =
  arguments.firstIndex(of: "--parked").flatMap { Int(arguments[$0 + 1]) } ?? 100_000

var results: [(name: String, value: Double)] = []

// Memory first: later benchmarks leave caches behind.
let memory = try measureMemory(parked: parkedCount)
results.append(("yield_ns", try bestOf(5) { try measureYield() }))
results.append(("spawn_wait_ns", try bestOf(5) { try measureSpawnWait() }))
results.append(("spawn_wait_batch_ns", try bestOf(5) { try measureSpawnWaitBatch() }))
results.append(("queue_roundtrip_ns", try bestOf(5) { try measureQueueRoundTrip() }))
results.append(("timer_arm_cancel_ns", try measureTimers()))
results.append(("context_switch_ns", bestOf(5) { sb_context_switch(2_000_000) }))
results += memory

if arguments.contains("--json") {
  print("{" + results.map { "\"\($0.name)\": \(rounded($0.value))" }.joined(separator: ", ") + "}")
} else {
  for result in results { print("\(result.name): \(rounded(result.value))") }
}
