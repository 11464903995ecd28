internal import CEventletCore
internal import EventletCore
internal import Glibc

/// Messages to a group of receivers: ip(7), ipv6(7).
extension GreenDatagramSocket {
  /// Receives what is sent to a group, until ``leaveGroup(_:interface:)`` or the socket is closed.
  ///
  /// ```swift
  /// let socket = try GreenDatagramSocket(family: .ipv4)
  /// try socket.setOption(.reuseAddress, true)
  /// try socket.bind(to: .ipv4("224.0.0.251", port: 5353))
  /// try socket.joinGroup(.ipv4("224.0.0.251", port: 5353))
  /// ```
  /// - Parameters:
  ///   - group: A multicast address of IPv4 or IPv6; its port is of no importance.
  ///   - interface: The name of the network interface, such as `eth0`; nil is the system's choice.
  /// - Throws: ``/EventletCore/SystemError``, ENODEV when there is no such interface.
  ///
  /// In Python: `setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, …)`.
  public func joinGroup(_ group: SocketAddress, interface: String? = nil) throws {
    try changeMembership(of: group, interface, joins: true)
  }

  /// Receives no more of what is sent to a group.
  /// - Parameters:
  ///   - group: As given to ``joinGroup(_:interface:)``.
  ///   - interface: As given there.
  /// - Throws: ``/EventletCore/SystemError``, EADDRNOTAVAIL when it has not joined.
  public func leaveGroup(_ group: SocketAddress, interface: String? = nil) throws {
    try changeMembership(of: group, interface, joins: false)
  }

  private func changeMembership(
    of group: SocketAddress, _ interface: String?, joins: Bool
  ) throws {
    let call = joins ? "join group" : "leave group"
    try requireOpen(call)
    guard group.family != .unix else {
      throw SystemError(call: call, errno: EAFNOSUPPORT, subject: "\(group)")
    }
    let number = try Self.number(of: interface)
    let result = group.withStorage {
      ev_multicast_membership(fileDescriptor, joins, $0, $1, number)
    }
    guard result == 0 else { throw SystemError(call: call, subject: "\(group)") }
  }

  /// How many routers a message to a group may pass (IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS).
  /// - Parameter limit: 0 keeps it in this machine; 1, as at first, in this network; at most 255.
  /// - Throws: ``/EventletCore/SystemError``.
  public func setMulticastTTL(_ limit: Int) throws {
    if try isIPv6("set multicast TTL") {
      try setOption(Int32(IPPROTO_IPV6), IPV6_MULTICAST_HOPS, Int32(clamping: limit))
    } else {
      try setOption(Int32(IPPROTO_IP), IP_MULTICAST_TTL, Int32(clamping: limit))
    }
  }

  /// Whether this machine's own members of a group get what it sends to the group; as at first.
  /// - Throws: ``/EventletCore/SystemError``.
  public func setMulticastLoop(_ isOn: Bool) throws {
    if try isIPv6("set multicast loop") {
      try setOption(Int32(IPPROTO_IPV6), IPV6_MULTICAST_LOOP, isOn ? 1 : 0)
    } else {
      try setOption(Int32(IPPROTO_IP), IP_MULTICAST_LOOP, isOn ? 1 : 0)
    }
  }

  /// By which network interface messages to groups go out.
  /// - Parameter interface: Its name, such as `eth0`; nil is the system's choice.
  /// - Throws: ``/EventletCore/SystemError``, ENODEV when there is no such interface.
  public func setMulticastInterface(_ interface: String?) throws {
    let isIPv6 = try isIPv6("set multicast interface")
    let number = try Self.number(of: interface)
    guard ev_multicast_interface(fileDescriptor, isIPv6, number) == 0 else {
      throw SystemError(call: "set multicast interface", subject: subject)
    }
  }

  private func isIPv6(_ call: String) throws -> Bool {
    try requireOpen(call)
    guard let family = kind.family, family != .unix else {
      throw SystemError(call: call, errno: EOPNOTSUPP, subject: subject)
    }
    return family == .ipv6
  }

  private static func number(of interface: String?) throws -> UInt32 {
    guard let interface else { return 0 }
    let number = if_nametoindex(interface)
    guard number != 0 else {
      throw SystemError(call: "find interface", errno: ENODEV, subject: interface)
    }
    return number
  }
}
