"""The example websocket-autobahn-client, which echoes, against Python's websockets.

It is told how many cases there are, connects once for each, and says when it is through: what the
server does in a case is a function here.
"""

import contextlib
import random
import subprocess
import threading
import unittest
import urllib.parse

from examples import FOLDER, PATIENCE
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.sync.server import serve

MEBIBYTE = 1 << 20


class Suite:
    """A server of cases, functions of a connection. What they throw is in `errors`."""

    def __init__(self, cases, **options):
        self.cases = cases
        self.begun = []
        self.errors = []
        self.is_through = False
        self.server = serve(
            self.handle, "127.0.0.1", 0, max_size=None, ping_interval=None, **options)

    def handle(self, connection):
        address = urllib.parse.urlsplit(connection.request.path)
        query = urllib.parse.parse_qs(address.query)
        if address.path == "/getCaseCount":
            connection.send(str(len(self.cases)))
        elif address.path == "/updateReports":
            self.is_through = True
        else:
            number = int(query["case"][0])
            self.begun.append((number, query["agent"][0]))
            try:
                self.cases[number - 1](connection)
            except Exception as error:
                self.errors.append(error)

    def run_client(self):
        with self.server:
            thread = threading.Thread(target=self.server.serve_forever)
            thread.start()
            try:
                host, port = self.server.socket.getsockname()
                return subprocess.run(
                    [FOLDER / "websocket-autobahn-client", f"ws://{host}:{port}"],
                    capture_output=True, text=True, timeout=3 * PATIENCE, check=False)
            finally:
                self.server.shutdown()
                thread.join()


class ClientTest(unittest.TestCase):
    def run_cases(self, *cases, **options):
        suite = Suite(cases, **options)
        client = suite.run_client()
        if suite.errors:
            raise suite.errors[0]
        self.assertEqual((client.returncode, client.stdout, client.stderr), (0, "", ""))
        self.assertEqual(
            suite.begun, [(number + 1, "swift-eventlet") for number in range(len(cases))])
        self.assertTrue(suite.is_through)

    def check_echo(self, connection, *messages):
        for message in messages:
            connection.send(message)
            self.assertEqual(connection.recv(PATIENCE), message)

    def exchange(self, connection):
        """One message of each kind."""
        self.check_echo(
            connection, "", b"", "é ∑ 水 🙂", "x" * 65536, random.randbytes(65535),
            "a sentence " * 5000)
        connection.send(["in ", "four ", "", "pieces" * 5000])
        self.assertEqual(connection.recv(PATIENCE), "in four " + "pieces" * 5000)
        self.assertTrue(connection.ping(b"there?").wait(PATIENCE))
        connection.send([b"\x00"] * 1000)
        self.assertEqual(connection.recv(PATIENCE), b"\x00" * 1000)

    def exchange_large(self, connection):
        self.check_echo(connection, random.randbytes(5 * MEBIBYTE), "wide é " * MEBIBYTE)

    def test_without_compression(self):
        def case(connection):
            self.assertEqual(connection.protocol.extensions, [])
            self.exchange(connection)

        self.run_cases(case, self.exchange_large, compression=None)

    def test_with_compression(self):
        for parameters in (
            {}, {"client_max_window_bits": 9}, {"server_max_window_bits": 9},
            {"server_no_context_takeover": True}, {"client_no_context_takeover": True},
            {"server_no_context_takeover": True, "client_no_context_takeover": True,
             "server_max_window_bits": 10, "client_max_window_bits": 11},
        ):
            def case(connection):
                (agreed,) = connection.protocol.extensions
                if parameters.get("client_no_context_takeover"):
                    self.assertTrue(agreed.remote_no_context_takeover)
                for _ in range(3):
                    self.exchange(connection)

            with self.subTest(parameters):
                factory = ServerPerMessageDeflateFactory(**parameters)
                self.run_cases(case, self.exchange_large, compression=None, extensions=[factory])

    def test_the_end(self):
        def close_with(code, reason):
            def case(connection):
                self.check_echo(connection, "hello")
                connection.close(code, reason)
                self.assertEqual(connection.protocol.close_rcvd.code, code)

            return case

        def vanish(connection):
            self.check_echo(connection, "hello")
            connection.socket.shutdown(2)

        def vanish_within_a_message(connection):
            def pieces():
                yield "the first"
                connection.socket.shutdown(2)
                yield "the second"

            with contextlib.suppress(Exception):
                connection.send(pieces())

        def break_the_protocol(connection):
            connection.socket.sendall(b"\x83\x00")
            with contextlib.suppress(Exception):
                connection.recv(PATIENCE)
            self.assertEqual(connection.protocol.close_rcvd.code, 1002)

        self.run_cases(
            close_with(1000, ""), close_with(1001, "off"), close_with(4999, "é" * 61), vanish,
            vanish_within_a_message, break_the_protocol, close_with(3000, "still there"))


if __name__ == "__main__":
    unittest.main()
