// libssh2's blocking calls on one OS thread, to a server at 127.0.0.1:
//     patched-ssh PORT USER KEY KNOWN-HOSTS [COUNT]
import CLibssh2
import Glibc
import PatchedSupport

let words = CommandLine.arguments
guard words.count > 4, let port = UInt16(words[1]) else {
  print("usage: patched-ssh PORT USER KEY KNOWN-HOSTS [COUNT]")
  exit(2)
}
let (user, key, knownHosts) = (words[2], words[3], words[4])
let command = "sleep 0.5; echo done"

func say(_ session: OpaquePointer?) {
  var text: UnsafeMutablePointer<CChar>?
  libssh2_session_last_error(session, &text, nil, 0)
  print(text.map { String(cString: $0) } ?? "no session")
}

func connectToServer() -> Int32 {
  let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
  let result = withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  if result < 0 { perror("connect") }
  return connection
}

/// Whether the server has the key that we know.
func isKnown(_ session: OpaquePointer?) -> Bool {
  let hosts = libssh2_knownhost_init(session)
  defer { libssh2_knownhost_free(hosts) }
  var length = 0
  var type: Int32 = 0
  let file = Int32(LIBSSH2_KNOWNHOST_FILE_OPENSSH)
  guard libssh2_knownhost_readfile(hosts, knownHosts, file) > 0,
    let hostKey = libssh2_session_hostkey(session, &length, &type)
  else { return false }
  let kinds = LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW
  let check = libssh2_knownhost_checkp(
    hosts, "127.0.0.1", Int32(port), hostKey, length, kinds, nil)
  if check != LIBSSH2_KNOWNHOST_CHECK_MATCH { print("the server is not the one in \(knownHosts)") }
  return check == LIBSSH2_KNOWNHOST_CHECK_MATCH
}

/// Runs `command` there.
/// - Returns: What it wrote, and its status.
func run(_ session: OpaquePointer?) -> (String, Int32)? {
  guard let channel = ssh_open_session(session) else { return nil }
  defer { libssh2_channel_free(channel) }
  guard ssh_execute(channel, command) == 0 else { return nil }
  var text: [UInt8] = []
  var bytes = [CChar](repeating: 0, count: 64)
  while true {
    let count = libssh2_channel_read_ex(channel, 0, &bytes, bytes.count)
    if count < 0 { return nil }
    if count == 0 { break }
    text += bytes[..<count].map { UInt8(bitPattern: $0) }
  }
  guard libssh2_channel_close(channel) == 0 else { return nil }
  return (String(decoding: text, as: UTF8.self), libssh2_channel_get_exit_status(channel))
}

libssh2_init(0)
race(words.count > 5 ? Int(words[5]) ?? 50 : 50) {
  let connection = connectToServer()
  defer { close(connection) }
  let session = libssh2_session_init_ex(nil, nil, nil, nil)
  defer { libssh2_session_free(session) }
  guard libssh2_session_handshake(session, connection) == 0, isKnown(session),
    libssh2_userauth_publickey_fromfile_ex(
      session, user, UInt32(user.utf8.count), nil, key, nil) == 0,
    let (text, status) = run(session),
    ssh_disconnect(session, "done") == 0
  else {
    say(session)
    return false
  }
  return text == "done\n" && status == 0
}
