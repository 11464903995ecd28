"""requests, the library."""

import json
import unittest

import requests
from requests.auth import HTTPBasicAuth, HTTPDigestAuth
from servers import HTTPBIN, PATIENCE


class RequestsTest(unittest.TestCase):
    def setUp(self):
        self.session = requests.Session()
        self.addCleanup(self.session.close)

    def ask(self, method, path, **others):
        return self.session.request(method, f"{HTTPBIN}{path}", timeout=PATIENCE, **others)

    def connections(self):
        """How many the session has made."""
        pools = self.session.get_adapter(HTTPBIN).poolmanager.pools
        return sum(pools[key].num_connections for key in pools.keys())

    def test_all_methods(self):
        for method in "get", "post", "put", "patch", "delete":
            answer = self.ask(method, f"/{method}", params={"a": [1, 2]})
            self.assertEqual(answer.status_code, 200, method)
            self.assertEqual(answer.json()["args"], {"a": ["1", "2"]})
            self.assertEqual(self.ask(method, "/anything/x").json()["method"], method.upper())
            others = {"get", "post", "put", "patch", "delete"} - {method}
            for other in others:
                self.assertEqual(self.ask(other, f"/{method}").status_code, 405)
        self.assertEqual(self.connections(), 1)

    def test_json(self):
        value = {"text": "ä\n\"", "list": [1, 2.5, None, True], "deep": {"a": {"b": {}}}}
        answer = self.ask("POST", "/post", json=value).json()
        self.assertEqual(answer["json"], value)
        self.assertEqual(json.loads(answer["data"]), value)

    def test_files(self):
        answer = self.ask(
            "POST", "/post", data={"a": "1"},
            files=[("f", ("ä.txt", "text")), ("g", ("b", b"\xff", "image/x")), ("h", ("c", ""))])
        told = answer.json()
        self.assertEqual(told["form"], {"a": "1"})
        self.assertEqual(told["files"], {"f": "text", "g": "data:image/x;base64,/w==", "h": ""})

    def test_a_body_from_a_generator(self):
        answer = self.ask("POST", "/post", data=(b"%d," % number for number in range(1000)))
        self.assertEqual(answer.json()["data"], "".join(f"{number}," for number in range(1000)))

    def test_compressed(self):
        for path, member in ("gzip", "gzipped"), ("deflate", "deflated"):
            answer = self.ask("GET", f"/{path}")
            self.assertEqual(answer.headers["Content-Encoding"], path)
            self.assertIs(answer.json()[member], True)

    def test_text(self):
        answer = self.ask("GET", "/encoding/utf8")
        self.assertEqual(answer.encoding, "utf-8")
        self.assertIn("Καλημέρα", answer.text)

    def test_streaming(self):
        with self.ask("GET", "/stream/20", stream=True) as answer:
            told = [json.loads(line)["id"] for line in answer.iter_lines()]
        self.assertEqual(told, list(range(20)))
        with self.ask("GET", "/stream-bytes/50000?seed=1", stream=True) as answer:
            content = b"".join(answer.iter_content(1234))
        self.assertEqual(content, self.ask("GET", "/bytes/50000?seed=1").content)
        self.assertEqual(self.ask("GET", "/drip?duration=0.2&numbytes=20").content, b"*" * 20)

    def test_numbers_that_are_out_of_range(self):
        huge, least, no_integer = "9223372036854775807", "-9223372036854775808", "9" * 40
        for number in huge, least, no_integer, "-1", "0", "nan", "inf", "-inf", "1e999", "":
            for path in (
                "range/9?chunk_size={}", "range/9?duration={}&chunk_size=9", "range/{}", "bytes/{}",
                "bytes/9?seed={}", "stream-bytes/{}", "stream-bytes/9?chunk_size={}", "stream/{}",
                "drip?duration=0&numbytes={}", "drip?duration=0&code={}", "cache/{}", "links/{}/0",
                "links/9/{}", "redirect/{}", "status/{}", "status/200:{}",
                "redirect-to?url=/&status_code={}",
            ):
                with self.subTest(path=path, number=number):
                    answer = self.ask(
                        "GET", "/" + path.format(number), headers={"Range": "bytes=5-"},
                        allow_redirects=False)
                    self.assertLess(answer.status_code, 500)
        for time in "nan", "inf", "-inf", "-1", "1e999", no_integer + "x":
            for path in f"delay/{time}", f"drip?duration={time}", f"drip?duration=0&delay={time}":
                self.assertEqual(self.ask("GET", "/" + path).status_code, 400, path)

    def test_cookies_of_a_stranger(self):
        auth = HTTPDigestAuth("ada", "secret")
        for left in "-9223372036854775808", "9223372036854775807", "x":
            self.session.cookies.set("stale_after", left)
            answer = self.ask("GET", "/digest-auth/auth/ada/secret/MD5", auth=auth)
            self.assertEqual(answer.status_code, 200, left)
        # What cannot become a cookie is no error of the server's.
        answer = self.ask("GET", "/digest-auth/auth/ada/secret/MD5/%3Bx")
        self.assertEqual(answer.status_code, 400)

    def test_passwords(self):
        good, bad = ("ada", "sécret"), ("ada", "secret")
        path = "/basic-auth/ada/s%C3%A9cret"
        encoded = tuple(word.encode() for word in good)
        self.assertEqual(self.ask("GET", path, auth=HTTPBasicAuth(*encoded)).status_code, 200)
        self.assertEqual(self.ask("GET", path, auth=bad).status_code, 401)
        for algorithm in "MD5", "SHA-256", "SHA-512":
            path = f"/digest-auth/auth/ada/secret/{algorithm}"
            for password, status in ("secret", 200), ("x", 401):
                answer = self.ask("GET", path, auth=HTTPDigestAuth("ada", password))
                self.assertEqual(answer.status_code, status, algorithm)

    def test_a_nonce_gets_stale(self):
        auth = HTTPDigestAuth("ada", "secret")
        path = "/digest-auth/auth/ada/secret/MD5/1"
        answers = [self.ask("GET", path, auth=auth) for _ in range(2)]
        self.assertEqual(answers[0].status_code, 200)
        challenges = [answer.history[0].headers["WWW-Authenticate"] for answer in answers]
        self.assertIn("stale=FALSE", challenges[0])
        self.assertIn("stale=TRUE", challenges[1])

    def test_cookies(self):
        answer = self.ask("GET", "/cookies/set", params={"a": "1", "b": "x"})
        self.assertEqual(answer.json(), {"cookies": {"a": "1", "b": "x"}})
        self.ask("GET", "/cookies/delete", params={"a": ""})
        self.assertEqual(self.session.cookies.get_dict(), {"b": "x"})

    def test_redirections(self):
        answer = self.ask("GET", "/redirect/4")
        self.assertEqual([earlier.status_code for earlier in answer.history], [302] * 4)
        self.assertEqual(answer.url, f"{HTTPBIN}/get")
        with self.assertRaises(requests.TooManyRedirects):
            self.ask("GET", "/redirect/40")
        answer = self.ask("POST", "/redirect-to", data={"url": "/get"})
        self.assertEqual((answer.url, answer.request.method), (f"{HTTPBIN}/get", "GET"))

    def test_conditions(self):
        answer = self.ask("GET", "/etag/abc")
        self.assertEqual(answer.headers["ETag"], "abc")
        for field, tag, status in (
            ("If-None-Match", 'W/"abc", "x"', 304), ("If-None-Match", "x", 200),
            ("If-Match", "*", 200), ("If-Match", '"x"', 412),
        ):
            answer = self.ask("GET", "/etag/abc", headers={field: tag})
            self.assertEqual(answer.status_code, status, (field, tag))
        modified = self.ask("GET", "/cache").headers["Last-Modified"]
        answer = self.ask("GET", "/cache", headers={"If-Modified-Since": modified})
        self.assertEqual(answer.status_code, 304)
        self.assertEqual(self.ask("GET", "/cache/9").headers["Cache-Control"], "public, max-age=9")

    def test_response_fields(self):
        answer = self.ask("GET", "/response-headers", params={"X-A": ["1", "2"], "x-b": "ä"})
        self.assertEqual(answer.headers["X-A"], "1, 2")
        told = answer.json()
        self.assertEqual((told["X-A"], told["x-b"]), (["1", "2"], "ä"))
        self.assertEqual(told["Content-Length"], str(len(answer.content)))
        # What ends a field does not get into one.
        for value in "a\r\nX-C: 1", "a\nb", "a\0b":
            answer = self.ask("GET", "/response-headers", params={"X-A": value})
            self.assertEqual(answer.status_code, 400)
            self.assertNotIn("X-C", answer.headers)

    def test_statuses(self):
        for code in 200, 201, 400, 404, 418, 429, 500, 503:
            self.assertEqual(self.ask("GET", f"/status/{code}").status_code, code)
        codes = {self.ask("GET", "/status/201:1,202:1").status_code for _ in range(40)}
        self.assertEqual(codes, {201, 202})
        for code in "99", "100", "x", "200,", "200:x", "200:-1", "1000":
            self.assertEqual(self.ask("GET", f"/status/{code}").status_code, 400, code)

    def test_images(self):
        for accept, kind, beginning in (
            ("image/png", "image/png", b"\x89PNG"), ("image/jpeg", "image/jpeg", b"\xff\xd8"),
            ("image/webp", "image/webp", b"RIFF"), ("image/svg+xml", "image/svg+xml", b"<svg"),
            ("image/*", "image/png", b"\x89PNG"),
        ):
            answer = self.ask("GET", "/image", headers={"Accept": accept})
            self.assertEqual(answer.headers["Content-Type"], kind)
            self.assertTrue(answer.content.startswith(beginning), accept)
        answer = self.ask("GET", "/image", headers={"Accept": "text/plain"})
        self.assertEqual(answer.status_code, 406)
        self.assertIn("image/png", answer.json()["accept"])

    def test_a_client_that_does_not_wait(self):
        with self.assertRaises(requests.ReadTimeout):
            self.session.get(f"{HTTPBIN}/delay/3", timeout=0.3)
        self.assertEqual(self.ask("GET", "/get").status_code, 200)

    def test_other_origins(self):
        answer = self.ask(
            "OPTIONS", "/put",
            headers={
                "Origin": "https://a.test", "Access-Control-Request-Method": "PUT",
                "Access-Control-Request-Headers": "x-a",
            })
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "https://a.test")
        self.assertEqual(answer.headers["Access-Control-Allow-Credentials"], "true")
        self.assertEqual(answer.headers["Access-Control-Allow-Headers"], "x-a")
        self.assertIn("PUT", answer.headers["Access-Control-Allow-Methods"])
        self.assertEqual(self.ask("GET", "/nowhere").headers["Access-Control-Allow-Origin"], "*")


if __name__ == "__main__":
    unittest.main()
