// swift-tools-version: 6.2
import PackageDescription

// Programs that have EventletPatch by way of another package, and do not name it. Run by
// scripts/test-linking.
let package = Package(
  name: "linking-app",
  products: [.library(name: "Plugin", type: .dynamic, targets: ["Plugin"])],
  dependencies: [.package(path: "../Middle")],
  targets: [
    .executableTarget(
      name: "linking-app", dependencies: [.product(name: "Middle", package: "Middle")]),
    .target(name: "Plugin", dependencies: [.product(name: "Middle", package: "Middle")]),
    .testTarget(name: "AppTests", dependencies: [.product(name: "Middle", package: "Middle")]),
  ],
  swiftLanguageModes: [.v6]
)
