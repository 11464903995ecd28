internal import EventletNet

/// The sixteen bytes of an address, those of IPv4 in the form that IPv6 sockets take.
struct AddressWords: Hashable {
  private let high: UInt64
  private let low: UInt64

  private init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  init(_ address: IPAddress) {
    var (high, low) = (UInt64(0), UInt64(0))
    for byte in address.mappedToIPv6.bytes {
      high = high << 8 | low >> 56
      low = low << 8 | UInt64(byte)
    }
    self.init(high: high, low: low)
  }

  var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

  var ipv4: IPAddress {
    let bytes = (0..<4).map { UInt8(truncatingIfNeeded: low >> (24 - 8 * $0)) }
    guard let address = IPAddress(bytes: bytes) else { fatalError("four bytes are an address") }
    return address
  }

  /// With nothing but the first bits.
  func masked(_ bits: Int) -> AddressWords {
    // Shifts by 64 and more leave nothing, as they should.
    AddressWords(
      high: high & ~(UInt64.max >> bits), low: low & ~(UInt64.max >> Swift.max(bits - 64, 0)))
  }
}
