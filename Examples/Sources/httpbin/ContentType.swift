import EventletHTTP
import HTTPTypes

/// Says of answers without a body that they are pages, since httpbin does.
func sayTypeOfNothing(_ request: ServerRequest, next: RequestHandler) throws -> ServerResponse {
  var response = try next(request)
  if response.headerFields[.contentType] == nil, response.status != .notModified {
    response.headerFields[.contentType] = "text/html; charset=utf-8"
  }
  return response
}
