"""Clients of http-sink that mean no good, and what they may not bring about.

    http_hostile.py KIND PORT PID [NAME=NUMBER...]

Each kind prints a row of what it has measured, and ends with an error when a
number is not as it must be. While a kind is at work another client asks for
/plaintext again and again, by a new connection and by an old one in turn: its
slowest answer counts, too. Of the server's memory the most that was resident
meanwhile counts, beyond what was so before.
"""

import contextlib
import os
import resource
import selectors
import socket
import struct
import sys
import threading
import time

MIB = 1 << 20
REQUEST = b"GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n"
ANSWER = b"Hello, World!"
#: Seconds that a machine with other things to do may add to a deadline.
LATE = 6.0


def check(condition, message):
    if not condition:
        sys.exit(f"http_hostile: {message}")


def connect(port, room=None):
    client = socket.socket()
    if room:
        # Before the connection is made: it announces that.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    client.settimeout(60)
    client.connect(("127.0.0.1", port))
    return client


def break_off(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def answer_of(client):
    """All that comes until the end, which may be a reset, or for a minute; at most 64 KiB."""
    received = b""
    with contextlib.suppress(OSError):
        while len(received) < 65536:
            more = client.recv(65536)
            if not more:
                break
            received += more
    return received


def kernel_memory():
    """Bytes that the kernel holds for TCP, of all programs (proc_net(5), sockstat)."""
    with open("/proc/net/sockstat") as file:
        words = next(line.split() for line in file if line.startswith("TCP:"))
    return int(words[words.index("mem") + 1]) * resource.getpagesize()


class Server:
    """The server's process, as the kernel sees it."""

    def __init__(self, pid):
        self.pid = pid

    def kib(self, name):
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith(name + ":"):
                    return int(line.split()[1])
        return 0

    def forget_peak(self):
        """What is resident now counts as the most (proc(5), clear_refs)."""
        with open(f"/proc/{self.pid}/clear_refs", "w") as file:
            file.write("5")
        self.before = self.kib("VmRSS")

    def growth(self):
        """MiB that were resident at most, beyond those of the beginning."""
        return max(0, self.kib("VmHWM") - self.before) / 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class Polite(threading.Thread):
    """Another client, whose slowest answer tells whether it is harmed."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.slowest = 0.0
        self.count = 0
        self.failure = None
        self.over = threading.Event()

    def ask(self, client):
        begin = time.monotonic()
        client = client or connect(self.port)
        client.sendall(REQUEST)
        received = b""
        while not received.endswith(ANSWER):
            more = client.recv(4096)
            if not more:
                raise ConnectionError(f"closed after {received!r}")
            received += more
        self.slowest = max(self.slowest, time.monotonic() - begin)
        self.count += 1
        return client

    def run(self):
        try:
            old = self.ask(None)
            while not self.over.wait(0.01):
                self.ask(None).close()
                self.ask(old)
        except Exception as error:  # Told by the main thread.
            self.failure = error

    def end(self):
        self.over.set()
        self.join(60)
        check(not self.failure, f"the polite client: {self.failure}")
        check(self.count > 0, "the polite client had no answer")
        check(self.slowest < 1.0, f"the polite client waited {self.slowest:.3f} s")


def drip(port, count, head, limit, rest):
    """Clients that send a byte a second until they are told to stop.

    Returns the times after which they had an answer, counted from each one's
    first byte of what the deadline is for."""
    selector = selectors.DefaultSelector()
    begun = {}
    for number in range(count):
        client = connect(port)
        client.sendall(head)
        client.setblocking(False)
        begun[client] = time.monotonic()
        selector.register(client, selectors.EVENT_READ)
    ends = []
    position = 0
    following = time.monotonic()
    give_up = time.monotonic() + limit + 30
    while begun and time.monotonic() < give_up:
        if time.monotonic() >= following:
            for client in begun:
                with contextlib.suppress(ConnectionError, BlockingIOError):
                    client.send(rest[position : position + 1])
            position += 1
            following += 1
        for key, _ in selector.select(max(0.0, following - time.monotonic())):
            client = key.fileobj
            selector.unregister(client)
            ends.append(time.monotonic() - begun.pop(client))
            client.setblocking(True)
            answer = answer_of(client)
            check(answer.startswith(b"HTTP/1.1 408 "), f"the answer is {answer[:200]!r}")
            client.close()
    check(not begun, f"{len(begun)} of {count} clients were not cut in {limit + 30} s")
    return ends


def check_ends(ends, limit):
    check(min(ends) > limit - 1, f"one was cut after {min(ends):.1f} s, the limit is {limit}")
    check(max(ends) < limit + LATE, f"one was cut after {max(ends):.1f} s, the limit is {limit}")
    return f"all {len(ends)} cut after {min(ends):.1f} to {max(ends):.1f} s"


def slow_heads(port, server, clients=1000, limit=4):
    rest = b"ET /plaintext HTTP/1.1\r\n" + b"X: y\r\n" * 100
    return check_ends(drip(port, clients, b"G", limit, rest), limit)


def slow_bodies(port, server, clients=1000, limit=4):
    head = b"POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
    return check_ends(drip(port, clients, head, limit, b"x" * 1000), limit)


def never_read(port, server, clients=1000, limit=4):
    """Clients that ask for much and take nothing."""
    wanted = [
        b"GET /zeros HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /bytes HTTP/1.1\r\nHost: a\r\n\r\n",
        # Answers that have no room at either end any more.
        REQUEST * 4000,
    ]
    before = kernel_memory()
    begun = {}
    for number in range(clients):
        client = connect(port, room=4096)
        client.sendall(wanted[number % len(wanted)])
        begun[client] = time.monotonic()
    ends = []
    most = 0
    give_up = time.monotonic() + limit + 30
    while begun and time.monotonic() < give_up:
        for client in list(begun):
            # Broken off, and known without a read of what has come before.
            if client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                ends.append(time.monotonic() - begun.pop(client))
                client.close()
        most = max(most, kernel_memory() - before)
        time.sleep(0.05)
    check(not begun, f"{len(begun)} of {clients} clients were not cut in {limit + 30} s")
    most //= clients * 1024
    # Both ends. As it is, the kernel takes up to 4 MiB for each, as long as it has any.
    check(most < 400, f"the kernel held {most} KiB for each client")
    return check_ends(ends, limit) + f", {most} KiB each in the kernel"


def send_body(client, size, chunked=False):
    """Sends so many bytes, or as many as are taken.

    Returns how many went."""
    piece = b"x" * MIB
    if chunked:
        piece = b"%x\r\n" % len(piece) + piece + b"\r\n"
    sent = 0
    with contextlib.suppress(OSError):
        while sent < size:
            client.sendall(piece[: size - sent] if not chunked else piece)
            sent += MIB
    return min(sent, size)


def ignored(port, server, clients=20, size=1024):
    """Bodies that no handler reads: too long ones are not taken in, and short ones harm nothing."""
    most = 0
    errors = []

    def run(chunked):
        nonlocal most
        client = connect(port)
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size * MIB}"
        client.sendall(f"POST /ignore HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n".encode())
        answer = []
        reader = threading.Thread(target=lambda: answer.append(answer_of(client)))
        reader.start()
        sent = send_body(client, size * MIB, chunked)
        reader.join()
        most = max(most, sent)
        if not answer[0].startswith(b"HTTP/1.1 200 "):
            errors.append(f"the answer is {answer[0][:200]!r}")
        client.close()

    threads = [threading.Thread(target=run, args=(n % 2 == 1,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        check(not thread.is_alive(), "a client was not cut in 120 s")
    check(not errors, errors[:1])
    # What the kernel holds for both ends, and the server takes in before it closes.
    check(most <= 24 * MIB, f"{most / MIB:.0f} MiB of {size} MiB were taken")
    client = connect(port)
    body = b"x" * 200_000
    for _ in range(10):
        client.sendall(b"POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + body)
        answer = b""
        while not answer.endswith(b"ignored"):
            more = client.recv(4096)
            check(more, f"closed after {answer!r}")
            answer += more
    return f"{clients} x {size} MiB: at most {most / MIB:.0f} MiB taken of one"


def vanish(port, server, clients=500):
    """Clients that go in the middle of a body, in both ways."""
    before = server.descriptors()
    for number in range(clients):
        client = connect(port)
        path, framing = [
            ("/count", "Content-Length: 100000"),
            ("/count", "Transfer-Encoding: chunked"),
            ("/echo", "Content-Length: 100000"),
            ("/ignore", "Content-Length: 100000"),
        ][number // 2 % 4]
        body = "186A0\r\n" if "chunked" in framing else ""
        client.sendall(f"POST {path} HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n{body}xxx".encode())
        if number % 2:
            break_off(client)
        else:
            client.close()
    give_up = time.monotonic() + 30
    # But for the polite client's two.
    while server.descriptors() > before + 2:
        check(time.monotonic() < give_up, f"{server.descriptors() - before} descriptors are left")
        time.sleep(0.05)
    return f"all {clients} gone, no descriptor left"


def count(port, server, size=1024):
    """A body that is counted."""
    client = connect(port)
    client.sendall(
        f"POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: {size * MIB}\r\n"
        "Connection: close\r\n\r\n".encode())
    begin = time.monotonic()
    sent = send_body(client, size * MIB)
    answer = answer_of(client)
    rate = size / (time.monotonic() - begin)
    check(sent == size * MIB, f"{sent} bytes were taken")
    counted = answer.partition(b"\r\n\r\n")[2]
    check(counted == b"%d" % (size * MIB), f"the answer is {answer[:200]!r}")
    return f"{size} MiB, {rate:.0f} MiB/s"


def echo(port, server, size=1024):
    """A body that comes back."""
    client = connect(port)
    client.sendall(
        f"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {size * MIB}\r\n\r\n".encode())
    begin = time.monotonic()
    sender = threading.Thread(target=send_body, args=(client, size * MIB))
    sender.start()
    received = b""
    while b"\r\n\r\n" not in received:
        received += client.recv(65536)
    head, _, rest = received.partition(b"\r\n\r\n")
    check(head.startswith(b"HTTP/1.1 200 "), f"the answer is {head!r}")
    back = len(rest)
    buffer = bytearray(MIB)
    expected = b"x" * MIB
    while back < size * MIB:
        more = client.recv_into(buffer)
        check(more, f"closed after {back} bytes")
        check(buffer[:more] == expected[:more], "other bytes have come back")
        back += more
    sender.join()
    check(back == size * MIB, f"{back} bytes have come back")
    return f"{size} MiB, {size / (time.monotonic() - begin):.0f} MiB/s"


#: By name: what runs, and how many MiB more may be resident meanwhile.
KINDS = {
    "slow-heads": (slow_heads, 48),
    "slow-bodies": (slow_bodies, 48),
    "never-read": (never_read, 64),
    "ignored": (ignored, 16),
    "vanish": (vanish, 16),
    "count": (count, 16),
    "echo": (echo, 16),
}


def main():
    kind, port, pid = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    numbers = {name: int(value) for name, value in (word.split("=") for word in sys.argv[4:])}
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    run, most = KINDS[kind]
    server = Server(pid)
    # Whatever is made once is there.
    Polite(port).ask(None).close()
    server.forget_peak()
    polite = Polite(port)
    polite.start()
    result = run(port, server, **numbers)
    growth = server.growth()
    polite.end()
    check(growth < most, f"{growth:.1f} MiB more were resident, and {most} are allowed")
    print(f"{kind:12} {growth:8.1f} MiB {polite.slowest * 1000:8.1f} ms  {result}", flush=True)


main()
