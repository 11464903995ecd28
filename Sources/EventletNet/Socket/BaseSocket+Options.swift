internal import EventletCore
internal import Glibc

extension BaseSocket {
  /// Sets an option.
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `setsockopt`.
  public final func setOption<Value>(_ option: SocketOption<Value>, _ value: Value) throws {
    try setOption(option.level, option.name, option.encode(value))
  }

  /// Reads an option.
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `getsockopt`.
  public final func option<Value>(_ option: SocketOption<Value>) throws -> Value {
    option.decode(try self.option(option.level, option.name, byteCount: option.size))
  }

  /// Sets an option of the kernel with an integer value, see setsockopt(2).
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `setsockopt`.
  public final func setOption(_ level: Int32, _ name: Int32, _ value: Int32) throws {
    try requireOpen("setsockopt")
    var value = value
    let size = socklen_t(MemoryLayout<Int32>.size)
    guard Glibc.setsockopt(fileDescriptor, level, name, &value, size) == 0 else {
      throw SystemError(call: "setsockopt", subject: subject)
    }
  }

  /// Sets an option of the kernel whose value is a structure, see setsockopt(2).
  /// - Parameters:
  ///   - level: Such as `SOL_SOCKET`.
  ///   - name: Such as `SO_LINGER`.
  ///   - bytes: The structure as it lies in memory.
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `setsockopt` with bytes.
  public final func setOption(_ level: Int32, _ name: Int32, _ bytes: [UInt8]) throws {
    try requireOpen("setsockopt")
    let size = socklen_t(bytes.count)
    guard Glibc.setsockopt(fileDescriptor, level, name, bytes, size) == 0 else {
      throw SystemError(call: "setsockopt", subject: subject)
    }
  }

  /// Reads an option with an integer value, see getsockopt(2).
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `getsockopt`.
  public final func option(_ level: Int32, _ name: Int32) throws -> Int32 {
    try requireOpen("getsockopt")
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard Glibc.getsockopt(fileDescriptor, level, name, &value, &length) == 0 else {
      throw SystemError(call: "getsockopt", subject: subject)
    }
    return value
  }

  /// Reads an option whose value is a structure, see getsockopt(2).
  /// - Parameters:
  ///   - level: Such as `SOL_SOCKET`.
  ///   - name: Such as `SO_LINGER`.
  ///   - byteCount: The size of the structure.
  /// - Returns: as many bytes as the kernel has filled in, `byteCount` at most.
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `getsockopt` with a length.
  public final func option(_ level: Int32, _ name: Int32, byteCount: Int) throws -> [UInt8] {
    try requireOpen("getsockopt")
    var bytes = [UInt8](repeating: 0, count: max(byteCount, 0))
    var length = socklen_t(bytes.count)
    guard Glibc.getsockopt(fileDescriptor, level, name, &bytes, &length) == 0 else {
      throw SystemError(call: "getsockopt", subject: subject)
    }
    return Array(bytes[..<Int(length)])
  }
}
