"""The bytes of the protocol (RFC 6455), for those who break it."""

import base64
import os
import socket
import struct

from examples import PATIENCE

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def handshake(host, path="/", **changes):
    """The head of a request; a change of None leaves a field out."""
    fields = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
    }
    fields.update({name.replace("_", "-"): value for name, value in changes.items()})
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode()


def frame(opcode, payload=b"", *, final=True, masked=True, length=None):
    """A frame, which may claim to be of another length than it is."""
    length = len(payload) if length is None else length
    bits = 0x80 if masked else 0
    head = bytes([opcode | (0x80 if final else 0)])
    if length < 126:
        head += bytes([bits | length])
    elif length < 65536:
        head += struct.pack(">BH", bits | 126, length)
    else:
        head += struct.pack(">BQ", bits | 127, length)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


class RawClient:
    """A connection whose handshake is done, but for what the test does itself."""

    def __init__(self, server):
        self.socket = socket.create_connection(server.address, PATIENCE)
        self.reader = self.socket.makefile("rb")
        self.socket.sendall(handshake(server.host))
        status = self.reader.readline()
        if b" 101 " not in status:
            raise AssertionError(status)
        while self.reader.readline() != b"\r\n":
            pass

    def send(self, *arguments, **options):
        self.socket.sendall(frame(*arguments, **options))

    def receive(self):
        """The opcode and payload of the next frame, None at the end of the connection."""
        head = self.reader.read(2)
        if not head:
            return None
        length = head[1] & 0x7F
        if length == 126:
            length = struct.unpack(">H", self.reader.read(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self.reader.read(8))[0]
        return head[0] & 0x0F, self.reader.read(length)

    def close_code(self):
        """The code of the close frame, which has to be next."""
        opcode, payload = self.receive()
        if opcode != CLOSE:
            raise AssertionError(f"a frame of {opcode} instead of a close")
        return struct.unpack(">H", payload[:2])[0]

    def reset(self):
        """Ends as a process that is killed: nothing is said, and what waits is thrown away."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.reader.close()
        self.socket.close()
