import EventletJSON
import Glibc

/// Something that has happened in the room, as the pages are told of it.
struct Event: Codable {
  enum Kind: String, Codable { case joined, left, said }

  let kind: Kind
  let name: String
  var text: String?
  /// Milliseconds since 1970.
  var time = Int(Glibc.time(nil)) * 1000
}

/// What a page is told first, however often it connects.
struct Welcome: Codable {
  var kind = "welcome"
  /// Who it is in the room.
  let name: String
  let members: [String]
  let history: [Event]
}

extension Encodable {
  var json: String {
    get throws { String(decoding: try JSONCoding().encode(self), as: UTF8.self) }
  }
}
