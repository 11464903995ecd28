import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Serves directories that a test fills; they are removed with the test.
class StaticFilesTestCase: HTTPTestCase {
  private var trees: [TemporaryTree] = []

  /// Text in which every place is another, so that a wrong part shows.
  static let longText = (0..<60_000).map { "\($0) " }.joined()

  override func tearDownWithError() throws {
    try super.tearDownWithError()
    trees = []
  }

  /// A directory with these files; a name before a slash is a directory that comes to be.
  func makeTree(_ files: [(name: String, text: String)]) throws -> TemporaryTree {
    let tree = try TemporaryTree()
    trees.append(tree)
    var made: Set<String> = []
    for (name, text) in files {
      let parts = name.split(separator: "/")
      for count in 1..<max(parts.count, 1) {
        let directory = parts[..<count].joined(separator: "/")
        if made.insert(directory).inserted { try tree.makeDirectory(directory) }
      }
      if !name.hasSuffix("/") { try tree.write(text, to: name) }
    }
    return tree
  }

  /// Time may jump while an OS thread opens a file: to be idle meanwhile is no reason to be closed.
  override func makeServer(
    _ configure: (inout HTTPServer.Configuration) -> Void = { _ in },
    handler: @escaping RequestHandler
  ) -> HTTPServer {
    super.makeServer(
      {
        $0.timeouts.idle = nil
        configure(&$0)
      }, handler: handler)
  }

  func connect(
    files tree: TemporaryTree, over kind: StreamKind = .socket,
    _ configure: (inout StaticFiles.Configuration) -> Void = { _ in }
  ) throws -> RawClient {
    var configuration = StaticFiles.Configuration()
    configure(&configuration)
    let files = try StaticFiles(directory: tree.path, configuration: configuration)
    return try connect(to: makeServer(handler: files.handle), over: kind)
  }

  func setTime(of name: String, in tree: TemporaryTree, _ seconds: Int) {
    let time = timespec(tv_sec: seconds, tv_nsec: 0)
    XCTAssertEqual(utimensat(AT_FDCWD, "\(tree.path)/\(name)", [time, time], 0), 0)
  }

  /// How many descriptors of files in the directory are open.
  func openCount(in tree: TemporaryTree) -> Int {
    (0..<1024).count { number in
      var target = [CChar](repeating: 0, count: 256)
      let length = readlink("/proc/self/fd/\(number)", &target, target.count)
      let path = String(decoding: target[..<max(length, 0)].map(UInt8.init), as: UTF8.self)
      return path.hasPrefix(tree.path + "/")
    }
  }
}
