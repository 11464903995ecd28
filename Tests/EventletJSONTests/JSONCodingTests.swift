import EventletJSON
import FoundationEssentials
import Testing

private struct Moment: Codable, Equatable {
  var beginDate: Date
}

@Suite struct JSONCodingTests {
  private let moment = Moment(beginDate: Date(timeIntervalSince1970: 0))

  private func text(_ coding: JSONCoding) throws -> String {
    String(decoding: try coding.encode(moment), as: UTF8.self)
  }

  @Test func aCopyIsConfiguredAlone() throws {
    let before = try text(.standard)
    var coding = JSONCoding.standard
    coding.encoder.keyEncodingStrategy = .convertToSnakeCase
    coding.encoder.dateEncodingStrategy = .iso8601
    coding.decoder.keyDecodingStrategy = .convertFromSnakeCase
    coding.decoder.dateDecodingStrategy = .iso8601
    let changed = #"{"begin_date":"1970-01-01T00:00:00Z"}"#
    #expect(try text(coding) == changed)
    #expect(try coding.decode(Moment.self, from: Array(changed.utf8)) == moment)
    var other = coding
    other.encoder.dateEncodingStrategy = .secondsSince1970
    other.decoder.dateDecodingStrategy = .secondsSince1970
    #expect(try text(other) == #"{"begin_date":0}"#)
    #expect(try other.decode(Moment.self, from: Array(#"{"begin_date":0}"#.utf8)) == moment)
    #expect(try text(coding) == changed)
    #expect(try text(.standard) == before)
    #expect(try JSONCoding.standard.decode(Moment.self, from: Array(before.utf8)) == moment)
  }
}
