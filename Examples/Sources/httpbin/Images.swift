import EventletHTTP
import FoundationEssentials
import HTTPTypes

/// One picture, a green thread on a pale ground, in several formats.
func addImages(to routes: some RoutesBuilder) {
  routes.get("/image") { request in
    guard let type = Accept(request[.accept]).choose(from: pictureTypes) else {
      return try statusResponse(406)
    }
    return picture(type)
  }
  for type in pictureTypes {
    let name = type.dropFirst("image/".count).prefix { $0 != "+" }
    routes.get("/image/\(name)") { _ in picture(type) }
  }
}

/// The first is for those who take any.
let pictureTypes = ["image/png", "image/webp", "image/svg+xml", "image/jpeg"]

private func picture(_ type: String) -> ServerResponse {
  switch type {
  case "image/svg+xml": .text(svg, contentType: type)
  case "image/webp": .bytes([UInt8](Data(base64Encoded: webp) ?? Data()), contentType: type)
  case "image/jpeg": .bytes([UInt8](Data(base64Encoded: jpeg) ?? Data()), contentType: type)
  default: .bytes([UInt8](Data(base64Encoded: png) ?? Data()), contentType: type)
  }
}

private let svg = """
  <svg xmlns="http://www.w3.org/2000/svg" width="240" height="240" viewBox="0 0 24 24">
    <rect width="24" height="24" fill="#f0f4ec"/>
    <path d="M0 12 Q6 26 12 12 T24 12" fill="none" stroke="#228b3c" stroke-width="4"/>
  </svg>

  """

private let png = """
  iVBORw0KGgoAAAANSUhEUgAAABgAAAAYCAIAAABvFaqvAAAAkklEQVR42mP88OUNAzUAEwOVwEAbZDQ9AE2EkdQwQjPiXO\
  YGclyE6RC4yECEEaZzkMWJDSNkU+DhgixIstfgpqCxmXA5GKtzkHWSH2uYpiCLM+EJRfxhTGas4XIOXJaJmKglykVY45Jg\
  GBPwGrJZxLsFJdPi0UaMcxAuwh+1A1Sw4Um1JIQRWpCTZASZJSTNwwgArfxJPeKSNMcAAAAASUVORK5CYII=
  """

private let webp = """
  UklGRlgAAABXRUJQVlA4TEwAAAAvF8AFAFDQtpHDX0e3DO5HF4CLwJ+Hvf8K3LZRxnz4ClyMA2stcnwQDwyTdPUSdOyDod\
  cu/oAxRQMNylnos/N3Rd+t/Y3ot6b/Rhwx
  """

private let jpeg = """
  /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG\
  1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj\
  Y2NjY2NjY2NjY2NjY2NjY2P/wAARCAAYABgDASIAAhEBAxEB/8QAGAABAQADAAAAAAAAAAAAAAAAAAQCAwb/xAAqEAABAw\
  MBBwMFAAAAAAAAAAABAgMEAAURMRIhIkFhcaETFFEGI4HR8P/EABYBAQEBAAAAAAAAAAAAAAAAAAIBA//EABwRAAMBAAID\
  AAAAAAAAAAAAAAABEQISISJBYf/aAAwDAQACEQMRAD8A7mtcl9EaO4+6cIQMnr071NaZvvIg9Q4kN8LqTuIUPkdf7So5oT\
  drm3CB2o0fjfKTqrQJzjX8/PMUL10ZvfjV7MLd9RJlzAw6yGgs4Qrbzg40PnwKVfcrazNhejsJSpA+0Ru2TyHalStfQXee\
  pSC6WeQuZ7q2uBlaxhwJUUknOuR57czV9pt6bdEDfCXVb3Fgan9ClKsVo1jKfItpSlI0P//Z
  """
