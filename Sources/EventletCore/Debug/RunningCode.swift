internal import CEventletCore

/// What an OS thread's hub runs at one moment, seen from outside.
struct RunningCode: Sendable {
  let label: String
  let systemCall: Int?
  /// Whether it tells of the call by itself.
  let tellsOfCall: Bool
  let codeAddresses: [CodeAddress]

  /// With the registry locked, so that the OS thread, its hub and its stacks stay.
  ///
  /// nil: it did not answer.
  init?(of thread: UnsafeMutablePointer<ev_thread>) {
    var sample = ev_sample()
    guard ev_thread_sample(thread, &sample) else { return nil }
    tellsOfCall = sample.tells_of_call
    systemCall = sample.system_call < 0 ? nil : sample.system_call
    let name = withUnsafeBytes(of: sample.name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    var file = "main"
    if let start = sample.spawn_file {
      // SAFETY: the text of a StaticString, which lives as long as the program.
      file = String(
        decoding: UnsafeRawBufferPointer(start: start, count: sample.spawn_file_length),
        as: UTF8.self)
    }
    label =
      sample.is_callback
      ? "a callback of the hub"
      : "green thread \(sample.identifier)\(name.isEmpty ? "" : " '\(name)'") "
        + "(\(file):\(sample.spawn_line))"
    codeAddresses = withUnsafeBytes(of: sample.frames) { bytes in
      bytes.bindMemory(to: UInt.self).prefix(sample.count).enumerated().map { index, address in
        CodeAddress(address: address, isReturnAddress: index > 0)
      }
    }
  }

  var frames: [StackFrame] {
    StackFrame.withoutLibrary(Symbolizer.shared.frames(codeAddresses))
  }
}

/// Calls `body` for each OS thread that has a hub, and for none that comes or goes meanwhile.
///
/// `body` must not switch, make a hub or destroy one.
func forEachHubThread(_ body: (UnsafeMutablePointer<ev_thread>) -> Void) {
  var next = ev_registry_lock()
  defer { ev_registry_unlock() }
  while let thread = next {
    body(thread)
    next = thread.pointee.next
  }
}
