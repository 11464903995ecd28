// swift-tools-version: 6.2
import PackageDescription

// A package of its own: what it builds takes minutes, and only one comparison needs it. Its folder
// must not be called "hummingbird", which would be the identity of what it depends on.
let package = Package(
  name: "hummingbird-peer",
  dependencies: [
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
  ],
  targets: [
    .executableTarget(
      name: "hummingbird-peer",
      dependencies: [
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
