/// What a green thread was at, at one moment: a value that says nothing of what it is at now.
///
/// ```swift
/// for thread in Hub.current.snapshot(stacks: true) where thread.state == .waiting {
///   print(thread, thread.stack().map(\.description).joined(separator: " < "))
/// }
/// ```
///
/// `Sendable`, so another OS thread can print it while the hub goes on.
public struct GreenThreadInfo: Sendable, CustomStringConvertible {
  /// What it can be at.
  public enum State: Sendable {
    /// Spawned with a delay that has not passed.
    case scheduled
    /// Waiting for its turn.
    case ready
    /// The one that runs.
    case running
    /// Parked.
    case waiting
  }

  /// Its number.
  public let id: UInt64
  /// Its name; empty if it was given none.
  public let name: String
  /// The file that spawned it, as `#fileID` gives it.
  public let spawnFile: String
  /// The line that spawned it.
  public let spawnLine: UInt
  /// What it is at.
  public let state: State
  /// What it waits for, in words; nil unless it waits.
  public let waitsFor: String?
  /// For how long, by the hub's clock; nil unless it waits.
  ///
  /// Up to the time of one turn of the hub too long.
  public let waitingTime: Duration?
  /// The return addresses of its calls, innermost first.
  ///
  /// Empty if no stacks were asked for, or it has not started.
  public let stackAddresses: [UInt]
  let label: String
  let stateDescription: String

  /// Its calls, innermost first, with names and lines.
  ///
  /// Takes about a tenth of a millisecond for each place seen for the first time, seven milliseconds
  /// the very first time, while the OS thread does nothing else.
  /// - Parameter hidingLibraryFrames: Leave out how the library waits and how it
  ///   starts a body.
  /// - Returns: Several for one address where calls were inlined.
  public func stack(hidingLibraryFrames: Bool = true) -> [StackFrame] {
    let frames = Symbolizer.shared.frames(codeAddresses)
    return hidingLibraryFrames ? StackFrame.withoutLibrary(frames) : frames
  }

  var codeAddresses: [CodeAddress] {
    stackAddresses.map { CodeAddress(address: $0, isReturnAddress: true) }
  }

  /// Who it is, and what it was at.
  public var description: String { "\(label): \(stateDescription)" }
}
