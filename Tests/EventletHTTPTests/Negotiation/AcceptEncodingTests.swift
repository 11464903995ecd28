import EventletHTTP
import Testing

@Suite struct AcceptEncodingTests {
  @Test(
    arguments: [
      (nil, .identity), ("", .identity), ("gzip", .gzip), ("deflate", .deflate), ("br", .identity),
      ("gzip, deflate, br", .gzip), ("GZip", .gzip), ("x-gzip", .gzip), ("*", .gzip),
      ("identity", .identity), ("gzip;q=0", .identity), ("gzip;q=0.5, deflate", .deflate),
      ("gzip;q=0.5, deflate;q=0.500", .gzip), ("deflate;q=0.001", .deflate),
      ("gzip;q=0.5, identity", .identity), ("gzip;q=0.5, identity;q=0.4", .gzip),
      ("gzip;q=0, *", .deflate), ("*;q=0.5, deflate;q=0.6", .deflate), ("br, *;q=0.1", .gzip),
      ("gzip ; Q=0.2 , deflate;q=0.3", .deflate), ("*;q=0", nil), ("identity;q=0", nil),
      ("identity;q=0, gzip", .gzip), ("*;q=0, identity", .identity), ("*;q=0, gzip;q=0.1", .gzip),
      ("gzip;q=1.000", .gzip), ("gzip;q=0.000", .identity), ("gzip;q=.5", .gzip), ("gzip;", .gzip),
      // Malformed, so not there.
      ("gzip;q=1.001", .identity), ("gzip;q=2", .identity), ("gzip;q=-1", .identity),
      ("gzip;q=0.0001", .identity), ("gzip;q=", .identity), ("gzip;q", .identity),
      ("gzip;q=.", .identity), ("gzip;q=1e0", .identity), ("gzip;q=+1", .identity),
      ("gzip;q=00.5", .identity), ("gzip;q=0.5.5", .identity), ("gzip;level=9", .identity),
      ("gzip;q=x, deflate", .deflate), ("gzip deflate", .identity), ("\"gzip", .identity),
      ("gzip\0", .identity), (",,gzip,,", .gzip),
      // The first counts.
      ("gzip;q=0, gzip", .identity), ("gzip, gzip;q=0", .gzip),
    ] as [(String?, ContentCoding?)])
  func theClientChooses(value: String?, coding: ContentCoding?) {
    #expect(AcceptEncoding(value).choose() == coding)
  }

  @Test func theServersOrderDecidesBetweenEquals() {
    let accepted = AcceptEncoding("gzip, deflate, identity;q=0.5")
    #expect(accepted.choose(from: [.deflate, .gzip]) == .deflate)
    #expect(accepted.choose(from: [.identity, .gzip]) == .gzip)
    #expect(accepted.choose(from: [.identity]) == .identity)
    #expect(accepted.choose(from: []) == nil)
    #expect(AcceptEncoding("gzip, identity").choose(from: [.identity, .gzip]) == .identity)
  }

  @Test func aCodingIsAcceptedOrNot() {
    let accepted = AcceptEncoding("gzip;q=0.1")
    #expect(accepted.accepts(.gzip))
    #expect(accepted.accepts(.identity))
    #expect(!accepted.accepts(.deflate))
    #expect(!AcceptEncoding(nil).accepts(.gzip))
    #expect(!AcceptEncoding("gzip, *;q=0").accepts(.identity))
  }
}
