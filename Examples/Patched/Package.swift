// swift-tools-version: 6.2
import PackageDescription

// C libraries and Foundation, as they are, on one OS thread. A package of its own, because each program
// needs a native library. Run by scripts/patched-libraries.
let programs: [(String, [Target.Dependency])] = [
  ("patched-postgres", ["CLibpq"]), ("patched-curl", ["CLibcurl"]),
  ("patched-redis", ["CHiredis"]), ("patched-foundation", []),
]

let package = Package(
  name: "PatchedExamples",
  dependencies: [.package(name: "swift-eventlet", path: "../..")],
  targets: [
    .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
      name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
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
          .product(name: "Eventlet", package: "swift-eventlet"), "PatchedSupport",
        ])
    },
  swiftLanguageModes: [.v6]
)
