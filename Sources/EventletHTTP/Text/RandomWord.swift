/// 128 random bits as 32 hexadecimal digits: nobody can guess it, and none comes twice.
enum RandomWord {
  static func make() -> String {
    [UInt64.random(in: .min ... .max), .random(in: .min ... .max)].map(\.hexadecimalText).joined()
  }
}
