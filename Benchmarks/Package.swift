// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "swift-eventlet", path: "..")],
  targets: [
    .executableTarget(
      name: "microbench",
      dependencies: [
        .product(name: "Eventlet", package: "swift-eventlet"), "CSwitchBench",
      ]),
    .target(name: "CSwitchBench"),
    .executableTarget(
      name: "patchbench",
      dependencies: [
        .product(name: "Eventlet", package: "swift-eventlet"),
        .product(name: "EventletPatch", package: "swift-eventlet"), "CPatchBench",
      ]),
    .target(name: "CPatchBench"),
  ],
  swiftLanguageModes: [.v6]
)
