"""h11, which is strict about what it is sent, over sockets of one's own."""

import json
import socket
import unittest

import h11
from servers import HTTPBIN_ADDRESS, PATIENCE


class Client:
    """A connection, and what h11 makes of it."""

    def __init__(self, test):
        self.socket = socket.create_connection(HTTPBIN_ADDRESS, PATIENCE)
        test.addCleanup(self.socket.close)
        self.state = h11.Connection(h11.CLIENT)

    def send(self, *events):
        for event in events:
            self.socket.sendall(self.state.send(event))

    def request(self, method, target, *fields):
        return h11.Request(method=method, target=target, headers=[("Host", "test"), *fields])

    def next_event(self):
        while (event := self.state.next_event()) is h11.NEED_DATA:
            self.state.receive_data(self.socket.recv(65536))
        return event

    def answer(self):
        """The head and the body of the next answer, interim ones left out."""
        while isinstance(head := self.next_event(), h11.InformationalResponse):
            pass
        if not isinstance(head, h11.Response):
            raise AssertionError(f"{head} instead of a response")
        body = b""
        while isinstance(event := self.next_event(), h11.Data):
            body += event.data
        if not isinstance(event, h11.EndOfMessage):
            raise AssertionError(f"{event} instead of the end of a response")
        return head, body

    def fields(self, head):
        return {name.decode(): value.decode() for name, value in head.headers}


class H11Test(unittest.TestCase):
    def setUp(self):
        self.client = Client(self)

    def ask(self, method, target):
        self.client.send(self.client.request(method, target), h11.EndOfMessage())
        answer = self.client.answer()
        self.client.state.start_next_cycle()
        return answer

    def test_one_request_after_the_other(self):
        for method, target, status in (
            ("GET", "/get", 200), ("HEAD", "/get", 200), ("GET", "/stream/3", 200),
            ("HEAD", "/stream/3", 200), ("GET", "/status/204", 204), ("GET", "/status/304", 304),
            ("DELETE", "/delete", 200), ("OPTIONS", "/get", 200), ("GET", "/nowhere", 404),
            ("TRACE", "/anything", 200), ("GET", "/gzip", 200),
        ):
            for _ in range(3):
                self.assertEqual(self.ask(method, target)[0].status_code, status, target)

    def test_chunks_both_ways(self):
        for _ in range(3):
            self.client.send(
                self.client.request("POST", "/post", ("Transfer-Encoding", "chunked")),
                *[h11.Data(data=b"%d " % number) for number in range(200)],
                h11.EndOfMessage(headers=[("X-Sum", "1")]))
            _, body = self.client.answer()
            expected = "".join(f"{number} " for number in range(200))
            self.assertEqual(json.loads(body)["data"], expected)
            self.client.state.start_next_cycle()
            head, body = self.ask("GET", "/stream/5")
            self.assertEqual(self.client.fields(head)["transfer-encoding"], "chunked")
            told = [json.loads(line)["id"] for line in body.splitlines()]
            self.assertEqual(told, [0, 1, 2, 3, 4])

    def test_waiting_to_be_told_to_go_on(self):
        fields = ("Content-Length", "4"), ("Expect", "100-continue")
        self.client.send(self.client.request("PUT", "/put", *fields))
        interim = self.client.next_event()
        self.assertIsInstance(interim, h11.InformationalResponse)
        self.assertEqual(interim.status_code, 100)
        self.client.send(h11.Data(data=b"body"), h11.EndOfMessage())
        self.assertEqual(json.loads(self.client.answer()[1])["data"], "body")

    def test_an_answer_instead_of_going_on(self):
        fields = ("Content-Length", "4"), ("Expect", "100-continue")
        self.client.send(self.client.request("PUT", "/nowhere", *fields))
        self.assertEqual(self.client.next_event().status_code, 404)

    def test_pipelined(self):
        # h11 has one request at a time: what it leaves is for the next connection.
        targets = ["/get", "/stream/2", "/status/204", "/bytes/3000?seed=1", "/status/404"] * 8
        states = [h11.Connection(h11.CLIENT) for _ in targets]
        sent = b"".join(
            state.send(self.client.request("GET", target)) + state.send(h11.EndOfMessage())
            for state, target in zip(states, targets))
        self.client.socket.sendall(sent)
        rest = b""
        for state, target in zip(states, targets):
            self.client.state = state
            if rest:
                state.receive_data(rest)
            head, _ = self.client.answer()
            expected = {"/status/204": 204, "/status/404": 404}.get(target, 200)
            self.assertEqual(head.status_code, expected, target)
            rest = state.trailing_data[0]
        self.assertEqual(rest, b"")

    def test_the_end_of_a_connection(self):
        self.client.send(
            self.client.request("GET", "/get", ("Connection", "close")), h11.EndOfMessage())
        head, _ = self.client.answer()
        self.assertEqual(self.client.fields(head)["connection"], "close")
        self.assertEqual(self.client.socket.recv(1), b"")


if __name__ == "__main__":
    unittest.main()
