import EventletHTTP
import HTTPTypes
import Testing

@Suite struct NamedValueListConversionTests {
  private let query: QueryParameters = ["page": "2", "page": "x", "ratio": "0.5", "word": "two"]

  @Test func aValueIsWhatCanBeMadeOfItsText() throws {
    #expect(try query.value("page", as: Int.self) == 2)
    #expect(try query.value("ratio", as: Double.self) == 0.5)
    #expect(try query.value("none", as: Int.self) == nil)
    #expect(try query.require("page", as: Int.self) == 2)
    #expect(try query.require("word") == "two")
  }

  @Test func whatIsWrongIsTheClientsMistake() {
    #expect(throws: HTTPError(.badRequest, "'word' is no Int")) {
      try query.value("word", as: Int.self)
    }
    #expect(throws: HTTPError(.badRequest, "'word' is no Int")) {
      try query.require("word", as: Int.self)
    }
    #expect(throws: HTTPError(.badRequest, "'none' is missing")) { try query.require("none") }
    #expect(throws: HTTPError(.badRequest, "'none' is missing")) {
      try query.require("none", as: Int.self)
    }
  }
}
