/// What looks into a running program, besides ``Hub/report()``, ``Hub/dump(hidingLibraryFrames:)``
/// and ``Hub/snapshot(stacks:)`` of one hub.
///
/// ```swift
/// try Debug.dumpOnSignal(SIGQUIT)
/// Debug.blockingDetection(after: .milliseconds(100))
/// ```
///
/// In Python: `eventlet.debug`.
public enum Debug {}
