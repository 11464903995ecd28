import EventletHTTP
import Testing

@Test(arguments: [
  (HTTPVersion.http1_0, HTTPVersion.http1_1), (.http1_1, HTTPVersion(major: 2, minor: 0)),
])
func olderVersionsComeFirst(older: HTTPVersion, newer: HTTPVersion) {
  #expect(older < newer)
  #expect(!(newer < older))
}

@Test func aVersionIsWrittenAsInARequestLine() {
  #expect("\(HTTPVersion.http1_1)" == "HTTP/1.1")
}
