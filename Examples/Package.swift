// swift-tools-version: 6.2
import PackageDescription

let names = [
  "getting-started", "echo-server", "chat-server", "forwarder", "connect", "tcp-echo",
  "producer-consumer", "mixed-async", "async-main",
]

/// Those that ask servers by HTTP, some of which are servers too.
let clientNames = [
  "web-crawler", "recursive-crawler", "feed-scraper", "feed-scraper-client", "http-load",
]

/// The target's name, and what it has beside Eventlet, HTTP and WebSocket.
let webSocketNames: [(String, [Target.Dependency])] = [
  ("websocket", []), ("websocket-echo", []), ("websocket-autobahn-client", []),
  ("websocket-chat", [.product(name: "EventletJSON", package: "swift-eventlet")]),
]

let package = Package(
  name: "Examples",
  dependencies: [.package(name: "swift-eventlet", path: "..")],
  targets: [
    .target(
      name: "ExampleSupport",
      dependencies: [.product(name: "Eventlet", package: "swift-eventlet")])
  ]
    + names.map { name in
      .executableTarget(
        name: name,
        dependencies: [.product(name: "Eventlet", package: "swift-eventlet"), "ExampleSupport"])
    } + [
      .executableTarget(
        name: "tls-echo",
        dependencies: [
          .product(name: "Eventlet", package: "swift-eventlet"),
          .product(name: "EventletTLS", package: "swift-eventlet"), "ExampleSupport",
        ]),
      .executableTarget(
        name: "getting-started-http",
        dependencies: [
          .product(name: "Eventlet", package: "swift-eventlet"),
          .product(name: "EventletHTTP", package: "swift-eventlet"),
        ]),
      .executableTarget(
        name: "http-sink",
        dependencies: [
          .product(name: "Eventlet", package: "swift-eventlet"),
          .product(name: "EventletHTTP", package: "swift-eventlet"), "ExampleSupport",
        ]),
      .executableTarget(
        name: "hello",
        dependencies: [
          .product(name: "Eventlet", package: "swift-eventlet"),
          .product(name: "EventletHTTP", package: "swift-eventlet"),
          .product(name: "EventletTLS", package: "swift-eventlet"), "ExampleSupport",
        ]),
      .systemLibrary(
        name: "CLibcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
      .executableTarget(
        name: "httpbin",
        dependencies: [
          .product(name: "Eventlet", package: "swift-eventlet"),
          .product(name: "EventletHTTP", package: "swift-eventlet"),
          .product(name: "EventletJSON", package: "swift-eventlet"),
          .product(name: "EventletCompression", package: "swift-eventlet"), "CLibcrypto",
          "ExampleSupport",
        ]),
    ]
    + clientNames.map { name in
      .executableTarget(
        name: name,
        dependencies: [
          .product(name: "Eventlet", package: "swift-eventlet"),
          .product(name: "EventletHTTP", package: "swift-eventlet"),
          .product(name: "EventletHTTPClient", package: "swift-eventlet"), "ExampleSupport",
        ])
    }
    + webSocketNames.map { name, others in
      .executableTarget(
        name: name,
        dependencies: [
          .product(name: "Eventlet", package: "swift-eventlet"),
          .product(name: "EventletHTTP", package: "swift-eventlet"),
          .product(name: "EventletWebSocket", package: "swift-eventlet"), "ExampleSupport",
        ] + others)
    },
  swiftLanguageModes: [.v6]
)
