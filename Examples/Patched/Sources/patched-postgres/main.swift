// libpq's blocking calls on one OS thread:  patched-postgres 'host=127.0.0.1 dbname=postgres' [COUNT]
import PatchedSupport
import PostgresQuery

let words = CommandLine.arguments
let address = words.count > 1 ? words[1] : "host=127.0.0.1 dbname=postgres"

race(words.count > 2 ? Int(words[2]) ?? 50 : 50) { queryPostgres(address) }
