// swift-tools-version: 6.2
import PackageDescription

// The parser is internal to EventletHTTP, as the inflater is to EventletWebSocket, and no package but
// its own may see it: the modifier `package` ends there, and an SPI would have half of the parser be
// public. So the properties that are fuzzed import it as tests do, by `@testable`, and are the very
// sources that the tests of the package pass the corpus with: `Sources/…Properties` are links to
// them. scripts/fuzz and scripts/differential-http build with `-enable-testing`, which that takes.
let package = Package(
  name: "Fuzz",
  dependencies: [.package(name: "swift-eventlet", path: "..")],
  targets: [
    .target(
      name: "ParserProperties",
      dependencies: [.product(name: "EventletHTTP", package: "swift-eventlet")]),
    .target(
      name: "WebSocketProperties",
      dependencies: [
        .product(name: "EventletWebSocket", package: "swift-eventlet"),
        .product(name: "EventletCompression", package: "swift-eventlet"),
      ]),
    // libFuzzer brings their `main`: they are built one by one, and only by scripts/fuzz.
    .executableTarget(name: "request-head", dependencies: ["ParserProperties"]),
    .executableTarget(name: "chunked-body", dependencies: ["ParserProperties"]),
    .executableTarget(name: "websocket-inflate", dependencies: ["WebSocketProperties"]),
    .executableTarget(name: "websocket-frames", dependencies: ["WebSocketProperties"]),
    .executableTarget(
      name: "http-verdicts",
      dependencies: [
        "ParserProperties", .product(name: "EventletHTTP", package: "swift-eventlet"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
