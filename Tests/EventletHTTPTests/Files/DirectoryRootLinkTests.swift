import EventletHTTP
import EventletTesting
import XCTest

final class DirectoryRootLinkTests: DirectoryRootTestCase {
  func testLinksThatStayBeneathAreFollowed() throws {
    let tree = try makeLinks()
    try withRoots(tree, in: "www") { root in
      for path in ["file", "chain", "sub/up", "sub/deep/updown", "dir/up", "sub/home/top.txt"] {
        XCTAssertEqual(try content(root, path), "top", path)
      }
      for path in ["far", "dir/deep/file.txt", "slash/deep/file.txt", "dot/dot/far", "odd"] {
        XCTAssertEqual(try content(root, path), "deep", path)
      }
      for path in ["dir", "dir/", "slash", "dot", "sub/home", "sub/home/sub/home"] {
        guard case .directory = try root.open(path) else { return XCTFail(path) }
      }
      for path in ["broken", "broken/x", "throughfile", "fileslash", "file/", "file/x"] {
        assertRefused(root, path, .notFound)
      }
    }
  }

  func testLinksThatLeadOutAreNot() throws {
    let tree = try makeLinks()
    try withRoots(tree, in: "www") { root in
      for path in [
        "out", "outdir", "outdir/outside.txt", "outdir/www/top.txt", "sub/out", "dir/out", "back",
        "absolute", "own", "tricky", "root", "root/etc/passwd", "proc", "proc/etc/passwd",
        "sub/home/out",
      ] {
        assertRefused(root, path, .outside)
      }
    }
  }

  func testLinksInACircleAreNotFollowed() throws {
    let tree = try makeLinks()
    try withRoots(tree, in: "www") { root in
      for path in ["loop", "ping", "pong", "ping/x", "loopdir"] {
        assertRefused(root, path, .symbolicLink)
      }
    }
  }

  /// As many as the kernel follows, and no more.
  func testAChainOfLinks() throws {
    let tree = try makeTree()
    try tree.link("www/link1", to: "top.txt")
    for number in 2...41 { try tree.link("www/link\(number)", to: "link\(number - 1)") }
    try withRoots(tree, in: "www") { root in
      XCTAssertEqual(try content(root, "link40"), "top")
      assertRefused(root, "link41", .symbolicLink)
    }
  }

  func testNoLinkIsFollowedIfNoneIsToBe() throws {
    let tree = try makeLinks()
    try withRoots(tree, in: "www", links: false) { root in
      for path in [
        "file", "dir", "dir/", "dir/deep/file.txt", "chain", "dot", "sub/up", "out", "absolute",
        "loop", "broken", "sub/home/top.txt", "root/etc/passwd",
      ] {
        assertRefused(root, path, .symbolicLink)
      }
      XCTAssertEqual(try content(root, "sub/deep/file.txt"), "deep")
    }
  }

  /// The links of /proc say one thing and lead to another.
  func testTheRootMayBeAnything() throws {
    for avoidsOpenat2 in [false, true] {
      let root = try DirectoryRoot.open(
        "/proc/self", followsSymbolicLinks: true, showsHiddenFiles: false,
        avoidsOpenat2: avoidsOpenat2)
      for path in ["root/etc/passwd", "cwd", "exe"] {
        assertThrows(FileAccessError.self) { _ = try root.open(path) }
      }
      guard case .file = try root.open("status") else { return XCTFail("no file") }
    }
  }

  /// The root itself may be a link: who names it means what it leads to.
  func testTheRootMayBeALink() throws {
    let tree = try makeTree()
    try tree.link("current", to: "www")
    try withRoots(tree, in: "current") { XCTAssertEqual(try content($0, "top.txt"), "top") }
  }
}
