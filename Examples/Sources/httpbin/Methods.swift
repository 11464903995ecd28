import EventletHTTP
import HTTPTypes

/// `/get`, `/post` and so on, `/anything`, and parts of what they tell.
func addMethods(to routes: some RoutesBuilder) {
  routes.get("/get") { try .report(try $0.report(.head)) }
  routes.post("/post") { try .report(try $0.report(.whole)) }
  routes.put("/put") { try .report(try $0.report(.whole)) }
  routes.patch("/patch") { try .report(try $0.report(.whole)) }
  routes.delete("/delete") { try .report(try $0.report(.whole)) }
  for pattern in ["/anything", "/anything/{anything...}"] {
    routes.on(methods: .all, pattern) { try .report(try $0.report(.whole + [.method])) }
  }
  routes.get("/headers") { try .report(["headers": $0.reportedFields]) }
  routes.get("/ip") { try .report(["origin": $0.reportedOrigin]) }
  routes.get("/user-agent") { request in
    try .report(["user-agent": request[.userAgent].map { .string($0) } ?? nil])
  }
}
