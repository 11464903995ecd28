internal import EventletCore

/// What ``GreenDescriptor/select(reading:writing:exceptional:timeout:)-([Item],_,_,_)`` and
/// ``GreenDescriptor/poll(_:timeout:)-([PollItem<Item>],_)`` wait for: something with a descriptor.
///
/// Sockets are; so are numbers of descriptors, and readers.
public protocol Selectable {
  /// The descriptor; negative when it is closed.
  ///
  /// In Python: `fileno()`.
  var selectedDescriptor: Int32 { get }
  /// Whether there is something to read that was received already, of which the descriptor tells
  /// nothing.
  var hasReceivedAhead: Bool { get }
}

extension Selectable {
  /// Nothing, unless a type says otherwise.
  public var hasReceivedAhead: Bool { false }
}

extension Int32: Selectable {
  /// The number itself.
  public var selectedDescriptor: Int32 { self }
}

extension GreenDescriptor: Selectable {
  /// The descriptor; negative when it is closed, for then the number may be another's.
  public final var selectedDescriptor: Int32 {
    isClosed || record.isClosed ? -1 : fileDescriptor
  }
}

extension BufferedReader: Selectable {
  /// The descriptor of what it reads from; negative if that has none.
  public var selectedDescriptor: Int32 {
    (stream as? any Selectable)?.selectedDescriptor ?? -1
  }

  /// Whether it holds bytes, or knows of the end of the stream.
  public var hasReceivedAhead: Bool {
    bufferedCount > 0 || hasEnded || (stream as? any Selectable)?.hasReceivedAhead ?? false
  }
}
