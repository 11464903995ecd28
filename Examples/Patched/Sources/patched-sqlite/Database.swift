import CSQLite

/// What SQLite says of a call that failed.
struct SQLiteError: Error, CustomStringConvertible {
  let code: Int32

  // Not `sqlite3_errmsg`, which may tell of a sibling's call on a shared connection.
  var description: String { String(cString: sqlite3_errstr(code)) }
}

/// A connection in SQLite's serialised mode: each call on it holds its lock.
final class Database {
  private let connection: OpaquePointer?

  /// Opens a connection.
  /// - Parameters:
  ///   - path: Of the file, which is made if there is none.
  ///   - patience: How long, in milliseconds, a call tries again when another connection has locked the
  ///     file. SQLite sleeps meanwhile.
  /// - Throws: ``SQLiteError``.
  init(_ path: String, patience: Int32) throws {
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX
    let code = sqlite3_open_v2(path, &opened, flags, nil)
    connection = opened
    guard code == SQLITE_OK else { throw SQLiteError(code: code) }
    sqlite3_busy_timeout(opened, patience)
  }

  deinit { sqlite3_close(connection) }

  /// Runs one statement.
  /// - Returns: The first column of its last row, 0 without rows.
  /// - Throws: ``SQLiteError``.
  @discardableResult
  func run(_ text: String) throws -> Int {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v2(connection, text, -1, &statement, nil)
    guard code == SQLITE_OK else { throw SQLiteError(code: code) }
    defer { sqlite3_finalize(statement) }
    var value = 0
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: value = Int(sqlite3_column_int64(statement, 0))
      case SQLITE_DONE: return value
      case let code: throw SQLiteError(code: code)
      }
    }
  }

  /// Defines `pause(milliseconds)`, which returns how many of its calls there are at once.
  func definePause(counter: UnsafeMutablePointer<Int32>) throws {
    let code = sqlite3_create_function_v2(
      connection, "pause", 1, SQLITE_UTF8, counter,
      { call, _, values in
        let counter = sqlite3_user_data(call).assumingMemoryBound(to: Int32.self)
        counter.pointee += 1
        sqlite3_sleep(sqlite3_value_int(values?[0]))
        sqlite3_result_int(call, counter.pointee)
        counter.pointee -= 1
      }, nil, nil, nil)
    guard code == SQLITE_OK else { throw SQLiteError(code: code) }
  }
}
