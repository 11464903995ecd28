// SQLite on one OS thread, one file for many green threads:  patched-sqlite FILE delete|wal [COUNT]
import CSQLite
import Eventlet
import Glibc
import PatchedSupport

let words = CommandLine.arguments
guard words.count > 2 else {
  print("usage: patched-sqlite FILE delete|wal [COUNT]")
  exit(2)
}
let (path, journal) = (words[1], words[2])

func check(_ number: Int, _ wanted: Int, _ what: String) {
  print("\(what): \(number)")
  if number == wanted { return }
  print("failed: \(wanted) is right")
  exit(1)
}

let database = try Database(path, patience: 0)
try database.run("PRAGMA journal_mode = \(journal)")
try database.run("CREATE TABLE counter AS SELECT 0 AS number")

// SQLite waits for a lock of the file by sleeping again and again: green threads do so at once.
try database.run("BEGIN IMMEDIATE")
race(words.count > 3 ? Int(words[3]) ?? 50 : 50) {
  let impatient = try Database(path, patience: 500)
  do { try impatient.run("BEGIN IMMEDIATE") } catch let error as SQLiteError {
    guard error.code == SQLITE_BUSY else { throw error }
    return true
  }
  return false
}
try database.run("COMMIT")

// Transactions exclude each other, though each lets its siblings run in its middle.
let writers = (0..<20).map { _ in
  spawn {
    let connection = try Database(path, patience: 60_000)
    for _ in 0..<10 {
      try connection.run("BEGIN IMMEDIATE")
      let number = try connection.run("SELECT number FROM counter")
      usleep(1000)
      try connection.run("UPDATE counter SET number = \(number + 1)")
      try connection.run("COMMIT")
    }
  }
}
for writer in writers { try writer.wait() }
check(try database.run("SELECT number FROM counter"), 200, "transactions of 20 connections")

// A connection's lock excludes siblings, though to libc they are one thread, which may take it again.
let counter = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
counter.initialize(to: 0)
try database.definePause(counter: counter)
let askers = (0..<20).map { _ in spawn { try database.run("SELECT pause(5)") } }
check(try askers.map { try $0.wait() }.max() ?? 0, 1, "most calls at once on a shared connection")
