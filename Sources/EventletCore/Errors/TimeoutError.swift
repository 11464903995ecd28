/// An error that says that time ran out.
///
/// ``Timeout`` and EventletNet's `IOTimeout` conform; conform your own to be
/// treated alike:
///
/// ```swift
/// do { try fetch() } catch let error as any TimeoutError { retryLater() }
/// ```
///
/// In Python: `eventlet.is_timeout`, `eventlet.wrap_is_timeout`.
public protocol TimeoutError: Error {}
