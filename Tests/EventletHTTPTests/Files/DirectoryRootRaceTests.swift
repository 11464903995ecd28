import EventletCore
import EventletHTTP
import EventletTesting
import Glibc
import Synchronization
import XCTest

/// Somebody exchanges parts of a path while it is walked: a look first and an opening afterwards
/// would sometimes open what lies outside.
final class DirectoryRootRaceTests: GreenTestCase {
  private final class Counter: Sendable {
    let rounds = Atomic(0)
    let isOver = Atomic(false)
  }

  /// Opens `path` while another OS thread runs `exchange`, until it has often led inside and often
  /// nowhere.
  private func race(
    _ tree: TemporaryTree, _ path: String, avoidsOpenat2: Bool,
    _ exchange: @escaping @Sendable (_ root: String) -> Void
  ) throws {
    let root = try DirectoryRoot.open(
      "\(tree.path)/www", followsSymbolicLinks: true, showsHiddenFiles: false,
      avoidsOpenat2: avoidsOpenat2)
    let counter = Counter()
    let directory = tree.path
    let pool = ThreadPool(size: 1, name: "exchange")
    let exchanging = spawn {
      try pool.execute {
        while !counter.isOver.load(ordering: .relaxed) {
          exchange(directory)
          counter.rounds.add(1, ordering: .relaxed)
        }
      }
    }
    try wait { counter.rounds.load(ordering: .relaxed) > 0 }
    var (insideCount, refusalCount) = (0, 0)
    var text = "inside"
    while text == "inside", insideCount < 500 || refusalCount < 500 {
      do {
        guard case .file(let file) = try root.open(path) else { break }
        text = String(decoding: try file.read(upTo: 100, at: 0), as: UTF8.self)
        insideCount += 1
      } catch is FileAccessError { refusalCount += 1 }
    }
    XCTAssertEqual(text, "inside", "after \(insideCount) and \(refusalCount) refusals")
    XCTAssertGreaterThan(insideCount, 0)
    counter.isOver.store(true, ordering: .relaxed)
    try exchanging.wait()
  }

  private func makeTree() throws -> TemporaryTree {
    let tree = try TemporaryTree()
    for name in ["www", "www/inner", "outer"] { try tree.makeDirectory(name) }
    try tree.write("inside", to: "www/inner/file")
    try tree.write("outside", to: "outer/file")
    try tree.write("outside", to: "file")
    return tree
  }

  func testALinkThatIsTurned() throws {
    for avoidsOpenat2 in [false, true] {
      let tree = try makeTree()
      try tree.link("www/link", to: "inner")
      try race(tree, "link/file", avoidsOpenat2: avoidsOpenat2) { path in
        for target in ["../outer", "inner"] {
          symlink(target, "\(path)/www/new")
          rename("\(path)/www/new", "\(path)/www/link")
        }
      }
    }
  }

  func testADirectoryThatBecomesALink() throws {
    for avoidsOpenat2 in [false, true] {
      let tree = try makeTree()
      try race(tree, "inner/file", avoidsOpenat2: avoidsOpenat2) { path in
        rename("\(path)/www/inner", "\(path)/www/aside")
        symlink("../outer", "\(path)/www/inner")
        unlink("\(path)/www/inner")
        rename("\(path)/www/aside", "\(path)/www/inner")
      }
    }
  }

  /// A `..` that would lead elsewhere when the directory around it is moved out: the classic.
  func testADirectoryThatIsMovedOut() throws {
    for avoidsOpenat2 in [false, true] {
      let tree = try makeTree()
      try tree.makeDirectory("www/inner/deep")
      try tree.link("www/inner/deep/back", to: "../file")
      try race(tree, "inner/deep/back", avoidsOpenat2: avoidsOpenat2) { path in
        rename("\(path)/www/inner/deep", "\(path)/outer/deep")
        rename("\(path)/outer/deep", "\(path)/www/inner/deep")
      }
    }
  }
}
