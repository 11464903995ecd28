internal import CCurl

/// What libcurl says of a transfer, while there is a handle to ask.
struct TransferInformation {
  var remoteAddress = ""
  var remotePort = 0
  var openedConnections = 0
  /// All in microseconds from the start; 0 for what there was not.
  var connected = 0
  var secured = 0
  var firstByte = 0
  var total = 0

  init() {}

  init(of handle: EasyHandle) {
    remoteAddress = handle.primaryAddress
    remotePort = handle.long(CURLINFO_PRIMARY_PORT)
    openedConnections = handle.long(CURLINFO_NUM_CONNECTS)
    connected = handle.number(CURLINFO_CONNECT_TIME_T)
    secured = handle.number(CURLINFO_APPCONNECT_TIME_T)
    firstByte = handle.number(CURLINFO_STARTTRANSFER_TIME_T)
    total = handle.number(CURLINFO_TOTAL_TIME_T)
  }
}
