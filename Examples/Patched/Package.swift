// swift-tools-version: 6.2
import PackageDescription

// C libraries and Foundation, as they are, on one OS thread. A package of its own, because each program
// needs a native library. Run by scripts/patched-libraries.
let programs: [(String, [Target.Dependency])] = [
  ("patched-postgres", ["PostgresQuery"]), ("patched-curl", ["CurlTransfer"]),
  ("patched-together", ["PostgresQuery", "CurlTransfer"]), ("patched-redis", ["CHiredis"]),
  ("patched-mariadb", ["CMariaDB"]), ("patched-ssh", ["CLibssh2"]), ("patched-sqlite", ["CSQLite"]),
  ("patched-foundation", []),
]

let package = Package(
  name: "PatchedExamples",
  dependencies: [.package(name: "swift-eventlet", path: "../..")],
  targets: [
    .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
      name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
    .systemLibrary(
      name: "CMariaDB", pkgConfig: "libmariadb", providers: [.apt(["libmariadb-dev"])]),
    .systemLibrary(name: "CLibssh2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .target(name: "PostgresQuery", dependencies: ["CLibpq"]),
    .target(name: "CurlTransfer", dependencies: ["CLibcurl"]),
    .target(
      name: "PatchedSupport",
      dependencies: [
        .product(name: "Eventlet", package: "swift-eventlet"),
        .product(name: "EventletPatch", package: "swift-eventlet"),
      ]),
  ]
    + programs.map { name, libraries in
      .executableTarget(
        name: name,
        dependencies: libraries + [
          .product(name: "Eventlet", package: "swift-eventlet"),
          .product(name: "EventletPatch", package: "swift-eventlet"), "PatchedSupport",
        ])
    },
  swiftLanguageModes: [.v6]
)
