// Costs of the scheduler's primitives in one process: on one OS thread, and of messages between two.
//
//     microbench [--json] [--parked N] [--only NAME] [--except NAME]
//
// NAME is that of a figure, "memory" or "hubs".
import CSwitchBench
import Eventlet

let arguments = CommandLine.arguments
let parkedCount =
  arguments.firstIndex(of: "--parked").flatMap { Int(arguments[$0 + 1]) } ?? 100_000

/// `--only NAME`: one benchmark, for a profiler.
let only = arguments.firstIndex(of: "--only").map { arguments[$0 + 1] }
/// `--except hubs`: on one core, to which messages between OS threads do not belong.
let except = arguments.firstIndex(of: "--except").map { arguments[$0 + 1] }

var results: [(name: String, value: Double)] = []

@MainActor func isWanted(_ name: String) -> Bool { (only ?? name) == name && except != name }

@MainActor func measure(_ name: String, _ body: () throws -> Double) rethrows {
  if isWanted(name) { results.append((name, try body())) }
}

// Memory first: later benchmarks leave caches behind.
if isWanted("memory") { results += try measureMemory(parked: parkedCount) }
try measure("yield_ns") { try bestOf(5) { try measureYield() } }
try measure("spawn_wait_ns") { try bestOf(5) { try measureSpawnWait() } }
try measure("spawn_wait_batch_ns") { try bestOf(5) { try measureSpawnWaitBatch() } }
try measure("greenpool_spawn_ns") { try bestOf(5) { try measureGreenPoolSpawn() } }
try measure("imap_item_ns") { try bestOf(5) { try measureMap() } }
try measure("queue_roundtrip_ns") { try bestOf(5) { try measureQueueRoundTrip() } }
try measure("timer_arm_cancel_ns") { try measureTimers() }
try measure("async_roundtrip_ns") { try bestOf(5) { try measureAsyncRoundTrip() } }
try measure("await_finished_ns") { try bestOf(5) { try measureAwaitFinished() } }
try measure("global_task_ns") { try bestOf(5) { try measureGlobalTask() } }
try measure("threadpool_roundtrip_ns") { try bestOf(5) { try measureThreadPoolRoundTrip() } }
measure("condvar_roundtrip_ns") { bestOf(5) { sb_condition_round_trip(50_000) } }
measure("context_switch_ns") { bestOf(5) { sb_context_switch(2_000_000) } }
if isWanted("hubs") {
  results.append(("hub_message_ns", try bestOf(5) { try measureHubMessages() }))
  results.append(("hub_roundtrip_ns", try bestOf(5) { try measureHubRoundTrip() }))
}

if arguments.contains("--json") {
  print("{" + results.map { "\"\($0.name)\": \(rounded($0.value))" }.joined(separator: ", ") + "}")
} else {
  for result in results { print("\(result.name): \(rounded(result.value))") }
}
