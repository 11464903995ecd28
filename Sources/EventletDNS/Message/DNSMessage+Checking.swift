extension DNSMessage.Record {
  /// Whether the data is what the type has; any is, of a type that is not known.
  var isWellFormed: Bool {
    switch type {
    case DNSRecordType.a.code: holds(.a)
    case DNSRecordType.ns.code: holds(.ns)
    case DNSRecordType.cname.code: holds(.cname)
    case DNSRecordType.soa.code: holds(.soa)
    case DNSRecordType.ptr.code: holds(.ptr)
    case DNSRecordType.mx.code: holds(.mx)
    case DNSRecordType.txt.code: holds(.txt)
    case DNSRecordType.aaaa.code: holds(.aaaa)
    case DNSRecordType.srv.code: holds(.srv)
    default: true
    }
  }

  private func holds<Value>(_ type: DNSRecordType<Value>) -> Bool {
    var data = data
    do { _ = try type.read(&data) } catch { return false }
    return data.isAtEnd
  }
}
