import EventletCompression
import Testing

/// What Python's zlib 1.2.13 and gzip wrote.
struct Vector: CustomTestStringConvertible {
  let testDescription: String
  let format: CompressionFormat
  let bytes: [UInt8]
  let expected: [UInt8]

  init(_ name: String, _ format: CompressionFormat, _ digits: String, _ expected: [UInt8]) {
    testDescription = name
    self.format = format
    bytes = hex(digits)
    self.expected = expected
  }

  static let zlib = Vector(
    "zlib", .zlib,
    "78da4b2f4a4dcd5328c9284a4d4c29d651480773334a93e0ece2fce4ecd492622b2897ba2a01531d2d5b",
    threads)
  static let smallWindow = Vector(
    "window of 512 bytes", .zlib,
    "18d34b2f4a4dcd5328c9284a4d4c29d651480773334a93e0ece2fce4ecd492622b2897ba2a01531d2d5b",
    threads)
  static let file = Vector(
    "name and time of a file", .gzip,
    "1f8b08087856341202ff6e6f7465732e747874004b2f4a4dcd5328c9284a4d4c29d651480773334a93e0ece2"
      + "fce4ecd492622b2897ba2a0164aa8f0f7e000000", threads)
  static let nothing = Vector(
    "nothing, gzip", .gzip, "1f8b080000000000020303000000000000000000", [])

  static let all: [Vector] = [
    .zlib, .smallWindow, .file, .nothing,
    Vector(
      "all fields of a header", .gzip,
      "1f8b081e0000000000ff03006162636e616d6500636f6d6d656e740078184b2f4a4dcd5328c9284a4d4c29d6"
        + "51480773334a93e0ece2fce4ecd492622b2897ba2a0164aa8f0f7e000000", threads),
    Vector(
      "raw", .raw, "4b2f4a4dcd5328c9284a4d4c29d651480773334a93e0ece2fce4ecd492622b2897ba2a01",
      threads),
    Vector("stored block", .raw, "010600f9ff73746f726564", Array("stored".utf8)),
    Vector("fixed codes", .raw, "4bcbac484d5148ce4f492d0600", Array("fixed codes".utf8)),
    Vector("nothing, zlib", .zlib, "789c030000000001", []),
    Vector("nothing, raw", .raw, "0300", []),
  ]
}
