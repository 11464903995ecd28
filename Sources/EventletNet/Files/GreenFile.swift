internal import CEventletCore
internal import EventletCore
internal import Glibc

/// A file whose calls run on OS threads of a pool and park only the green thread that makes them.
///
/// ```swift
/// let log = try GreenFile.open("access.log", .append)
/// try log.sendAll("started\n")
/// log.close()
///
/// let file = try GreenFile.open("/etc/hosts")
/// while let line = try file.reader.readLine() { print(line) }
/// ```
///
/// Linux has no way to ask whether a file would keep a call waiting: the kernel calls it always
/// ready, and waits all the same. So the calls go to ``/EventletCore/ThreadPool/shared``.
///
/// One operation at a time, in the order in which they were called. A kill or timeout of who waits
/// for one throws at once; what has begun ends by itself, and only then does the next begin, or the
/// number of a closed file go back to the kernel. A read that was interrupted has moved nothing; a
/// write may have been done or not.
///
/// Reading is at ``position``, and so is writing, but in the appending modes. Not `Sendable`.
///
/// In Python: `open`, `GreenPipe` of a file.
public final class GreenFile: ByteSource, ByteSink, CustomStringConvertible {
  /// Its path, or the number of the descriptor that was taken over.
  public let path: String
  /// The descriptor's number; of no use after ``close()``.
  public let fileDescriptor: Int32
  private var file: ThreadPool.Proxy<OpenFile>?
  /// One at a time here too: what follows from an operation is known when its caller goes on.
  private let turn = Semaphore(value: 1)
  /// Those in the middle of an operation, or in line for one.
  private var users: [Interrupter] = []
  /// Where the next bytes come from, those that were read ahead not counted.
  private var place: Int
  /// Changes with each move by the caller, which wins over what an operation does meanwhile.
  private var moves = 0
  /// Whether the kernel's place, which others may share, is this one's: so it is of adopted files.
  private let sharesItsPlace: Bool
  /// Whether the kernel is to be told of ``place`` before the next operation.
  private var hasMoved = false
  /// Whether bytes are written where the kernel says, in the appending modes too.
  private let writesAtItsOwnPlace: Bool
  private var hasWritten = false
  private lazy var readBuffer = ReadBuffer()

  private init(_ file: consuming sending OpenFile, place: Int, sharesItsPlace: Bool = false) {
    path = file.path
    self.sharesItsPlace = sharesItsPlace
    fileDescriptor = file.descriptor
    writesAtItsOwnPlace = file.writesAtItsOwnPlace
    self.place = place
    // Whoever waits for the old file of that number, which somebody closed behind our back.
    Hub.current.notifyOpened(fileDescriptor)
    self.file = ThreadPool.Proxy(file)
  }

  /// Opens a file, see open(2).
  /// - Parameters:
  ///   - path: Relative ones begin at the program's working directory.
  ///   - mode: For reading by default.
  ///   - permissions: Of a file that is created, less the process's umask.
  /// - Returns: The file.
  /// - Throws: ``/EventletCore/SystemError``, which names the path;
  ///   ``/EventletCore/HubError/invalidArgument(_:)`` for a FIFO or terminal, which is for
  ///   ``PipeReader`` and ``PipeWriter``; what a kill or timeout throws, and then nothing stays open.
  ///
  /// In Python: `eventlet.green.os.open`, `eventlet.green.builtin.open`.
  public static func open(
    _ path: String, _ mode: Mode = .read, permissions: UInt32 = 0o666
  ) throws -> GreenFile {
    let file = try ThreadPool.execute {
      try OpenFile.opening(path, mode, permissions: permissions)
    }
    let size = mode == .append ? Int(try file.status().st_size) : 0
    return GreenFile(file, place: size)
  }

  /// Opens a file for as long as `body` runs, and closes it with ``closeReportingErrors()``.
  ///
  /// ```swift
  /// let first = try GreenFile.withOpen("/etc/hosts") { try $0.reader.readLine() }
  /// ```
  /// - Returns: what `body` returns.
  /// - Throws: as ``open(_:_:permissions:)``; what `body` throws; what closing throws.
  ///
  /// In Python: `with open(…) as file`.
  public static func withOpen<Result>(
    _ path: String, _ mode: Mode = .read, permissions: UInt32 = 0o666,
    _ body: (GreenFile) throws -> Result
  ) throws -> Result {
    let file = try open(path, mode, permissions: permissions)
    defer { file.close() }
    let result = try body(file)
    try file.closeReportingErrors()
    return result
  }

  /// Takes over a descriptor of a file.
  ///
  /// Reading and writing are at the descriptor's own place, and move it, so that other processes that
  /// have it go on behind. What they have done shows in ``position`` after the next operation. A
  /// ``reader`` reads ahead, and what it has read others do not get.
  /// - Parameter descriptor: An open descriptor of a file that nobody else closes.
  /// - Throws: ``/EventletCore/SystemError`` when it is not open, or has no places;
  ///   ``/EventletCore/HubError/invalidArgument(_:)`` when it is no file. It is not taken over then.
  public convenience init(adopting descriptor: Int32) throws {
    guard try DescriptorKind(of: descriptor).isFile else {
      throw HubError.invalidArgument(
        "descriptor \(descriptor): not a file; adopt it as a PipeReader, PipeWriter or GreenSocket")
    }
    let place = lseek(descriptor, 0, SEEK_CUR)
    guard place >= 0 else {
      throw SystemError(call: "seek", subject: "descriptor \(descriptor)")
    }
    self.init(
      OpenFile(
        owning: descriptor, path: "descriptor \(descriptor)", writesAtItsOwnPlace: true),
      place: Int(place), sharesItsPlace: true)
  }

  /// Of the same open file, under another number.
  convenience init(sharing descriptor: Int32) throws {
    let copy = try TemporaryDescriptor(duplicating: descriptor)
    try self.init(adopting: copy.number)
    _ = copy.takeNumber()
  }

  deinit { close() }

  /// What it is, for messages.
  public var description: String { "file \(path)" }

  // MARK: Operations

  /// Whether it was closed.
  public var isClosed: Bool { file == nil }

  /// Runs `body` on the pool, after all operations called before.
  func perform<Result: Sendable>(
    _ call: String, _ body: @escaping @Sendable (inout OpenFile) throws -> Result
  ) throws -> Result {
    try operate(call) { file in try file.execute { try body(&$0) } }
  }

  private func operate<Result>(
    _ call: String, _ body: (ThreadPool.Proxy<OpenFile>) throws -> Result
  ) throws -> Result {
    _ = try openFile(call)
    let user = Interrupter()
    users.append(user)
    defer {
      user.withdraw()
      users.removeAll { $0 === user }
    }
    try turn.acquire()
    defer { turn.release() }
    return try body(openFile(call))
  }

  private func openFile(_ call: String) throws -> ThreadPool.Proxy<OpenFile> {
    guard let file else { throw SystemError(call: call, errno: EBADF, subject: path) }
    return file
  }

  // MARK: Reading

  /// Reads lines, exact counts, up to delimiters, and all, from ``position``.
  ///
  /// All readers of one file are as one. At the end they stay there, even if the file grows:
  /// `seek(to: position)` has them look again.
  public var reader: BufferedReader { BufferedReader(self, buffer: readBuffer) }

  /// Reads at most `count` bytes, behind what a reader has read ahead.
  ///
  /// Use ``reader`` instead if anything else uses it.
  /// - Returns: empty at the end.
  /// - Throws: ``/EventletCore/SystemError``;
  ///   ``/EventletCore/HubError/closedWhileWaiting(descriptor:)``; what a kill or timeout throws, and
  ///   then nothing was read.
  ///
  /// In Python: `read(count)` of an unbuffered file.
  public func receive(upTo count: Int) throws -> [UInt8] {
    try operate("read") { file in
      let count = max(count, 0)
      return try read(file, from: place, mustGo: hasMoved) { try $0.readSome(upTo: count, at: $1) }
    }
  }

  /// Reads from ``position`` to the end.
  /// - Throws: as ``receive(upTo:)``, and the position stays.
  ///
  /// In Python: `read()`.
  public func readAll() throws -> [UInt8] {
    try operate("read") { file in
      let bytes = try read(file, from: position, mustGo: hasMoved || readBuffer.count > 0) {
        try $0.readAll(from: $1 ?? $0.go(to: nil), movesOn: $1 == nil)
      }
      readBuffer.reset()
      return bytes
    }
  }

  /// Reads and moves on; once more if the caller's green threads have moved meanwhile, since bytes of
  /// the old place are none of the new one.
  ///
  /// What is read by the kernel's place is given nil for it.
  private func read(
    _ file: ThreadPool.Proxy<OpenFile>, from start: Int, mustGo: Bool,
    _ body: @escaping @Sendable (borrowing OpenFile, Int?) throws -> [UInt8]
  ) throws -> [UInt8] {
    var (start, mustGo) = (start, mustGo)
    while true {
      let movesBefore = moves
      let bytes: [UInt8]
      let end: Int
      if sharesItsPlace {
        // If its end does not come here, the next goes back: it is as if nothing was read.
        hasMoved = true
        let target = mustGo ? start : nil
        (bytes, end) = try file.execute { file in
          try file.go(to: target)
          let bytes = try body(file, nil)
          return (bytes, try file.go(to: nil))
        }
      } else {
        let from = start
        bytes = try file.execute { try body($0, from) }
        end = start + bytes.count
      }
      guard moves == movesBefore else {
        (start, mustGo) = (place, true)
        continue
      }
      place = end
      hasMoved = false
      return bytes
    }
  }

  /// Reads `count` bytes from a place, or fewer where the file ends; the position stays.
  /// - Parameters:
  ///   - count: The most bytes to return.
  ///   - offset: Counted from the beginning of the file.
  /// - Returns: the bytes.
  /// - Throws: as ``receive(upTo:)``.
  ///
  /// In Python: `os.pread`.
  public func read(upTo count: Int, at offset: Int) throws -> [UInt8] {
    try refuseNegative(offset, "read")
    return try perform("read") { try $0.readAll(from: offset, upTo: max(count, 0)) }
  }

  // MARK: Writing

  /// Writes all bytes at ``position``, or at the end in an appending mode.
  ///
  /// A read comes behind them. What was read ahead is forgotten.
  /// - Throws: ``/EventletCore/SystemError``;
  ///   ``/EventletCore/HubError/closedWhileWaiting(descriptor:)``; what a kill or timeout throws. Part
  ///   of the bytes may have been written then, and the position stays.
  ///
  /// In Python: `write`.
  public func sendAll(_ bytes: [UInt8]) throws {
    try operate("write") { file in
      hasWritten = true
      let (place, writesAtItsOwnPlace) = (position, writesAtItsOwnPlace)
      let target = sharesItsPlace && (hasMoved || readBuffer.count > 0) ? place : nil
      let movesBefore = moves
      let end = try file.execute {
        if target != nil { try $0.go(to: target) }
        return try $0.write(bytes, at: place, usesItsOwnPlace: writesAtItsOwnPlace)
      }
      guard moves == movesBefore else { return }
      move(to: end)
      hasMoved = false
    }
  }

  /// Writes all bytes at a place; the position stays.
  ///
  /// What was read ahead is forgotten. A file in an appending mode puts them at its end all the same, as Linux does.
  /// - Parameters:
  ///   - bytes: To be written.
  ///   - offset: Counted from the beginning of the file.
  /// - Throws: as ``sendAll(_:)``.
  ///
  /// In Python: `os.pwrite`.
  public func write(_ bytes: [UInt8], at offset: Int) throws {
    try refuseNegative(offset, "write")
    try operate("write") { file in
      hasWritten = true
      defer { forgetWhatWasReadAhead() }
      try file.execute { _ = try $0.write(bytes, at: offset, usesItsOwnPlace: false) }
    }
  }

  /// Makes the file this long: cuts it, or fills it up with zeros.
  /// - Parameter size: ``position`` by default, when all operations called before have ended. It stays
  ///   where it is.
  /// - Throws: as ``sendAll(_:)``.
  ///
  /// In Python: `truncate`.
  public func truncate(to size: Int? = nil) throws {
    try refuseNegative(size ?? 0, "truncate")
    try operate("truncate") { file in
      let size = size ?? position
      hasWritten = true
      defer { forgetWhatWasReadAhead() }
      try file.execute { try $0.truncate(to: size) }
    }
  }

  /// Has what was written get to the disk, see fsync(2).
  /// - Parameter dataOnly: Without what is not needed to read it again, such as times.
  /// - Throws: ``/EventletCore/SystemError``; what a kill or timeout throws.
  ///
  /// In Python: `os.fsync`, `os.fdatasync`.
  public func sync(dataOnly: Bool = false) throws {
    try perform("sync") { try $0.sync(dataOnly: dataOnly) }
  }

  // MARK: Places

  /// Where the next read or write begins, counted from the beginning of the file.
  ///
  /// In Python: `tell`.
  public var position: Int { place - readBuffer.count }

  /// How many bytes the file has.
  /// - Throws: ``/EventletCore/SystemError``; what a kill or timeout throws.
  public func size() throws -> Int { try perform("fstat") { Int(try $0.status().st_size) } }

  /// Goes to a place, counted from the beginning; it may be behind the end.
  ///
  /// Never switches. A read of another green thread that is running goes on there; a write ends where
  /// it is, and leaves the place alone.
  /// - Throws: ``/EventletCore/SystemError`` when `position` is negative or the file is closed.
  ///
  /// In Python: `seek(position)`.
  public func seek(to position: Int) throws {
    _ = try openFile("seek")
    try refuseNegative(position, "seek")
    move(to: position)
  }

  /// Goes `distance` bytes on, or back if it is negative.
  ///
  /// Never switches.
  /// - Throws: as ``seek(to:)``.
  ///
  /// In Python: `seek(distance, os.SEEK_CUR)`.
  public func seek(by distance: Int) throws { try seek(to: position + distance) }

  /// Goes to a place counted from the end.
  /// - Parameter distance: 0, the default, is the end itself; before it is negative.
  /// - Returns: The place, counted from the beginning.
  /// - Throws: as ``seek(to:)``; what a kill or timeout throws.
  ///
  /// In Python: `seek(distance, os.SEEK_END)`.
  @discardableResult
  public func seekToEnd(_ distance: Int = 0) throws -> Int {
    try operate("seek") { file in
      let size = try file.execute { Int(try $0.status().st_size) }
      try seek(to: size + distance)
      return position
    }
  }

  private func move(to position: Int) {
    moves += 1
    hasMoved = true
    place = position
    readBuffer.reset()
  }

  /// It may be there no more, or be others by now.
  private func forgetWhatWasReadAhead() {
    if readBuffer.count > 0 { move(to: position) } else { readBuffer.reset() }
  }

  private func refuseNegative(_ offset: Int, _ call: String) throws {
    if offset < 0 { throw SystemError(call: call, errno: EINVAL, subject: path) }
  }

  // MARK: The end

  /// Closes the file.
  ///
  /// Whoever waits for an operation gets
  /// ``/EventletCore/HubError/closedWhileWaiting(descriptor:)``; later calls get
  /// ``/EventletCore/SystemError/badDescriptor``. Never switches, closing twice does nothing. A file
  /// that was written is closed on the pool, since that may take time: an error is lost, see
  /// ``closeReportingErrors()``.
  public func close() {
    guard let file = takeFile() else { return }
    guard hasWritten else { return }
    GreenThread.spawnDiscarding(name: "closing of \(path)") {
      try? withShield { try file.execute { try $0.close() } }
    }
  }

  /// Closes the file, and waits for it.
  ///
  /// Does nothing when it is closed.
  /// - Throws: ``/EventletCore/SystemError`` of what was written before and could not be kept, as on a
  ///   file system over the network; what a kill or timeout throws. It is closed in any case.
  public func closeReportingErrors() throws {
    try takeFile()?.execute { try $0.close() }
  }

  private func takeFile() -> ThreadPool.Proxy<OpenFile>? {
    guard let file else { return nil }
    self.file = nil
    Hub.ifPresent?.notifyClose(fileDescriptor)
    for user in users {
      user.interruptLater(HubError.closedWhileWaiting(descriptor: fileDescriptor))
    }
    return file
  }
}
