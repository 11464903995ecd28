internal import Glibc

/// Which sanitizer of the compiler's this process was built with.
package enum Sanitizer {
  package static let isAddress = dlsym(nil, "__asan_init") != nil
  package static let isThread = dlsym(nil, "__tsan_init") != nil
  package static var isActive: Bool { isAddress || isThread }
}
