import EventletCore
import Glibc
import XCTest

/// A directory with what a test puts into it, removed with the object.
final class TemporaryTree {
  let path: String

  init() throws {
    var template = Array("/tmp/eventlet-tree-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError(call: "mkdtemp", errno: errno) }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    guard unlink(path) != 0, rmdir(path) != 0, let directory = opendir(path) else { return }
    defer {
      closedir(directory)
      rmdir(path)
    }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) }
      if name != ".", name != ".." { remove("\(path)/\(name)") }
    }
  }

  private func at(_ name: String) -> String { "\(path)/\(name)" }

  private func check(_ result: Int32, _ call: String, _ name: String) throws {
    guard result >= 0 else { throw SystemError(call: call, errno: errno, subject: name) }
  }

  func makeDirectory(_ name: String) throws { try check(mkdir(at(name), 0o755), "mkdir", name) }

  func write(_ text: String, to name: String) throws {
    let file = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    try check(file, "open", name)
    defer { close(file) }
    try check(Int32(Glibc.write(file, text, text.utf8.count)), "write", name)
  }

  func link(_ name: String, to target: String) throws {
    try check(symlink(target, at(name)), "symlink", name)
  }

  func makePipe(_ name: String) throws { try check(mkfifo(at(name), 0o644), "mkfifo", name) }

  func move(_ name: String, to other: String) throws {
    try check(rename(at(name), at(other)), "rename", name)
  }

  func allow(_ mode: UInt32, _ name: String) throws {
    try check(chmod(at(name), mode), "chmod", name)
  }
}
