import EventletCompression
import Testing

/// The program of the module's page.
@Test func thereAndBack() throws {
  let text = String(repeating: "Hello, World! ", count: 1000)

  let compressor = Compressor(format: .gzip)
  let compressed = compressor.compress(Array(text.utf8), flush: .finish)

  let decompressor = Decompressor(format: .gzip, limit: 1_000_000)
  let expanded = try decompressor.decompress(compressed)
  try decompressor.finish()

  #expect(expanded == Array(text.utf8))
  #expect(compressed.count < 500)
}
