/// Runs `body` with a group of green threads that all end before this returns.
///
/// ```swift
/// let pages = try withGreenGroup(of: String.self) { group in
///   for url in urls { group.spawn { try fetch(url) } }
///   return try group.collect()
/// }
/// ```
///
/// The first error of a child, or of `body`, ends the group: the other children
/// and `body` are killed where they wait, and when all have ended the error is
/// thrown. A child that is killed by itself is no error.
/// - Parameters:
///   - child: What the children return.
///   - body: Given the group. Children may spawn into it too.
/// - Returns: what `body` returns, when it and all children have ended.
/// - Throws: the first error. A kill or timeout of the caller kills the children
///   and is thrown when they have ended, so a child whose clean-up waits holds it
///   up.
@discardableResult
public func withGreenGroup<Child, Result>(
  of child: Child.Type = Child.self, _ body: (GreenGroup<Child>) throws -> Result
) throws -> Result {
  try GreenGroup<Child>(keepsResults: true).run(body)
}

/// As ``withGreenGroup(of:_:)``, for children in whose results nobody is interested: one that has
/// ended is forgotten at once, so that a scope may live as long as a server.
///
/// ```swift
/// try withDiscardingGreenGroup { group in
///   while true {
///     let (client, _) = try server.accept()
///     group.spawn { try greet(client) }
///   }
/// }
/// ```
@discardableResult
public func withDiscardingGreenGroup<Result>(
  _ body: (GreenGroup<Void>) throws -> Result
) throws -> Result {
  try GreenGroup<Void>(keepsResults: false).run(body)
}

/// What ``GreenGroup`` throws where its scope waits when a child's error has ended it.
///
/// The scope throws the child's error in its place.
public struct GreenGroupEnded: Error, Hashable, Sendable {
  /// Creates the error.
  public init() {}
}
