// swift-tools-version: 6.2
import PackageDescription

// A library that uses green threads inside, as a driver of a database might.
let package = Package(
  name: "Middle",
  products: [.library(name: "Middle", targets: ["Middle"])],
  dependencies: [.package(name: "swift-eventlet", path: "../../..")],
  targets: [
    .target(
      name: "Middle",
      dependencies: [
        .product(name: "EventletCore", package: "swift-eventlet"),
        .product(name: "EventletPatch", package: "swift-eventlet"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
