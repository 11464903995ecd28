import EventletCore
import EventletHTTP
import EventletTesting
import XCTest

/// All of it by the kernel's own way, and by that for kernels which have none.
class DirectoryRootTestCase: GreenTestCase {
  func withRoots(
    _ tree: TemporaryTree, in name: String = "", links: Bool = true, hidden: Bool = false,
    _ body: (DirectoryRoot) throws -> Void
  ) throws {
    for avoidsOpenat2 in [false, true] {
      try body(
        DirectoryRoot.open(
          "\(tree.path)/\(name)", followsSymbolicLinks: links, showsHiddenFiles: hidden,
          avoidsOpenat2: avoidsOpenat2))
    }
  }

  func content(_ root: DirectoryRoot, _ path: String) throws -> String {
    guard case .file(let file) = try root.open(path) else { return "(a directory)" }
    return String(decoding: try file.read(upTo: 1000, at: 0), as: UTF8.self)
  }

  func assertRefused(
    _ root: DirectoryRoot, _ path: [UInt8], _ reason: FileAccessError.Reason,
    file: StaticString = #filePath, line: UInt = #line
  ) {
    assertThrows(FileAccessError.self, file: file, line: line) {
      _ = try root.open(path)
    } check: {
      XCTAssertEqual($0.reason, reason, "\($0)", file: file, line: line)
      XCTAssertEqual($0.path, String(decoding: path, as: UTF8.self), file: file, line: line)
    }
  }

  func assertRefused(
    _ root: DirectoryRoot, _ path: String, _ reason: FileAccessError.Reason,
    file: StaticString = #filePath, line: UInt = #line
  ) { assertRefused(root, Array(path.utf8), reason, file: file, line: line) }

  func makeTree() throws -> TemporaryTree {
    let tree = try TemporaryTree()
    try tree.makeDirectory("www")
    try tree.makeDirectory("www/sub")
    try tree.makeDirectory("www/sub/deep")
    try tree.write("top", to: "www/top.txt")
    try tree.write("deep", to: "www/sub/deep/file.txt")
    try tree.write("outside", to: "outside.txt")
    return tree
  }

  func makeLinks() throws -> TemporaryTree {
    let tree = try makeTree()
    for (name, target) in [
      ("file", "top.txt"), ("dir", "sub"), ("far", "sub/deep/file.txt"), ("chain", "file"),
      ("slash", "sub/"), ("dot", "."), ("sub/up", "../top.txt"),
      ("sub/deep/updown", "../../sub/up"),
      ("sub/home", ".."), ("odd", ".//sub/./deep//../deep/file.txt"),
    ] {
      try tree.link("www/\(name)", to: target)
    }
    for (name, target) in [
      ("out", "../outside.txt"), ("outdir", ".."), ("sub/out", "../../outside.txt"),
      ("back", "../www/top.txt"), ("absolute", "/etc/passwd"), ("own", tree.path + "/www/top.txt"),
      ("tricky", "sub/../../www/top.txt"), ("root", "/"), ("proc", "/proc/self/root"),
    ] {
      try tree.link("www/\(name)", to: target)
    }
    for (name, target) in [
      ("loop", "loop"), ("ping", "pong"), ("pong", "ping"), ("loopdir", "loopdir/x"),
    ] {
      try tree.link("www/\(name)", to: target)
    }
    try tree.link("www/broken", to: "none")
    try tree.link("www/throughfile", to: "top.txt/..")
    try tree.link("www/fileslash", to: "top.txt/")
    return tree
  }
}
