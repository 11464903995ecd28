/// What URLs have been read as: a program asks for the same few again and again.
final class LocationTable {
  private static let mostEntries = 256

  @exclusivity(unchecked) private var locations: [String: HTTPLocation] = [:]

  func location(_ text: String) throws(HTTPClientError) -> HTTPLocation {
    if let location = locations[text] { return location }
    let location = try HTTPLocation(parsing: text)
    if locations.count >= Self.mostEntries { locations = [:] }
    locations[text] = location
    return location
  }
}
