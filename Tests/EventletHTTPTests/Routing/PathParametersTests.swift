import EventletHTTP
import HTTPTypes
import Testing

private let parameters: PathParameters = ["id": "7", "title": "a b", "empty": ""]

@Test func aParameterIsFoundByItsName() throws {
  #expect(parameters["id"] == "7")
  #expect(parameters["empty"]?.isEmpty == true)
  #expect(parameters["ID"] == nil)
  #expect(try parameters.require("title") == "a b")
}

@Test func parametersKeepTheirOrder() {
  #expect(parameters.map(\.name) == ["id", "title", "empty"])
  #expect(parameters.map(\.value) == ["7", "a b", ""])
  #expect(PathParameters().isEmpty)
  #expect(MemoryLayout<PathParameters>.size == MemoryLayout<Int>.size)
}

@Test func aParameterIsMadeIntoAValue() throws {
  #expect(try parameters.require("id", as: Int.self) == 7)
  #expect(try parameters.require("id", as: String.self) == "7")
}

@Test(arguments: [
  ("other", "the path has no parameter 'other'"),
  ("title", "the path's parameter 'title' is no Int"),
  ("empty", "the path's parameter 'empty' is no Int"),
])
func whatCannotBeMadeIsABadRequest(name: String, message: String) {
  #expect(throws: HTTPError(.badRequest, message)) {
    try parameters.require(name, as: Int.self)
  }
}
