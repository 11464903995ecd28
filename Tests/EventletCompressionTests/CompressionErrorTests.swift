import EventletCompression
import Testing

@Test(
  arguments: [
    (.corrupt(.gzip, reason: "incorrect data check"), "gzip data: incorrect data check"),
    (.truncated(.zlib), "zlib data: ends too early"),
    (.limitExceeded(.raw, limit: 10), "raw data: expands to over 10 bytes"),
    (.dictionaryRequired(.zlib), "zlib data: requires a dictionary"),
  ] as [(CompressionError, String)])
func aCompressionErrorSaysWhatAndWhy(error: CompressionError, text: String) {
  #expect("\(error)" == text)
}
