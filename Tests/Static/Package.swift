// swift-tools-version: 6.2
import PackageDescription

// Linked with the Swift runtime inside, as servers are often deployed: then the
// runtime's thread-local words lie elsewhere, and libc's calls of the runtime and
// of Dispatch come from inside the program. Run by scripts/test-static.
let package = Package(
  name: "static-check",
  dependencies: [.package(name: "swift-eventlet", path: "../..")],
  targets: [
    .executableTarget(
      name: "static-check",
      dependencies: [.product(name: "Eventlet", package: "swift-eventlet")]),
    .executableTarget(
      name: "static-patched",
      dependencies: [
        .product(name: "Eventlet", package: "swift-eventlet"),
        .product(name: "EventletPatch", package: "swift-eventlet"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
