// libpq's blocking calls on one OS thread:  patched-postgres 'host=127.0.0.1 dbname=postgres' [COUNT]
import CLibpq
import Eventlet
import PatchedSupport

let words = CommandLine.arguments
let address = words.count > 1 ? words[1] : "host=127.0.0.1 dbname=postgres"

race(words.count > 2 ? Int(words[2]) ?? 50 : 50) {
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
