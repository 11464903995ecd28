/// Why no call can be made green in this program.
public enum MonkeyPatchError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The program is a static executable: libc's own functions cannot be told apart from those that
  /// were put in their place.
  case libcIsInsideTheProgram
  /// Calls of libc do not come to this module: it is part of a library that was loaded by `dlopen`,
  /// or behind another one that defines the same functions.
  case anotherImageComesFirst

  /// What, on what, why.
  public var description: String {
    switch self {
    case .libcIsInsideTheProgram:
      "MonkeyPatch: the program is linked with -static-executable, so there is no libc behind the "
        + "patched functions; link with -static-stdlib, which leaves libc outside"
    case .anotherImageComesFirst:
      "MonkeyPatch: calls of libc's functions do not reach EventletPatch; it must be part of the "
        + "executable, or of a library that the executable is linked with"
    }
  }
}
