import CLibpq

/// Connects by libpq's blocking calls, and asks what takes the server half a second.
/// - Parameter address: As libpq takes it: `host=127.0.0.1 dbname=postgres`.
/// - Returns: Whether the answer is right; otherwise what libpq says is printed.
public func queryPostgres(_ address: String) -> Bool {
  let connection = PQconnectdb(address)
  defer { PQfinish(connection) }
  guard PQstatus(connection) == CONNECTION_OK else {
    print(String(cString: PQerrorMessage(connection)))
    return false
  }
  let result = PQexec(connection, "SELECT 6 * 7 FROM pg_sleep(0.5)")
  defer { PQclear(result) }
  guard PQresultStatus(result) == PGRES_TUPLES_OK, let value = PQgetvalue(result, 0, 0) else {
    print(String(cString: PQerrorMessage(connection)))
    return false
  }
  return String(cString: value) == "42"
}
