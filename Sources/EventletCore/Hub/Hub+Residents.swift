extension Hub {
  /// What another module keeps with this hub, one of each type; made when it is first asked for, and let
  /// go of when the hub is destroyed.
  package func resident<Value: AnyObject>(_ make: () -> Value) -> Value {
    let key = ObjectIdentifier(Value.self)
    if let value = residents[key] as? Value { return value }
    let value = make()
    residents[key] = value
    return value
  }
}
