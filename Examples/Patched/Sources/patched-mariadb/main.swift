// MariaDB's client library on one OS thread:
//     patched-mariadb 127.0.0.1:3306 [COUNT]
//     patched-mariadb /run/mysqld/mysqld.sock [COUNT]
import CMariaDB
import PatchedSupport

let words = CommandLine.arguments
let address = words.count > 1 ? words[1] : "/run/mysqld/mysqld.sock"
let isPath = address.hasPrefix("/")
let parts = address.split(separator: ":").map(String.init)
let host = isPath ? nil : parts.first
let port = isPath ? 0 : UInt32(parts.last ?? "") ?? 3306
let path = isPath ? address : nil

// Once, because it may not be called by two at a time, and the first connection would.
guard mysql_server_init(0, nil, nil) == 0 else { fatalError("mysql_server_init failed") }

race(words.count > 2 ? Int(words[2]) ?? 50 : 50) {
  let connection = mysql_init(nil)
  defer { mysql_close(connection) }
  guard mysql_real_connect(connection, host, "root", nil, nil, port, path, 0) != nil,
    mysql_query(connection, "SELECT 6 * 7, SLEEP(0.5)") == 0,
    let result = mysql_store_result(connection)
  else {
    print(String(cString: mysql_error(connection)))
    return false
  }
  defer { mysql_free_result(result) }
  guard let row = mysql_fetch_row(result), let value = row[0] else { return false }
  return String(cString: value) == "42"
}
