import Glibc

/// Allows this process as many descriptors as the system lets it.
///
/// What a process begins with is often 1024, for the sake of programs that use select(2).
public func raiseDescriptorLimit() {
  let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  var limit = rlimit()
  guard getrlimit(resource, &limit) == 0 else { return }
  limit.rlim_cur = limit.rlim_max
  // Without it there are fewer clients, no wrong ones.
  _ = setrlimit(resource, &limit)
}
