import Eventlet

/// What a person types into telnet, without the commands that telnet mixes into it (RFC 854).
final class TelnetText: ByteStream {
  private enum State { case text, command, option, parameters, parametersCommand }

  private let socket: GreenSocket
  private var state = State.text
  /// By Ctrl-C or the like: telnet shows nothing more, and waits for our word or our end.
  private var hasLeft = false

  init(_ socket: GreenSocket) { self.socket = socket }

  func receive(upTo count: Int) throws -> [UInt8] {
    while !hasLeft {
      let received = try socket.receive(upTo: count)
      let text = received.filter(isText)
      if !text.isEmpty || received.isEmpty { return text }
    }
    return []
  }

  private func isText(_ byte: UInt8) -> Bool {
    let (interpretAsCommand, endOfParameters, endOfTransmission): (UInt8, UInt8, UInt8) =
      (255, 240, 4)
    switch (state, byte) {
    case (.text, interpretAsCommand): state = .command
    case (.text, endOfTransmission): hasLeft = true
    case (.text, _): return !hasLeft
    case (.command, interpretAsCommand):
      state = .text
      return !hasLeft
    case (.command, 250): state = .parameters
    case (.command, 251...254): state = .option
    case (.command, _):
      // End of file, suspend, abort; break, interrupt, abort output.
      if [236, 237, 238, 243, 244, 245].contains(byte) { hasLeft = true }
      state = .text
    case (.option, _), (.parametersCommand, endOfParameters): state = .text
    case (.parameters, interpretAsCommand): state = .parametersCommand
    case (.parameters, _): break
    case (.parametersCommand, _): state = .parameters
    }
    return false
  }

  func sendAll(_ bytes: [UInt8]) throws { try socket.sendAll(bytes) }
  func close() { socket.close() }
}

extension String {
  /// Without what would upset the terminals of others, and without blanks around it.
  var printable: String {
    let words = unicodeScalars.split { $0.properties.generalCategory == .control }
    let text = words.map(String.init).joined(separator: " ")
    guard let start = text.firstIndex(where: { !$0.isWhitespace }),
      let end = text.lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(text[start...end])
  }
}
