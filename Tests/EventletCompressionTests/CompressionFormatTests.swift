import EventletCompression
import Testing

@Test func formatsDiffer() { #expect(CompressionFormat.gzip != .zlib) }
