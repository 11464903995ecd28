internal import CEventletCore
internal import Glibc

/// What the dynamic linker knows of an address: exported names only.
///
/// The last resort, for a toolchain without the `Runtime` module and for images that it cannot read.
func symbolsByLoader(_ code: CodeAddress) -> [StackFrame] {
  let address = code.isReturnAddress ? code.address - 1 : code.address
  var path: UnsafePointer<CChar>?
  var name: UnsafePointer<CChar>?
  guard ev_loader_symbol(address, &path, &name), let path else {
    return [StackFrame(unknown: code.address)]
  }
  let image = String(cString: path).split(separator: "/").last.map(String.init)
  let mangled = name.map { String(cString: $0) }
  return [
    StackFrame(
      address: code.address,
      function: mangled.map(demangled) ?? "0x" + String(code.address, radix: 16),
      mangledName: mangled ?? "", isGlue: false, file: nil, line: 0, image: image,
      isInlined: false)
  ]
}

/// As the runtime writes it; unchanged if it is no name of Swift's.
private func demangled(_ name: String) -> String {
  guard name.hasPrefix("$s") else { return name }
  var name = name
  return name.withUTF8 { bytes in
    bytes.withMemoryRebound(to: CChar.self) { characters in
      guard let text = swiftDemangle(characters.baseAddress, characters.count, nil, nil, 0) else {
        return String(decoding: bytes, as: UTF8.self)
      }
      defer { free(text) }
      return String(cString: text)
    }
  }
}

// Of libswiftCore: stable, used by every crash reporter, declared in no module.
@_silgen_name("swift_demangle")
private func swiftDemangle(
  _ name: UnsafePointer<CChar>?, _ length: Int, _ buffer: UnsafeMutablePointer<CChar>?,
  _ size: UnsafeMutablePointer<Int>?, _ flags: UInt32
) -> UnsafeMutablePointer<CChar>?
