import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

final class DirectoryRootTests: DirectoryRootTestCase {
  func testFilesAreOpened() throws {
    let tree = try makeTree()
    try withRoots(tree, in: "www") { root in
      for path in ["top.txt", "/top.txt", "//top.txt", "/./top.txt", "/.//././top.txt"] {
        XCTAssertEqual(try content(root, path), "top", path)
      }
      for path in ["/sub/deep/file.txt", "sub//deep///file.txt", "sub/./deep/file.txt"] {
        XCTAssertEqual(try content(root, path), "deep", path)
      }
    }
  }

  func testDirectoriesAreSaidToBeSo() throws {
    let tree = try makeTree()
    try withRoots(tree, in: "www") { root in
      for path in ["", "/", "//", ".", "/./", "sub", "/sub/", "sub/deep", "sub/deep//"] {
        guard case .directory = try root.open(path) else { return XCTFail(path) }
      }
    }
  }

  func testWhatIsNotThereIsNotFound() throws {
    let tree = try makeTree()
    try withRoots(tree, in: "www") { root in
      for path in [
        "none", "none/none", "sub/none", "top.txt/", "top.txt/x", "top.txt//", "top.txt/.",
        "sub\\deep\\file.txt", "%2e%2e/outside.txt", "TOP.TXT", "top.txt ",
        String(repeating: "x", count: 256), String(repeating: "x/", count: 3000),
      ] {
        assertRefused(root, path, .notFound)
      }
    }
  }

  func testNothingClimbs() throws {
    let tree = try makeTree()
    try withRoots(tree, in: "www", hidden: true) { root in
      for path in [
        "..", "/..", "../", "../outside.txt", "/../outside.txt", "sub/..", "sub/../top.txt",
        "sub/../../outside.txt", "//../outside.txt", "./../outside.txt", "sub/deep/../file.txt",
      ] {
        assertRefused(root, path, .climbs)
      }
    }
  }

  func testANULIsRefused() throws {
    let tree = try makeTree()
    try withRoots(tree, in: "www") { root in
      for path in ["top.txt\0", "top.txt\0.png", "\0", "\0/../x"] {
        assertRefused(root, path, .holdsNUL)
      }
    }
  }

  func testABackslashIsACharacter() throws {
    let tree = try makeTree()
    try tree.write("backslash", to: "www/..\\outside.txt")
    try withRoots(tree, in: "www", hidden: true) { root in
      XCTAssertEqual(try content(root, "..\\outside.txt"), "backslash")
    }
  }

  func testNamesAreBytes() throws {
    let tree = try makeTree()
    let name = Array("\(tree.path)/www/".utf8) + [0xff, 0xe9]
    close(Glibc.open((name + [0]).map(CChar.init(bitPattern:)), O_WRONLY | O_CREAT, 0o644))
    try withRoots(tree, in: "www") { root in
      guard case .file(let file) = try root.open([0xff, 0xe9]) else { return XCTFail("no file") }
      XCTAssertEqual(file.size, 0)
      assertRefused(root, [0xff, 0xe8], .notFound)
    }
    unlink((name + [0]).map(CChar.init(bitPattern:)))
  }

  func testHiddenFiles() throws {
    let tree = try makeTree()
    for name in [".secret", "sub/.secret", "...", ".well-knownish"] {
      try tree.write("hidden", to: "www/\(name)")
    }
    for name in [".git", ".well-known", "sub/.well-known"] {
      try tree.makeDirectory("www/\(name)")
      try tree.write("within", to: "www/\(name)/x")
    }
    try tree.write("within", to: "www/.well-known/.y")
    try withRoots(tree, in: "www") { root in
      for path in [
        ".secret", "sub/.secret", "...", ".well-knownish", ".git/x", ".git", ".none",
        "sub/.well-known/x", ".well-known/.y",
      ] {
        assertRefused(root, path, .hidden)
      }
      XCTAssertEqual(try content(root, "/.well-known/x"), "within")
    }
    try withRoots(tree, in: "www", hidden: true) { root in
      for path in [".secret", "sub/.secret", "..."] {
        XCTAssertEqual(try content(root, path), "hidden")
      }
      for path in [".git/x", "sub/.well-known/x", ".well-known/.y"] {
        XCTAssertEqual(try content(root, path), "within")
      }
    }
  }

  // MARK: What is no file

  func testPipesAndSocketsKeepNobodyWaiting() throws {
    let tree = try makeTree()
    try tree.makePipe("www/pipe")
    let listener = try GreenSocket.listen(on: .unix("\(tree.path)/www/socket"))
    defer { listener.close() }
    try tree.link("www/link", to: "pipe")
    try withRoots(tree, in: "www") { root in
      for path in ["pipe", "socket", "link"] { assertRefused(root, path, .notAFile) }
    }
    let devices = try DirectoryRoot.open("/dev")
    for path in ["null", "zero", "tty"] { assertRefused(devices, path, .notAFile) }
  }

  func testWhatMayNotBeRead() throws {
    try XCTSkipIf(geteuid() == 0, "the superuser may read anything")
    let tree = try makeTree()
    try tree.write("secret", to: "www/secret.txt")
    try tree.allow(0, "www/secret.txt")
    try tree.allow(0o111, "www/sub")
    try withRoots(tree, in: "www") { root in
      assertRefused(root, "secret.txt", .permissionDenied)
      // To be passed through, though not to be listed.
      guard case .directory = try root.open("sub") else { return XCTFail("no directory") }
      XCTAssertEqual(try content(root, "sub/deep/file.txt"), "deep")
    }
    try tree.allow(0o755, "www/sub")
  }

  // MARK: The root

  func testARootHasToBeADirectory() throws {
    let tree = try makeTree()
    for (name, number) in [("none", ENOENT), ("outside.txt", ENOTDIR), ("www\0", EINVAL)] {
      assertThrows(SystemError.self) {
        _ = try DirectoryRoot.open("\(tree.path)/\(name)")
      } check: {
        XCTAssertEqual($0.errno, number)
      }
    }
  }

  func testARootStaysWhatItWas() throws {
    let tree = try makeTree()
    try withRoots(tree, in: "www") { root in
      try tree.move("www", to: "old")
      try tree.makeDirectory("www")
      XCTAssertEqual(try content(root, "top.txt"), "top")
      rmdir("\(tree.path)/www")
      try tree.move("old", to: "www")
    }
  }

  func testDefaults() throws {
    let tree = try makeLinks()
    try tree.write("hidden", to: "www/.secret")
    let root = try DirectoryRoot.open("\(tree.path)/www")
    XCTAssertEqual(try content(root, "file"), "top")
    assertRefused(root, "out", .outside)
    assertRefused(root, ".secret", .hidden)
    XCTAssertEqual("\(root)", "directory \(tree.path)/www")
  }

  func testErrorsKnowTheirStatusAndAreHarmless() {
    for (reason, status) in [
      (.notFound, .notFound), (.hidden, .notFound), (.outside, .notFound),
      (.symbolicLink, .notFound), (.notAFile, .notFound), (.climbs, .badRequest),
      (.holdsNUL, .badRequest), (.permissionDenied, .forbidden),
    ] as [(FileAccessError.Reason, HTTPResponse.Status)] {
      XCTAssertEqual(FileAccessError(path: "x", reason: reason).status, status)
    }
    XCTAssertEqual(
      "\(FileAccessError(path: "a\n'", reason: .notFound))", #"open 'a\x0a'': no such file"#)
  }

  /// Nothing of it runs on the hub's own OS thread.
  func testOpeningParksOnlyTheCaller() throws {
    let tree = try makeTree()
    let root = try assertSwitches { try DirectoryRoot.open("\(tree.path)/www") }
    _ = try assertSwitches { try root.open("top.txt") }
    // What is refused by its name alone needs no disk.
    assertDoesNotSwitch { assertRefused(root, "..", .climbs) }
  }

  func testAKilledOpeningLeavesNothingOpen() throws {
    let tree = try makeTree()
    let root = try DirectoryRoot.open("\(tree.path)/www")
    for round in 0..<50 {
      let victim = spawn { _ = try root.open("top.txt") }
      for _ in 0..<(round % 5) { try GreenThread.yield() }
      try victim.kill()
    }
    // All that has begun has ended when as many others have.
    let size = ThreadPool.shared.size
    ThreadPool.shared.size = 1
    defer { ThreadPool.shared.size = size }
    while ThreadPool.shared.runningCount > 0 { try GreenThread.yield() }
  }
}
