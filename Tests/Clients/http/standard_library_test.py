"""http.client and urllib, of Python's standard library."""

import http.client
import http.cookiejar
import io
import json
import unittest
import urllib.error
import urllib.parse
import urllib.request

from servers import HTTPBIN, HTTPBIN_ADDRESS, PATIENCE


class HTTPClientTest(unittest.TestCase):
    def setUp(self):
        self.connection = http.client.HTTPConnection(*HTTPBIN_ADDRESS, timeout=PATIENCE)
        self.addCleanup(self.connection.close)
        self.connection.connect()
        # Whoever closes it is noticed: a new one would have another socket.
        self.socket = self.connection.sock

    def ask(self, method, path, **others):
        self.connection.request(method, path, **others)
        answer = self.connection.getresponse()
        return answer, answer.read()

    def test_a_connection_is_used_again(self):
        for number in range(20):
            answer, body = self.ask("GET", f"/anything/{number}")
            self.assertEqual((answer.status, answer.reason), (200, "OK"))
            self.assertTrue(json.loads(body)["url"].endswith(f"/anything/{number}"))
        self.assertIs(self.connection.sock, self.socket)

    def test_answers_without_a_body(self):
        for method, path, status in (
            ("HEAD", "/get", 200), ("HEAD", "/stream/5", 200), ("GET", "/status/204", 204),
            ("GET", "/status/304", 304), ("OPTIONS", "/get", 200), ("HEAD", "/status/404", 404),
        ):
            answer, body = self.ask(method, path)
            self.assertEqual((answer.status, body), (status, b""), (method, path))
        self.assertEqual(self.ask("GET", "/get")[0].status, 200)
        self.assertIs(self.connection.sock, self.socket)

    def test_bodies_of_all_kinds(self):
        content = b"line\n" * 10_000
        for body, fields, chunked in (
            (content, {}, False),
            (io.BytesIO(content), {"Content-Length": str(len(content))}, False),
            (io.BytesIO(content), {}, True),
            (iter([content[:7], content[7:30_000], content[30_000:]]), {}, True),
        ):
            answer, told = self.ask(
                "POST", "/post", body=body, headers={"Content-Type": "text/plain", **fields})
            self.assertEqual(answer.status, 200)
            told = json.loads(told)
            self.assertEqual(told["data"].encode(), content)
            self.assertEqual("Transfer-Encoding" in told["headers"], chunked)
        self.assertIs(self.connection.sock, self.socket)

    def test_a_body_that_nobody_reads(self):
        answer, body = self.ask("POST", "/status/200", body=b"x" * 100_000)
        self.assertEqual((answer.status, body), (200, b""))
        self.assertEqual(self.ask("GET", "/get")[0].status, 200)
        self.assertIs(self.connection.sock, self.socket)

    def test_reading_bit_by_bit(self):
        self.connection.request("GET", "/stream-bytes/100000?seed=3&chunk_size=1000")
        answer = self.connection.getresponse()
        self.assertTrue(answer.chunked)
        content = b"".join(iter(lambda: answer.read(777), b""))
        self.assertEqual(content, self.ask("GET", "/bytes/100000?seed=3")[1])

    def test_the_end_of_a_connection(self):
        answer, _ = self.ask("GET", "/get", headers={"Connection": "close"})
        self.assertEqual(answer.getheader("Connection"), "close")
        self.assertIsNone(self.connection.sock)


class URLLibTest(unittest.TestCase):
    def open(self, path, *handlers, data=None):
        opener = urllib.request.build_opener(*handlers)
        with opener.open(f"{HTTPBIN}{path}", data, PATIENCE) as answer:
            return json.load(answer)

    def test_forms(self):
        form = urllib.parse.urlencode([("a", "ä &="), ("a", "")]).encode()
        self.assertEqual(self.open("/post", data=form)["form"], {"a": ["ä &=", ""]})

    def test_passwords(self):
        for kind, path in (
            (urllib.request.HTTPBasicAuthHandler, "/basic-auth/ada/secret"),
            (urllib.request.HTTPDigestAuthHandler, "/digest-auth/auth/ada/secret"),
        ):
            passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            passwords.add_password(None, HTTPBIN, "ada", "secret")
            self.assertIs(self.open(path, kind(passwords))["authenticated"], True)

    def test_cookies_and_redirections(self):
        jar = http.cookiejar.CookieJar()
        keeper = urllib.request.HTTPCookieProcessor(jar)
        self.assertEqual(self.open("/cookies/set/a/1", keeper), {"cookies": {"a": "1"}})
        self.assertEqual([(cookie.name, cookie.path) for cookie in jar], [("a", "/")])
        self.assertEqual(self.open("/cookies/delete?a", keeper), {"cookies": {}})

    def test_errors(self):
        with self.assertRaises(urllib.error.HTTPError) as caught:
            self.open("/status/503")
        with caught.exception as answer:
            self.assertEqual((answer.code, answer.reason), (503, "Service Unavailable"))


if __name__ == "__main__":
    unittest.main()
