internal import COpenSSL

/// OpenSSL's queue of errors of this OS thread.
///
/// Emptied before each call and read after one that failed: what an earlier one left would be taken
/// for the reason of a later one.
struct ErrorQueue {
  struct Entry {
    let library: Int32
    let reason: Int32
    let text: String

    func isSSL(_ reasons: Int32...) -> Bool { library == ERR_LIB_SSL && reasons.contains(reason) }
    func isPEM(_ reasons: Int32...) -> Bool { library == ERR_LIB_PEM && reasons.contains(reason) }
  }

  /// The oldest first: that is where it began.
  let entries: [Entry]

  static func clear() { ERR_clear_error() }

  /// Takes all there are.
  static func take() -> ErrorQueue {
    var entries: [Entry] = []
    while case let code = ERR_get_error(), code != 0 {
      entries.append(
        Entry(library: ERR_GET_LIB(code), reason: ERR_GET_REASON(code), text: text(of: code)))
    }
    return ErrorQueue(entries: entries)
  }

  var text: String { entries.first?.text ?? "unknown error" }

  private static func text(of code: UInt) -> String {
    if let reason = ERR_reason_error_string(code) { return String(cString: reason) }
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(code, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
