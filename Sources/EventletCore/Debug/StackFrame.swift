/// One call of a stack, with the names that the program's symbols and debug information give it.
public struct StackFrame: Sendable, Hashable, CustomStringConvertible {
  /// Where in memory.
  public let address: UInt
  /// The function, as Swift writes it; the address if there is no symbol.
  public let function: String
  /// The source file, if there is debug information.
  public let file: String?
  /// The line in ``file``, else 0.
  public let line: Int
  /// The executable or library.
  public let image: String?
  /// Whether the compiler put this call's code into its caller's.
  public let isInlined: Bool
  /// Whether it is glue that the compiler made.
  let isGlue: Bool
  /// Whose it is.
  let origin: Origin

  enum Origin {
    case library
    /// The standard library: in optimized programs it stands between the library's own calls.
    case standardLibrary
    case others
  }

  /// One line: the function and where it is.
  public var description: String {
    let end = isInlined ? " [inlined]" : ""
    if let file {
      let name = file.split(separator: "/").last ?? Substring(file)
      return "\(function) at \(name):\(line)\(end)"
    }
    if let image { return "\(function) in \(image)\(end)" }
    return function + end
  }

  /// The calls that return to `addresses`, innermost first.
  package static func returning(to addresses: [UInt]) -> [StackFrame] {
    withoutLibrary(
      Symbolizer.shared.frames(addresses.map { CodeAddress(address: $0, isReturnAddress: true) }))
  }

  init(unknown address: UInt) {
    self.address = address
    function = "0x" + String(address, radix: 16)
    file = nil
    line = 0
    image = nil
    isInlined = false
    isGlue = false
    origin = .others
  }

  init(
    address: UInt, function: String, mangledName: String, isGlue: Bool, file: String?, line: Int,
    image: String?, isInlined: Bool
  ) {
    self.address = address
    self.function = function
    self.file = file
    self.line = line
    self.image = image
    self.isInlined = isInlined
    self.isGlue = isGlue
    origin = Origin(mangledName)
  }

  /// Without the library's own calls at both ends: how it waits, and how it starts a body.
  ///
  /// The outermost of those that wait stays: it is the call that the user wrote.
  static func withoutLibrary(_ frames: [StackFrame]) -> [StackFrame] {
    let frames = frames.filter { !$0.isGlue }
    guard let first = frames.firstIndex(where: { $0.origin == .others }),
      let last = frames.lastIndex(where: { $0.origin != .library })
    else { return frames }
    let call = frames[..<first].lastIndex { $0.origin == .library } ?? 0
    return Array(frames[call...last])
  }
}

private let libraryModules: Set<String> = [
  "Eventlet", "EventletCore", "EventletNet", "EventletDNS", "EventletTLS", "EventletHTTP",
  "EventletHTTPClient", "EventletWebSocket", "EventletPatch", "EventletDatabase",
]

extension StackFrame.Origin {
  /// By the first module in a mangled name, `$s12EventletCore…`; in an extension of one of the
  /// standard library's types the type comes before it: `$sSp12EventletCore…`.
  init(_ mangledName: String) {
    self = .others
    if mangledName.hasPrefix("ev_") { self = .library }
    guard mangledName.hasPrefix("$s") else { return }
    var rest = mangledName.dropFirst(2)
    let isOfStandardType = rest.first == "S"
    if isOfStandardType { rest = rest.dropFirst(2) }
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    if let length = Int(digits) {
      let names = rest.dropFirst(digits.count)
      if libraryModules.contains(String(names.prefix(length))) {
        self = .library
      } else if isOfStandardType, !"EA".contains(names.dropFirst(length).first ?? " ") {
        // No extension by a module: the name is that of a member.
        self = .standardLibrary
      }
    } else if isOfStandardType || rest.first == "s" {
      self = .standardLibrary
    }
  }
}
