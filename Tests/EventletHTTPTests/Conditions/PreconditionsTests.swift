import EventletHTTP
import HTTPTypes
import Testing

@Suite struct PreconditionsTests {
  /// What there is: tag "v2", of second 1000.
  static let current = Validators(entityTag: "v2", modificationDate: 1000)
  static let weak = Validators(entityTag: EntityTag("v2", isWeak: true), modificationDate: 1000)

  struct Case: Sendable, CustomTestStringConvertible {
    var method = HTTPRequest.Method.get
    var ifMatch: String?
    var ifNoneMatch: String?
    var ifModifiedSince: Int?
    var ifUnmodifiedSince: Int?
    var current: Validators? = PreconditionsTests.current
    var outcome: Preconditions.Outcome

    var testDescription: String {
      "\(method) match \(ifMatch ?? "-") none \(ifNoneMatch ?? "-") since \(ifModifiedSince ?? 0) "
        + "not since \(ifUnmodifiedSince ?? 0): \(outcome)"
    }

    func expect() {
      var fields = HTTPFields()
      fields[.ifMatch] = ifMatch
      fields[.ifNoneMatch] = ifNoneMatch
      let conditions = Preconditions(
        fields, ifModifiedSince: ifModifiedSince, ifUnmodifiedSince: ifUnmodifiedSince)
      #expect(conditions.evaluate(method: method, current: current) == outcome)
    }
  }

  @Test(arguments: [
    Case(outcome: .proceed),
    Case(ifMatch: "\"v2\"", outcome: .proceed),
    Case(ifMatch: "\"v1\"", outcome: .preconditionFailed),
    Case(ifMatch: "\"v1\", \"v2\"", outcome: .proceed),
    Case(ifMatch: ",\"v1\" ,, \"v2\",\t", outcome: .proceed),
    Case(ifMatch: "\"v1,\"v2\"\"", outcome: .preconditionFailed),
    Case(ifMatch: "*", outcome: .proceed),
    // Strong comparison.
    Case(ifMatch: "W/\"v2\"", outcome: .preconditionFailed),
    Case(ifMatch: "\"v2\"", current: weak, outcome: .preconditionFailed),
    Case(method: .put, ifMatch: "\"v2\"", outcome: .proceed),
    Case(method: .put, ifMatch: "\"v1\"", outcome: .preconditionFailed),
    // There is none.
    Case(method: .put, ifMatch: "*", current: nil, outcome: .preconditionFailed),
    Case(method: .put, ifMatch: "\"v2\"", current: nil, outcome: .preconditionFailed),
    Case(method: .put, ifMatch: "*", current: Validators(), outcome: .proceed),
    Case(method: .put, ifMatch: "\"v2\"", current: Validators(), outcome: .preconditionFailed),
    // Nobody's change is to be lost by a list that cannot be read.
    Case(method: .put, ifMatch: "v2", outcome: .preconditionFailed),
    Case(method: .put, ifMatch: "", outcome: .preconditionFailed),
    Case(method: .put, ifMatch: "\"v2\" \"v2\"", outcome: .preconditionFailed),
    Case(method: .put, ifMatch: "*, \"v2\"", outcome: .preconditionFailed),
  ])
  func ifMatch(_ one: Case) { one.expect() }

  @Test(arguments: [
    Case(ifNoneMatch: "\"v2\"", outcome: .notModified),
    Case(ifNoneMatch: "\"v1\"", outcome: .proceed),
    Case(ifNoneMatch: "\"v1\", \"v2\"", outcome: .notModified),
    // Weak comparison.
    Case(ifNoneMatch: "W/\"v2\"", outcome: .notModified),
    Case(ifNoneMatch: "\"v2\"", current: weak, outcome: .notModified),
    Case(ifNoneMatch: "*", outcome: .notModified),
    Case(ifNoneMatch: "*", current: nil, outcome: .proceed),
    Case(ifNoneMatch: "\"v2\"", current: nil, outcome: .proceed),
    Case(ifNoneMatch: "\"v2\"", current: Validators(), outcome: .proceed),
    Case(method: .head, ifNoneMatch: "\"v2\"", outcome: .notModified),
    Case(method: .put, ifNoneMatch: "*", outcome: .preconditionFailed),
    Case(method: .put, ifNoneMatch: "*", current: nil, outcome: .proceed),
    Case(method: .post, ifNoneMatch: "\"v2\"", outcome: .preconditionFailed),
    Case(method: .delete, ifNoneMatch: "\"v1\"", outcome: .proceed),
    // Reading does no harm, writing would.
    Case(ifNoneMatch: "v2", outcome: .proceed),
    Case(ifNoneMatch: "", outcome: .proceed),
    Case(method: .put, ifNoneMatch: "v2", outcome: .preconditionFailed),
    Case(method: .put, ifNoneMatch: "v2", current: nil, outcome: .preconditionFailed),
  ])
  func ifNoneMatch(_ one: Case) { one.expect() }

  @Test(arguments: [
    Case(ifModifiedSince: 1000, outcome: .notModified),
    Case(ifModifiedSince: 1001, outcome: .notModified),
    Case(ifModifiedSince: 999, outcome: .proceed),
    Case(method: .head, ifModifiedSince: 1000, outcome: .notModified),
    Case(method: .put, ifModifiedSince: 1000, outcome: .proceed),
    Case(ifModifiedSince: 1000, current: nil, outcome: .proceed),
    Case(ifModifiedSince: 1000, current: Validators(entityTag: "v2"), outcome: .proceed),
    Case(ifUnmodifiedSince: 1000, outcome: .proceed),
    Case(ifUnmodifiedSince: 1001, outcome: .proceed),
    Case(ifUnmodifiedSince: 999, outcome: .preconditionFailed),
    Case(method: .put, ifUnmodifiedSince: 999, outcome: .preconditionFailed),
    Case(method: .put, ifUnmodifiedSince: 999, current: nil, outcome: .proceed),
    Case(ifUnmodifiedSince: 999, current: Validators(entityTag: "v2"), outcome: .proceed),
  ])
  func dates(_ one: Case) { one.expect() }

  /// RFC 9110, section 13.2.2: a tag counts instead of a date, and what may not be changed before
  /// what is in a cache.
  @Test(arguments: [
    Case(ifMatch: "\"v2\"", ifUnmodifiedSince: 999, outcome: .proceed),
    Case(ifMatch: "\"v1\"", ifUnmodifiedSince: 1001, outcome: .preconditionFailed),
    Case(ifMatch: "\"v1\"", ifNoneMatch: "\"v2\"", outcome: .preconditionFailed),
    Case(ifMatch: "\"v2\"", ifNoneMatch: "\"v2\"", outcome: .notModified),
    Case(ifNoneMatch: "\"v1\"", ifModifiedSince: 1000, outcome: .proceed),
    Case(ifNoneMatch: "v1", ifModifiedSince: 1000, outcome: .proceed),
    Case(ifNoneMatch: "\"v2\"", ifModifiedSince: 999, outcome: .notModified),
    Case(ifModifiedSince: 1000, ifUnmodifiedSince: 999, outcome: .preconditionFailed),
    Case(ifModifiedSince: 1000, ifUnmodifiedSince: 1000, outcome: .notModified),
    Case(ifMatch: "\"v2\"", ifModifiedSince: 1000, outcome: .notModified),
  ])
  func order(_ one: Case) { one.expect() }

  @Test(arguments: [HTTPRequest.Method.connect, .options, .trace])
  func conditionsAreForWhatReadsOrChanges(method: HTTPRequest.Method) {
    Case(
      method: method, ifMatch: "\"v1\"", ifNoneMatch: "\"v2\"", ifUnmodifiedSince: 1,
      outcome: .proceed
    ).expect()
  }

  @Test func aListMayComeInSeveralFields() {
    var fields = HTTPFields()
    fields.append(HTTPField(name: .ifNoneMatch, value: "\"v1\""))
    fields.append(HTTPField(name: .ifNoneMatch, value: "\"v2\""))
    #expect(Preconditions(fields).evaluate(method: .get, current: Self.current) == .notModified)
  }

  // MARK: If-Range

  @Test(
    arguments: [
      (nil, nil, true), ("\"v2\"", nil, true), ("\"v1\"", nil, false), ("W/\"v2\"", nil, false),
      ("*", nil, false), ("\"v2\", \"v2\"", nil, false), ("nonsense", nil, false), ("", nil, false),
      ("a date", 1000, true), ("a date", 999, false), ("a date", 1001, false),
      // What has a tag has no date.
      ("\"v1\"", 1000, false),
    ] as [(String?, Int?, Bool)])
  func ifRange(value: String?, date: Int?, isAllowed: Bool) {
    var fields = HTTPFields()
    fields[.ifRange] = value
    let conditions = Preconditions(fields, ifRangeDate: date)
    #expect(conditions.allowsRange(method: .get, current: Self.current) == isAllowed)
    #expect(!conditions.allowsRange(method: .head, current: Self.current))
    #expect(!conditions.allowsRange(method: .post, current: Self.current))
    #expect(conditions.allowsRange(method: .get, current: Validators()) == (value == nil))
    #expect(conditions.evaluate(method: .get, current: Self.current) == .proceed)
  }

  @Test func aWeakTagIsForNoRange() {
    var fields = HTTPFields()
    fields[.ifRange] = "\"v2\""
    #expect(!Preconditions(fields).allowsRange(method: .get, current: Self.weak))
  }
}
