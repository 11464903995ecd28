// Foundation on one OS thread:
//
//     patched-foundation sleep | pipe | process | exit [COUNT] | loop [COUNT]
//     patched-foundation url URL | session URL
//     patched-foundation crash
import Eventlet
import EventletPatch
import Foundation
import FoundationNetworking
import PatchedSupport

let words = CommandLine.arguments
let what = words.count > 1 ? words[1] : "sleep"
let url = URL(string: words.count > 2 ? words[2] : "http://127.0.0.1:8000/")

/// Reads what a green thread writes after half a second.
func readPipe() throws -> Bool {
  let pipe = Pipe()
  let writer = spawn {
    Thread.sleep(forTimeInterval: 0.5)
    pipe.fileHandleForWriting.write(Data("hello".utf8))
    try pipe.fileHandleForWriting.close()
  }
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  try writer.wait()
  return data == Data("hello".utf8)
}

/// Runs a program, and waits for it by a semaphore.
func runProcess() throws -> Bool {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/bin/sleep")
  process.arguments = ["0.5"]
  let ended = DispatchSemaphore(value: 0)
  process.terminationHandler = { _ in ended.signal() }
  try process.run()
  ended.wait()
  return process.terminationStatus == 0
}

/// Runs a program, and waits for it in a run loop, which is the OS thread's.
func runProcessInLoop() throws -> Bool {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/bin/sleep")
  process.arguments = ["0.5"]
  try process.run()
  process.waitUntilExit()
  return process.terminationStatus == 0
}

/// Stays in the OS thread's run loop for half a second; a timer keeps that from being empty.
func runLoop() -> Bool {
  let timer = Timer(timeInterval: 0.1, repeats: true) { _ in }
  RunLoop.current.add(timer, forMode: .default)
  defer { timer.invalidate() }
  let end = Date(timeIntervalSinceNow: 0.5)
  RunLoop.current.run(until: end)
  return Date() >= end
}

/// Asks a server by the blocking call.
func load() throws -> Bool {
  guard let url else { return false }
  return try !Data(contentsOf: url).isEmpty
}

/// As many connections as there are green threads; six by default.
let session = {
  let configuration = URLSessionConfiguration.ephemeral
  configuration.httpMaximumConnectionsPerHost = 50
  return URLSession(configuration: configuration)
}()

/// Asks a server by a task, and waits for it by a semaphore.
func loadByTask() -> Bool {
  guard let url else { return false }
  nonisolated(unsafe) var length = 0
  let ended = DispatchSemaphore(value: 0)
  let task = session.dataTask(with: url) { data, _, _ in
    length = data?.count ?? 0
    ended.signal()
  }
  task.resume()
  ended.wait()
  return length > 0
}

/// Fails where a handler of signals, which waits for the program that prints the stack, is not to park.
@inline(never)
func crashInGreenThread() throws {
  try MonkeyPatch.install()
  let sibling = spawn { Thread.sleep(forTimeInterval: 60) }
  try spawn { fatalError("a green thread crashes") }.wait()
  try sibling.wait()
}

switch what {
case "sleep":
  race(50) {
    Thread.sleep(forTimeInterval: 0.5)
    return true
  }
case "pipe": race(50, readPipe)
case "process": race(20, runProcess)
// The number of siblings, because a run loop is not made for any.
case "exit": race(words.count > 2 ? Int(words[2]) ?? 10 : 10, runProcessInLoop)
case "loop": race(words.count > 2 ? Int(words[2]) ?? 10 : 10, runLoop)
case "url": race(50, load)
case "session": race(50, loadByTask)
case "crash": try crashInGreenThread()
default: print("usage: patched-foundation sleep|pipe|process|exit|loop|url|session|crash [URL]")
}
