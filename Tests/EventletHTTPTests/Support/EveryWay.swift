/// All ways in which bytes may arrive: whole, byte by byte, and split at every place.
func everyWay(of bytes: [UInt8]) -> [[[UInt8]]] {
  var ways = [[bytes], bytes.map { [$0] }]
  for split in 1..<bytes.count { ways.append([Array(bytes[..<split]), Array(bytes[split...])]) }
  return ways
}
