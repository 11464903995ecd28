internal import Glibc

/// A descriptor that is closed with the last reference, on whatever OS thread that goes.
final class OwnedDescriptor: Sendable {
  let number: Int32

  init(_ number: Int32) { self.number = number }

  deinit { Glibc.close(number) }
}
