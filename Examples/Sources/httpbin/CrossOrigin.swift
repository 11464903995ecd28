import EventletHTTP
import HTTPTypes

/// Lets pages of every origin use the service, with cookies and passwords too (CORS).
///
/// It has nothing to protect. A real site has, and takes EventletHTTP's `crossOrigin`.
func allowAllOrigins(
  _ request: ServerRequest, next: RequestHandler
) throws -> ServerResponse {
  var response: ServerResponse
  do { response = try next(request) } catch let error as any RespondingError {
    response = error.response
  }
  // The router answers OPTIONS with 204.
  if request.method == .options { response.status = .ok }
  response.headerFields[.accessControlAllowOrigin] = request[.origin] ?? "*"
  response.headerFields[.accessControlAllowCredentials] = "true"
  if request.method == .options {
    response.headerFields[.accessControlAllowMethods] = "GET, POST, PUT, DELETE, PATCH, OPTIONS"
    response.headerFields[.accessControlMaxAge] = "3600"
    response.headerFields[.accessControlAllowHeaders] = request[.accessControlRequestHeaders]
  }
  return response
}
