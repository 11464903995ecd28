internal import EventletCore

// Ends of pipes that came from another process, see `BaseSocket.receiveDescriptors`.

extension PipeReader {
  /// Takes over a descriptor that came from another process.
  ///
  /// As for a number. Traps when it was taken or closed before.
  /// - Parameter passed: Taken, unless this throws.
  /// - Throws: ``/EventletCore/SystemError``; ``/EventletCore/HubError/invalidArgument(_:)`` for a file.
  public convenience init(adopting passed: PassedDescriptor) throws {
    try self.init(adopting: passed.untakenNumber)
    _ = passed.take()
  }
}

extension PipeWriter {
  /// Takes over a descriptor that came from another process.
  ///
  /// As for a number. Traps when it was taken or closed before.
  /// - Parameter passed: Taken, unless this throws.
  /// - Throws: ``/EventletCore/SystemError``; ``/EventletCore/HubError/invalidArgument(_:)`` for a file.
  public convenience init(adopting passed: PassedDescriptor) throws {
    try self.init(adopting: passed.untakenNumber)
    _ = passed.take()
  }
}
