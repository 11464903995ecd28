import EventletHTTP
import HTTPTypes

/// All endpoints.
func makeRouter() -> Router {
  let router = Router()
  router.use(allowAllOrigins)
  router.use(sayTypeOfNothing)
  addMethods(to: router)
  addStatusCodes(to: router)
  addRedirects(to: router)
  addCookies(to: router)
  addAuthentication(to: router)
  addDigestAuthentication(to: router)
  addDelays(to: router)
  addBytes(to: router)
  addRanges(to: router)
  addCaching(to: router)
  addResponseFields(to: router)
  addCompression(to: router)
  addTexts(to: router)
  addImages(to: router)
  addSmallThings(to: router)
  addPages(to: router, listing: router)
  return router
}

extension [HTTPRequest.Method] {
  /// What endpoints take that do the same whatever the method is.
  static let all: Self = [.get, .post, .put, .patch, .delete, .trace]
}
