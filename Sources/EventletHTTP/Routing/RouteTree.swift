/// The routes of a router, by the segments of their patterns.
///
/// A path is compared segment by segment, so the number of routes hardly matters. Each node is reached
/// by one way only: a search that has to go back comes to none of them twice.
final class RouteTree {
  /// What may follow the segments that lead there.
  struct Node {
    var literals = LiteralTable()
    /// In the order in which they are tried.
    var mixed: [(segment: MixedSegment, node: Int)] = []
    var parameter: Int?
    /// Takes all that is left.
    var rest: RouteEndpoint?
    /// Of the path that ends here.
    var endpoint: RouteEndpoint?
  }

  /// The root, and those that are reached from it by their places here.
  ///
  /// No objects: counting references to them would take more time than comparing does.
  @exclusivity(unchecked) private var nodes = [Node()]

  /// Where a pattern ends, made if it is not there.
  func makeEndpoint(for pattern: PathPattern) -> RouteEndpoint {
    var node = 0
    for segment in pattern.segments {
      switch segment {
      case .literal(let literal): node = makeNode(after: node, literal)
      case .mixed(let mixed, _): node = makeNode(after: node, mixed)
      case .parameter: node = makeParameterNode(after: node)
      case .rest:
        let endpoint = nodes[node].rest ?? RouteEndpoint()
        nodes[node].rest = endpoint
        return endpoint
      }
    }
    let endpoint = nodes[node].endpoint ?? RouteEndpoint()
    nodes[node].endpoint = endpoint
    return endpoint
  }

  private func makeNode() -> Int {
    nodes.append(Node())
    return nodes.count - 1
  }

  private func makeNode(after parent: Int, _ literal: [UInt8]) -> Int {
    if let known = literal.withUnsafeBytes({ nodes[parent].literals.find($0) }) { return known }
    let node = makeNode()
    nodes[parent].literals.insert(literal, node)
    return node
  }

  private func makeNode(after parent: Int, _ segment: MixedSegment) -> Int {
    let others = nodes[parent].mixed
    if let known = others.first(where: { $0.segment == segment }) { return known.node }
    let node = makeNode()
    let place = others.firstIndex { segment.precedes($0.segment) } ?? others.count
    nodes[parent].mixed.insert((segment, node), at: place)
    return node
  }

  private func makeParameterNode(after parent: Int) -> Int {
    let node = nodes[parent].parameter ?? makeNode()
    nodes[parent].parameter = node
    return node
  }

  /// Searches the endpoints whose patterns match a path as sent, the best first.
  ///
  /// Where `choose` returns nil it goes on with the next.
  func search(
    _ path: UnsafeRawBufferPointer, _ choose: (RouteEndpoint) -> RegisteredRoute?
  ) -> RegisteredRoute? {
    guard path.first == UInt8(ascii: "/") else { return nil }
    return nodes.withUnsafeBufferPointer { nodes in
      RouteSearch(nodes: nodes, path: path).search(0, from: 1, choose)
    }
  }
}

/// One walk through a tree.
private struct RouteSearch {
  let nodes: UnsafeBufferPointer<RouteTree.Node>
  let path: UnsafeRawBufferPointer

  /// Searches below a node, by the segment that begins at `start`: beyond the path's end if there is
  /// none.
  func search(
    _ node: Int, from start: Int, _ choose: (RouteEndpoint) -> RegisteredRoute?
  ) -> RegisteredRoute? {
    guard start <= path.count else { return nodes[node].endpoint.flatMap(choose) }
    var end = start
    var isEncoded = false
    while end < path.count, path[end] != UInt8(ascii: "/") {
      if path[end] == UInt8(ascii: "%") { isEncoded = true }
      end += 1
    }
    let segment = UnsafeRawBufferPointer(rebasing: path[start..<end])
    var found: RegisteredRoute?
    if isEncoded {
      let decoded = Array(PercentCoding.decodedString(segment).utf8)
      found = decoded.withUnsafeBytes { descend(node, by: $0, from: end + 1, choose) }
    } else {
      found = descend(node, by: segment, from: end + 1, choose)
    }
    return found ?? nodes[node].rest.flatMap(choose)
  }

  /// Searches below a node, by a segment that was decoded.
  private func descend(
    _ node: Int, by segment: UnsafeRawBufferPointer, from next: Int,
    _ choose: (RouteEndpoint) -> RegisteredRoute?
  ) -> RegisteredRoute? {
    if let child = nodes[node].literals.find(segment),
      let found = search(child, from: next, choose)
    {
      return found
    }
    if segment.isEmpty { return nil }
    for (mixed, child) in nodes[node].mixed where mixed.split(segment) != nil {
      if let found = search(child, from: next, choose) { return found }
    }
    return nodes[node].parameter.flatMap { search($0, from: next, choose) }
  }
}
