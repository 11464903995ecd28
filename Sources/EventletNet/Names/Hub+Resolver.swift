public import EventletCore

extension Hub {
  private final class ResolverHolder {
    let resolver: any Resolver
    init(_ resolver: any Resolver) { self.resolver = resolver }
  }

  /// Who resolves names on this hub when nobody else is named: for
  /// ``GreenSocket/connect(toHost:port:from:resolver:attemptDelay:timeout:)`` and all that builds
  /// on it.
  ///
  /// A ``SystemResolver`` unless another is set, which holds for calls made from then on. Each hub
  /// has its own; it lets go of it when it is destroyed.
  ///
  /// ```swift
  /// Hub.current.resolver = FixedResolver(["db.test": ["127.0.0.1"]])
  /// ```
  public var resolver: any Resolver {
    get {
      let key = ObjectIdentifier(ResolverHolder.self)
      if let holder = residents[key] as? ResolverHolder { return holder.resolver }
      let resolver = SystemResolver()
      residents[key] = ResolverHolder(resolver)
      return resolver
    }
    set {
      // Released after the access: its deinit may be anybody's.
      let old = residents.updateValue(
        ResolverHolder(newValue), forKey: ObjectIdentifier(ResolverHolder.self))
      withExtendedLifetime(old) {}
    }
  }
}
