internal import Synchronization

#if canImport(Runtime)
internal import Runtime
#endif

/// An address of code, and what it says.
struct CodeAddress: Hashable, Sendable {
  let address: UInt
  /// Behind a call, which is what is to be named; otherwise the place itself.
  let isReturnAddress: Bool
}

/// Finds names and lines for addresses, and remembers them: of ten thousand green threads most
/// wait in few places.
final class Symbolizer: Sendable {
  static let shared = Symbolizer()

  private struct State {
    var known: [CodeAddress: [StackFrame]] = [:]
    #if canImport(Runtime)
    /// One for all: without it later symbolications lose the names of system libraries.
    var images: ImageMap?
    #endif
  }

  private let state = Mutex(State())
  private static let mostKnown = 50_000

  /// Makes the names of all these addresses known, on an OS thread with a large stack.
  func prepare(_ addresses: some Sequence<CodeAddress>) {
    let wanted = Set(addresses)
    onHelperThread {
      state.withLock { state in
        let unknown = wanted.filter { state.known[$0] == nil }
        if unknown.isEmpty { return }
        if state.known.count > Self.mostKnown { state.known = [:] }
        find(Array(unknown), &state)
      }
    }
  }

  /// The calls at these addresses, innermost first; several for one address where calls were
  /// inlined.
  ///
  /// Prepares what is not.
  func frames(_ addresses: [CodeAddress]) -> [StackFrame] {
    for attempt in 0...1 {
      let found: [StackFrame]? = state.withLock { state in
        var frames: [StackFrame] = []
        for address in addresses {
          guard let known = state.known[address] else { return nil }
          frames += known
        }
        return frames
      }
      if let found { return found }
      if attempt == 0 { prepare(addresses) }
    }
    return addresses.map { StackFrame(unknown: $0.address) }
  }

  private func find(_ addresses: [CodeAddress], _ state: inout State) {
    for address in addresses { state.known[address] = symbolsByLoader(address) }
    #if canImport(Runtime)
    findWithRuntime(addresses, &state)
    #endif
  }

  #if canImport(Runtime)
  private func findWithRuntime(_ addresses: [CodeAddress], _ state: inout State) {
    let images = imageMap(for: addresses, &state)
    for address in addresses {
      // One by one: the module merges what looks like one call when it is given several.
      guard let backtrace = try? Backtrace(addresses: [address]),
        let symbols = backtrace.symbolicated(with: images)
      else { continue }
      let frames = symbols.frames.compactMap { frame -> StackFrame? in
        guard let symbol = frame.symbol else { return nil }
        return StackFrame(
          address: address.address, function: symbol.name, mangledName: symbol.rawName,
          isGlue: symbol.isSwiftThunk, file: symbol.sourceLocation?.path,
          line: symbol.sourceLocation?.line ?? 0, image: symbol.imageName,
          isInlined: frame.inlined)
      }
      if !frames.isEmpty { state.known[address] = frames }
    }
  }

  /// Captured again when an address is in no image: something was loaded since.
  private func imageMap(for addresses: [CodeAddress], _ state: inout State) -> ImageMap {
    if let images = state.images,
      addresses.allSatisfy({ address in
        Backtrace.Address(address.address).map { images.indexOfImage(at: $0) != nil } ?? true
      })
    {
      return images
    }
    let images = ImageMap.capture()
    state.images = images
    return images
  }
  #endif
}
