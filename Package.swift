// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "swift-eventlet",
  products: [
    .library(name: "Eventlet", targets: ["Eventlet"]),
    .library(name: "EventletCore", targets: ["EventletCore"]),
    .library(name: "EventletNet", targets: ["EventletNet"]),
    .library(name: "EventletDNS", targets: ["EventletDNS"]),
    .library(name: "EventletTLS", targets: ["EventletTLS"]),
    .library(name: "EventletCompression", targets: ["EventletCompression"]),
    .library(name: "EventletHTTP", targets: ["EventletHTTP"]),
    .library(name: "EventletHTTPClient", targets: ["EventletHTTPClient"]),
    .library(name: "EventletJSON", targets: ["EventletJSON"]),
    .library(name: "EventletWebSocket", targets: ["EventletWebSocket"]),
    .library(name: "EventletPatch", targets: ["EventletPatch"]),
    .library(name: "EventletTesting", targets: ["EventletTesting"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections", from: "1.2.0"),
    // Without its convenience for Foundation's URL, which would link Foundation.
    .package(url: "https://github.com/apple/swift-http-types", from: "1.5.0", traits: []),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
  ],
  targets: [
    .target(name: "CEventletCore"),
    .target(
      name: "EventletCore",
      dependencies: [
        "CEventletCore",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
      ]),
    .target(name: "EventletNet", dependencies: ["EventletCore", "CEventletCore"]),
    .systemLibrary(
      name: "CAres", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
    .target(
      name: "EventletDNS",
      dependencies: [
        "EventletNet", "EventletCore", "CAres",
        .product(name: "DequeModule", package: "swift-collections"),
      ]),
    .target(name: "Eventlet", dependencies: ["EventletCore", "EventletNet"]),
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .target(name: "CEventletTLS", dependencies: ["COpenSSL"]),
    .target(
      name: "EventletTLS",
      dependencies: ["EventletNet", "EventletCore", "CEventletTLS", "COpenSSL"]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "EventletCompression", dependencies: ["CZlib"]),
    .target(
      name: "EventletHTTP",
      dependencies: [
        "EventletNet", "EventletCore", "CEventletCore", "EventletCompression",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .target(name: "CEventletCurl", dependencies: ["CCurl"]),
    .target(
      name: "EventletHTTPClient",
      dependencies: [
        "EventletHTTP", "EventletCompression", "EventletNet", "EventletCore", "CEventletCore",
        "CEventletCurl", "CCurl",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ]),
    .target(
      name: "EventletJSON",
      dependencies: [
        "EventletHTTP", "EventletNet", "EventletCore",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ]),
    .target(
      name: "EventletWebSocket",
      dependencies: [
        "EventletHTTP", "EventletTLS", "EventletNet", "EventletCore", "EventletCompression",
        "CEventletCore", "COpenSSL",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "DequeModule", package: "swift-collections"),
      ]),
    .target(
      name: "CEventletPatch", dependencies: ["CEventletCore"],
      cSettings: ["Support", "Descriptors", "Selecting", "Processes", "Threads"].map {
        .headerSearchPath($0)
      }),
    .target(
      name: "EventletPatch", dependencies: ["EventletCore", "CEventletPatch", "CEventletCore"]),
    .target(name: "EventletTesting", dependencies: ["EventletNet", "EventletCore"]),
    .testTarget(
      name: "EventletCoreTests",
      dependencies: ["EventletCore", "EventletTesting", "CEventletCore"]),
    .testTarget(
      name: "EventletNetTests",
      dependencies: ["EventletNet", "EventletCore", "EventletTesting"]),
    .testTarget(
      name: "EventletDNSTests",
      dependencies: ["EventletDNS", "EventletNet", "EventletCore", "EventletTesting", "CAres"]),
    .testTarget(
      name: "EventletTLSTests",
      dependencies: [
        "EventletTLS", "EventletNet", "EventletCore", "EventletTesting", "CEventletTLS", "COpenSSL",
      ]),
    .testTarget(
      name: "EventletCompressionTests", dependencies: ["EventletCompression", "EventletTesting"]),
    .testTarget(
      name: "EventletHTTPTests",
      dependencies: [
        "EventletHTTP", "EventletCompression", "EventletTLS", "EventletNet", "EventletCore",
        "EventletTesting",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .testTarget(
      name: "EventletHTTPClientTests",
      dependencies: [
        "EventletHTTPClient", "EventletHTTP", "EventletTLS", "EventletNet", "EventletCore",
        "EventletCompression", "EventletTesting", "CCurl",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ]),
    .testTarget(
      name: "EventletJSONTests",
      dependencies: [
        "EventletJSON", "EventletHTTP", "EventletNet", "EventletCore", "EventletTesting",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ]),
    .testTarget(
      name: "EventletWebSocketTests",
      dependencies: [
        "EventletWebSocket", "EventletHTTP", "EventletTLS", "EventletNet", "EventletCore",
        "EventletCompression", "EventletTesting",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .target(name: "CPatchProbe", path: "Tests/CPatchProbe"),
    .testTarget(
      name: "EventletPatchTests",
      dependencies: [
        "EventletPatch", "EventletNet", "EventletCore", "EventletTesting", "CPatchProbe",
      ]),
    .testTarget(
      name: "EventletTests",
      dependencies: ["Eventlet", "EventletTesting"]),
    .testTarget(
      name: "EventletTestingTests",
      dependencies: ["EventletTesting", "EventletNet", "EventletCore"]),
  ],
  swiftLanguageModes: [.v6]
)

for target in package.targets
where target.type != .system && !target.name.hasPrefix("CEventlet") {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ]
}
