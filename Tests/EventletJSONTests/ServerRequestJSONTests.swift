import EventletCore
import EventletHTTP
import EventletJSON
import EventletTesting
import FoundationEssentials
import HTTPTypes
import XCTest

private struct Order: Codable, Equatable {
  struct Item: Codable, Equatable {
    enum Size: String, Codable { case small, large }
    var name: String
    var price: Double
    var size: Size?
  }

  var count: Int
  var items: [Item]?
}

private struct Appointment: Codable {
  var begin: Date
}

extension JSONCoding {
  static let api: JSONCoding = {
    var coding = JSONCoding()
    coding.decoder.dateDecodingStrategy = .iso8601
    coding.encoder.dateEncodingStrategy = .iso8601
    coding.sizeLimit = 65_536
    return coding
  }()
}

final class ServerRequestJSONTests: JSONTestCase {
  private func takeOrder(_ request: ServerRequest) throws -> ServerResponse {
    .text("\(try request.readJSON(Order.self).count)")
  }

  func testABodyIsReadAndAnswered() throws {
    let router = Router()
    router.post("/orders") { request in
      let order = try request.readJSON(Order.self)
      guard order.count > 0 else { throw HTTPError(.conflict, "nothing is ordered") }
      return try .json(["accepted": order.count], status: .created)
    }
    XCTAssertEqual(
      try answer(#"{"count":2}"#, path: "/orders", by: router.handle),
      Answer(201, "application/json", #"{"accepted":2}"#))
    XCTAssertEqual(
      try answer(#"{"count":0}"#, path: "/orders", by: router.handle),
      Answer(409, "nothing is ordered\n"))
  }

  func testKeysAreSortedAndOthersPassedOver() throws {
    let body = #"{"items": [{"size": "large", "price": 1.5, "name": "a/b"}], "count": 2, "x": [1]}"#
    XCTAssertEqual(
      try answer(body) { request in try .json(try request.readJSON(Order.self)) },
      Answer(
        200, "application/json",
        #"{"count":2,"items":[{"name":"a/b","price":1.5,"size":"large"}]}"#))
  }

  func testTheBodyMustSayThatItIsJSON() throws {
    for type in [
      "application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\"",
      "application/problem+json", "application/vnd.api+json; version=2",
    ] {
      XCTAssertEqual(try answer(#"{"count":3}"#, type: type, by: takeOrder), Answer(200, "3"), type)
    }
    for type in [
      nil, "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json",
      "application/json; charset=utf-16", "application/json; charset=latin1", "application/xml+jso",
    ] {
      XCTAssertEqual(
        try answer(#"{"count":3}"#, type: type, by: takeOrder),
        Answer(415, "JSON: content type '\(type ?? "")' is not the expected one\n"))
    }
  }

  func testWhatIsWrongIsToldByItsPlace() throws {
    for (body, status, message) in [
      ("", 400, "malformed at line 1, column 1"),
      ("{\n  \"count\": 1,\n}", 400, "malformed at line 3, column 1"),
      ("{}", 422, "'count' is missing"),
      ("[]", 422, "the whole is not an object"),
      (#"{"count": "1"}"#, 422, "'count' is not an integer"),
      (#"{"count": null}"#, 422, "'count' is not an integer"),
      (#"{"count": 1.5}"#, 422, "a value is not possible"),
      (#"{"count": 1, "items": {}}"#, 422, "'items' is not an array"),
      (
        #"{"count": 1, "items": [{"name": "a", "price": 1}, {"name": 2, "price": 1}]}"#, 422,
        "'items[1].name' is not a string"
      ),
      (
        #"{"count": 1, "items": [{"name": "a", "price": true}]}"#, 422,
        "'items[0].price' is not a number"
      ),
      // Foundation's own text has the name of the type.
      (
        #"{"count": 1, "items": [{"name": "a", "price": 1, "size": "tall"}]}"#, 422,
        "'items[0].size' has a value that is not possible"
      ),
    ] {
      XCTAssertEqual(
        try answer(body, by: takeOrder), Answer(status, "JSON: \(message)\n"), body)
    }
  }

  func testALimitHoldsForTheWhole() throws {
    let body = #"{"count":1}"# + String(repeating: " ", count: 100)
    for (limit, isAllowed) in [(111, true), (110, false)] {
      let answer = try answer(body) { request in
        .text("\(try request.readJSON(Order.self, limit: limit).count)")
      }
      XCTAssertEqual(
        answer, isAllowed ? Answer(200, "1") : Answer(413, "JSON: more than 110 bytes\n"))
    }
    XCTAssertEqual(
      try self.answer([UInt8](repeating: 0x20, count: 1_048_577), by: takeOrder),
      Answer(413, "JSON: more than 1048576 bytes\n"))
  }

  func testACodingIsConfiguredOnce() throws {
    let answer = try answer(#"{"begin":"2024-02-29T12:00:00Z"}"#) { request in
      let appointment = try request.readJSON(Appointment.self, coding: .api)
      return try .json(appointment, coding: .api)
    }
    XCTAssertEqual(answer, Answer(200, "application/json", #"{"begin":"2024-02-29T12:00:00Z"}"#))
    XCTAssertEqual(
      try self.answer([UInt8](repeating: 0x20, count: 65_537)) { request in
        _ = try request.readJSON(Appointment.self, coding: .api)
        return .status(.noContent)
      }, Answer(413, "JSON: more than 65536 bytes\n"))
  }

  func testATypeMayRefuseInItsOwnWords() throws {
    struct Even: Decodable {
      init(from decoder: any Decoder) throws {
        let number = try decoder.singleValueContainer().decode(Int.self)
        guard number % 2 == 0 else { throw HTTPError(.conflict, "\(number) is odd") }
      }
    }
    let answer = try answer("[2, 3]") { request in
      _ = try request.readJSON([Even].self)
      return .status(.noContent)
    }
    XCTAssertEqual(answer, Answer(409, "3 is odd\n"))
  }

  func testAnyJSONIsAValue() throws {
    let answer = try answer(#"{"kind":"push","size":3}"#) { request in
      let event = try request.readJSON(JSONValue.self)
      guard case .string(let kind)? = event["kind"] else { throw HTTPError(.badRequest, "no kind") }
      return try .json(["kind": .string(kind), "known": true] as JSONValue)
    }
    XCTAssertEqual(answer, Answer(200, "application/json", #"{"kind":"push","known":true}"#))
  }

  func testWhatJSONHasNotIsAnErrorOfTheServer() throws {
    let answer = try answer("1") { _ in try .json(Double.nan) }
    XCTAssertEqual(answer.status, 500)
    XCTAssertEqual(takeUncaughtErrors().count, 1)
  }
}
