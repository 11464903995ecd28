"""Python's websockets, and clients that break the protocol, against the example websocket-echo."""

import asyncio
import http.client
import random
import resource
import socket
import threading
import unittest

import websockets
import wire
from examples import PATIENCE, Server
from websockets.asyncio.client import connect as connect_async
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.sync.client import connect

MEBIBYTE = 1 << 20


class ServerTest(unittest.TestCase):
    options = ("--hubs", "2", "--subprotocol", "echo")

    @classmethod
    def setUpClass(cls):
        cls.server = Server("websocket-echo", *cls.options)
        cls.url = f"ws://{cls.server.host}/"

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def connect(self, **options):
        options = {"max_size": None, "open_timeout": PATIENCE, "ping_interval": None, **options}
        return self.enterContext(connect(self.url, **options))

    def check_echo(self, socket, *messages):
        for message in messages:
            socket.send(message)
            self.assertEqual(socket.recv(PATIENCE), message)


class EchoTest(ServerTest):
    def test_lengths_at_which_the_header_changes(self):
        socket = self.connect()
        for length in 0, 1, 125, 126, 127, 65535, 65536, 65537:
            self.check_echo(socket, "x" * length, random.randbytes(length))

    def test_text_of_all_planes(self):
        self.check_echo(self.connect(), "é ∑ 水 🙂 \x00 \U0010ffff")

    def test_many_messages_before_the_first_answer(self):
        socket = self.connect()
        for number in range(1000):
            socket.send(str(number))
        for number in range(1000):
            self.assertEqual(socket.recv(PATIENCE), str(number))

    def test_fragments(self):
        socket = self.connect()
        for pieces in ["a"], ["ab", "", "cd"], ["x" * 70000] * 3, ["é"] * 1000:
            socket.send(pieces)
            self.assertEqual(socket.recv(PATIENCE), "".join(pieces))
        socket.send([b"\x00\xff", b"\x80"])
        self.assertEqual(socket.recv(PATIENCE), b"\x00\xff\x80")

    def test_a_character_in_two_fragments_and_a_ping_between(self):
        client = wire.RawClient(self.server)
        self.addCleanup(client.close)
        client.send(wire.TEXT, b"\xf0\x9f", final=False)
        client.send(wire.PING, b"there?")
        self.assertEqual(client.receive(), (wire.PONG, b"there?"))
        client.send(0, b"\x99\x82")
        self.assertEqual(client.receive(), (wire.TEXT, "🙂".encode()))

    def test_large_messages(self):
        socket = self.connect()
        self.check_echo(socket, random.randbytes(5 * MEBIBYTE), "wide é " * MEBIBYTE)

    def test_ping(self):
        socket = self.connect()
        for payload in b"", b"x" * 125:
            self.assertTrue(socket.ping(payload).wait(PATIENCE))
        self.check_echo(socket, "after pings")

    def test_a_pong_that_nobody_has_asked_for(self):
        socket = self.connect()
        socket.pong(b"by the way")
        self.check_echo(socket, "after a pong")

    def test_two_thousand_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < 4096:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))

        async def main():
            opening = asyncio.Semaphore(100)
            all_open = asyncio.Barrier(2000)

            async def client(number):
                async with opening:
                    socket = await connect_async(
                        self.url, open_timeout=PATIENCE, ping_interval=None, compression=None)
                async with socket:
                    await all_open.wait()
                    await socket.send(f"message {number}")
                    self.assertEqual(await socket.recv(), f"message {number}")

            async with asyncio.timeout(3 * PATIENCE):
                await asyncio.gather(*[client(number) for number in range(2000)])

        asyncio.run(main())


class ClosingTest(ServerTest):
    def test_codes_and_reasons(self):
        for code, reason in (1000, ""), (1001, "off"), (3000, "é" * 61), (4999, "my own"):
            socket = self.connect()
            self.check_echo(socket, "hello")
            socket.close(code, reason)
            self.assertEqual(socket.protocol.close_rcvd.code, code)
            self.assertFalse(socket.protocol.close_rcvd_then_sent)

    def test_a_close_without_a_code(self):
        client = wire.RawClient(self.server)
        self.addCleanup(client.close)
        client.send(wire.CLOSE)
        # 1000 is what a server may say of itself.
        self.assertIn(client.receive(), [(wire.CLOSE, b""), (wire.CLOSE, b"\x03\xe8")])
        self.assertIsNone(client.receive())

    def check_failure(self, code, *frames):
        client = wire.RawClient(self.server)
        self.addCleanup(client.close)
        client.socket.sendall(b"".join(frames))
        self.assertEqual(client.close_code(), code)
        client.send(wire.CLOSE, code.to_bytes(2, "big"))
        self.assertIsNone(client.receive())

    def test_protocol_errors(self):
        self.check_failure(1002, wire.frame(wire.TEXT, b"not masked", masked=False))
        self.check_failure(1002, wire.frame(3, b"no such opcode"))
        self.check_failure(1002, wire.frame(wire.PING, b"in two", final=False))
        self.check_failure(1002, wire.frame(0, b"goes on with nothing"))
        self.check_failure(1007, wire.frame(wire.TEXT, b"\xff"))

    def test_too_much(self):
        self.check_failure(1009, wire.frame(wire.BINARY, length=65 * MEBIBYTE))
        self.check_failure(1009, wire.frame(wire.BINARY, length=1 << 62))

    def test_clients_that_are_killed(self):
        witness = self.connect()
        request = wire.handshake(self.server.host)
        for part in request[:20], request[:-1]:
            with socket.create_connection(self.server.address, PATIENCE) as client:
                client.sendall(part)
        for frames in (
            b"", wire.frame(wire.TEXT, b"whole"), wire.frame(wire.TEXT, b"half", length=8),
            wire.frame(wire.TEXT, b"a fragment", final=False),
            wire.frame(wire.BINARY, bytes(MEBIBYTE), length=2 * MEBIBYTE),
            wire.frame(wire.BINARY, bytes(3 * MEBIBYTE)), b"\x81",
        ):
            for end in wire.RawClient.reset, wire.RawClient.close:
                client = wire.RawClient(self.server)
                client.socket.sendall(frames)
                end(client)
        self.check_echo(witness, "still there")

    def test_a_client_that_does_not_read(self):
        """It is sent no more than fits on the way, and everybody else goes on."""
        client = wire.RawClient(self.server)
        self.addCleanup(client.reset)
        before = self.server.resident_bytes()
        client.socket.settimeout(0.5)
        message = wire.frame(wire.BINARY, bytes(MEBIBYTE))
        with self.assertRaises(TimeoutError):
            for _ in range(200):
                client.socket.sendall(message)
        self.assertLess(self.server.resident_bytes() - before, 40 * MEBIBYTE)
        self.check_echo(self.connect(), "still there")

    def test_a_server_that_is_stopped(self):
        server = Server("websocket-echo")
        socket = self.enterContext(connect(f"ws://{server.host}/"))
        self.check_echo(socket, "hello")
        # It waits for our half of the closing handshake.
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        with self.assertRaises(websockets.ConnectionClosedOK) as closed:
            socket.recv(PATIENCE)
        self.assertEqual(closed.exception.rcvd.code, 1001)
        stopping.join()


class HandshakeTest(ServerTest):
    def status(self, **changes):
        with socket.create_connection(self.server.address, PATIENCE) as client:
            client.sendall(wire.handshake(self.server.host, **changes))
            response = http.client.HTTPResponse(client)
            response.begin()
            self.addCleanup(response.close)
            return response.status, response

    def test_fields_that_are_missing_or_wrong(self):
        for changes, expected in (
            ({}, 101),
            ({"Upgrade": "WebSocket", "Connection": "keep-alive, upgrade"}, 101),
            ({"Sec_WebSocket_Key": None}, 400),
            ({"Sec_WebSocket_Key": "c2hvcnQ="}, 400),
            ({"Sec_WebSocket_Key": "?"}, 400),
            ({"Sec_WebSocket_Version": "8"}, 101),
            ({"Sec_WebSocket_Version": "12"}, 426),
            ({"Sec_WebSocket_Version": None}, 426),
        ):
            status, response = self.status(**changes)
            self.assertEqual(status, expected, changes)
            if status == 426:
                self.assertIn("13", response.headers["Sec-WebSocket-Version"])

    def test_origins(self):
        self.check_echo(self.connect(origin=f"http://{self.server.host}"), "ours")
        for origin in "http://elsewhere.example", f"http://127.0.0.1:{self.server.port + 1}", "null":
            with self.assertRaises(websockets.InvalidStatus) as refused:
                self.connect(origin=origin)
            self.assertEqual(refused.exception.response.status_code, 403, origin)

    def test_subprotocols(self):
        for offered, expected in (["other", "echo"], "echo"), (["other"], None), (None, None):
            socket = self.connect(subprotocols=offered)
            self.assertEqual(socket.subprotocol, expected)
            self.check_echo(socket, "hello")

    def test_compression_that_is_not_wanted(self):
        socket = self.connect(compression="deflate")
        self.assertEqual(socket.protocol.extensions, [])
        self.check_echo(socket, "x" * 1000)


class CompressionTest(ServerTest):
    options = ("--deflate",)

    def test_parameters(self):
        for parameters in (
            {}, {"client_max_window_bits": True}, {"client_max_window_bits": 9},
            {"server_max_window_bits": 9}, {"server_max_window_bits": 15},
            {"server_no_context_takeover": True}, {"client_no_context_takeover": True},
            {"server_no_context_takeover": True, "client_no_context_takeover": True,
             "server_max_window_bits": 10, "client_max_window_bits": 11},
        ):
            with self.subTest(parameters):
                socket = self.connect(
                    compression=None, extensions=[ClientPerMessageDeflateFactory(**parameters)])
                (agreed,) = socket.protocol.extensions
                if parameters.get("server_no_context_takeover"):
                    self.assertTrue(agreed.remote_no_context_takeover)
                bits = parameters.get("server_max_window_bits", 15)
                self.assertLessEqual(agreed.remote_max_window_bits, bits)
                for _ in range(3):
                    self.check_echo(
                        socket, "a sentence " * 5000, random.randbytes(40000), "", b"\x00" * 300_000)
                    socket.send(["in ", "four ", "", "pieces" * 5000])
                    self.assertEqual(socket.recv(PATIENCE), "in four " + "pieces" * 5000)

    def test_none(self):
        socket = self.connect(compression=None)
        self.assertEqual(socket.protocol.extensions, [])
        self.check_echo(socket, "x" * 100_000)

    def test_it_is_worth_it(self):
        client = socket.create_connection(self.server.address, PATIENCE)
        self.addCleanup(client.close)
        client.sendall(wire.handshake(
            self.server.host, Sec_WebSocket_Extensions="permessage-deflate"))
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        self.assertIn(b"permessage-deflate", head)
        client.sendall(wire.frame(wire.TEXT, b"x" * 60_000))
        first, length = client.recv(2, socket.MSG_WAITALL)
        self.assertEqual(first, 0xC1, "a text, compressed")
        self.assertLess(length & 0x7F, 127)
        if length == 126:
            self.assertLess(int.from_bytes(client.recv(2, socket.MSG_WAITALL), "big"), 300)

    def test_a_bomb(self):
        """Seventy mebibytes of nothing in some seventy kilobytes: more than the limit."""
        socket = self.connect(max_size=None)
        socket.send(b"\x00" * (70 * MEBIBYTE))
        with self.assertRaises(websockets.ConnectionClosedError) as closed:
            socket.recv(PATIENCE)
        self.assertEqual(closed.exception.rcvd.code, 1009)
        self.check_echo(self.connect(), "still there")




if __name__ == "__main__":
    unittest.main()
