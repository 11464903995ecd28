/// An error that the other end of a connection brought about by what it sent.
///
/// ``serve(_:concurrency:_:)`` ends only the connection when one leaves a
/// handler. Conform the errors of a protocol of your own, so that a client
/// that talks nonsense does not end the server:
///
/// ```swift
/// struct UnknownCommand: PeerError { let word: String }
/// ```
public protocol PeerError: Error {}

/// A ``PeerError`` that says of which connection it is.
///
/// That of another one than the served client's is not the client's fault, so it is reported.
package protocol ConnectionError: PeerError {
  /// The far end, as in the `subject` of a ``/EventletCore/SystemError``.
  var connection: String { get }
}
