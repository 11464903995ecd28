import Testing

@testable import EventletCore

@Suite struct StackFrameTests {
  /// By their mangled names, as they stand in debug and release programs.
  @Test(
    arguments: [
      ("$s12EventletCore5EventC4waitxyKF", .library),
      ("$s12EventletCore5EventC4waitxyKFSi_Tg5", .library),
      ("$sSp12EventletCoreAA5FiberVRszlE7prepare", .library),
      ("ev_stack_start", .library),
      ("$sSlsE3mapySayqd__Gqd__7ElementQzqd_0_YKXEqd_0_YKs5ErrorRd_0_r0_lF", .standardLibrary),
      ("$ss15ContiguousArrayV6appendyyxnF", .standardLibrary),
      ("$sSa28unsafeUninitializedCapacity16initializingWithSayxGSi_tKcfC", .standardLibrary),
      ("$sSa3AppE5tidyUpyyF", .others),
      ("$s3App4mainyyF", .others),
      ("$s16EventletCoreDemo4mainyyF", .others),
      ("nanosleep", .others),
      ("", .others),
    ] as [(String, StackFrame.Origin)])
  func aNameTellsWhoseItIs(name: String, origin: StackFrame.Origin) {
    #expect(StackFrame.Origin(name) == origin)
  }

  @Test(
    arguments: [
      // The call that the user wrote stays, how it waits does not.
      ("lib:park lib:wait app:a app:b lib:run lib:start", "wait a b"),
      // In release the standard library stands between the library's own calls.
      ("lib:copy std:map lib:dump app:a", "dump a"),
      ("app:a app:b", "a b"),
      // Called back by the library in the middle.
      ("lib:wait app:a lib:link app:b lib:start", "wait a link b"),
      ("app:a glue:thunk app:b", "a b"),
      // Nothing of the user's: all, rather than nothing.
      ("lib:park lib:main", "park main"),
      ("", ""),
    ])
  func theLibrarysEndsAreLeftOut(stack: String, kept: String) {
    let names = ["lib": "$s12EventletCore1fyyF", "std": "$sSlsE3map", "app": "$s3App1fyyF"]
    let frames = stack.split(separator: " ").map { word in
      let parts = word.split(separator: ":").map(String.init)
      return StackFrame(
        address: 1, function: parts[1], mangledName: names[parts[0]] ?? "",
        isGlue: parts[0] == "glue", file: nil, line: 0, image: nil, isInlined: false)
    }
    let functions = StackFrame.withoutLibrary(frames).map(\.function)
    #expect(functions.joined(separator: " ") == kept)
  }
}
