"""curl, the program."""

import json
import pathlib
import subprocess
import tempfile
import unittest

from servers import HELLO, HTTPBIN, PATIENCE


def curl(*arguments, data=None, status=0):
    """What curl prints, as bytes; it must end with `status`."""
    command = ["curl", "--silent", "--show-error", "--max-time", str(PATIENCE), *arguments]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    if done.returncode != status:
        raise AssertionError(f"{command} ended with {done.returncode}: {done.stderr.decode()}")
    return done.stdout


def curl_json(*arguments, data=None):
    return json.loads(curl(*arguments, data=data))


class CurlTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_get(self):
        self.assertEqual(curl(f"{HELLO}/plaintext"), b"Hello, World!")
        answer = curl_json(f"{HTTPBIN}/get?a=1&a=2&b=%C3%A4", "-A", "me")
        self.assertEqual(answer["args"], {"a": ["1", "2"], "b": "ä"})
        self.assertEqual(answer["headers"]["User-Agent"], "me")
        self.assertEqual(answer["origin"], "127.0.0.1")
        self.assertEqual(answer["url"], f"{HTTPBIN}/get?a=1&a=2&b=%C3%A4")

    def test_compressed(self):
        for path, member in ("gzip", "gzipped"), ("deflate", "deflated"):
            answer = curl_json("--compressed", f"{HTTPBIN}/{path}")
            self.assertIs(answer[member], True)

    def test_forms(self):
        answer = curl_json("-d", "a=1&b=x+y", "-d", "a=2", f"{HTTPBIN}/post")
        self.assertEqual(answer["form"], {"a": ["1", "2"], "b": "x y"})
        text, image = self.folder / "t.txt", self.folder / "ü.png"
        text.write_text("text\n")
        image.write_bytes(b"\x89PNG")
        answer = curl_json(
            "-F", "a=1", "-F", f"f=@{text}", "-F", f"g=@{image};type=image/png", f"{HTTPBIN}/post")
        self.assertEqual(answer["form"], {"a": "1"})
        self.assertEqual(answer["files"], {"f": "text\n", "g": "data:image/png;base64,iVBORw=="})

    def test_upload_in_chunks(self):
        content = b"0123456789abcdef" * 20_000
        answer = curl_json("-T", "-", f"{HTTPBIN}/put", data=content)
        self.assertEqual(answer["headers"]["Transfer-Encoding"], "chunked")
        self.assertEqual(answer["data"].encode(), content)

    def test_upload_when_asked_to_go_on(self):
        content = b"x" * 2_000_000
        trace = self.folder / "trace"
        answer = curl_json(
            "-H", "Expect: 100-continue", "--data-binary", "@-", "-H", "Content-Type: text/plain",
            "--expect100-timeout", str(PATIENCE), "--trace-ascii", str(trace), f"{HTTPBIN}/post",
            data=content)
        self.assertEqual(len(answer["data"]), len(content))
        self.assertIn("HTTP/1.1 100 Continue", trace.read_text())

    def test_head(self):
        head = curl("-I", f"{HTTPBIN}/html").decode()
        self.assertTrue(head.startswith("HTTP/1.1 200 OK\r\n"), head)
        length = len(curl(f"{HTTPBIN}/html"))
        self.assertIn(f"\r\nContent-Length: {length}\r\n", head)

    def test_ranges(self):
        self.assertEqual(curl("-r", "5-9", f"{HTTPBIN}/range/100"), b"fghij")
        self.assertEqual(curl("-r", "-3", f"{HTTPBIN}/range/26"), b"xyz")
        code = ("-o", "/dev/null", "-w", "%{http_code}")
        self.assertEqual(curl("-r", "5-9", *code, f"{HTTPBIN}/range/100"), b"206")
        self.assertEqual(curl("-r", "100-", *code, f"{HTTPBIN}/range/100"), b"416")

    def test_going_on_with_a_download(self):
        whole = curl(f"{HTTPBIN}/range/1000")
        part = self.folder / "part"
        part.write_bytes(whole[:400])
        curl("-C", "-", "-o", str(part), f"{HTTPBIN}/range/1000")
        self.assertEqual(part.read_bytes(), whole)

    def test_a_connection_is_used_again(self):
        urls = [f"{HTTPBIN}/{path}" for path in ("get", "stream/3", "status/404", "gzip")]
        nowhere = [word for url in urls for word in ("-o", "/dev/null", url)]
        self.assertEqual(curl("-w", "%{num_connects} ", *nowhere), b"1 0 0 0 ")

    def test_http_1_0(self):
        answer = curl("-i", "--http1.0", f"{HTTPBIN}/stream/2").decode()
        head, body = answer.split("\r\n\r\n", 1)
        self.assertNotIn("Transfer-Encoding", head)
        self.assertIn("Connection: close", head)
        self.assertEqual([json.loads(line)["id"] for line in body.splitlines()], [0, 1])
        self.assertEqual(curl("--http1.0", f"{HELLO}/plaintext"), b"Hello, World!")

    def test_basic_and_bearer(self):
        answer = curl_json("-u", "ada:sec:ret", f"{HTTPBIN}/basic-auth/ada/sec:ret")
        self.assertEqual(answer, {"authenticated": True, "user": "ada"})
        code = ("-o", "/dev/null", "-w", "%{http_code}")
        self.assertEqual(curl("-u", "ada:x", *code, f"{HTTPBIN}/basic-auth/ada/secret"), b"401")
        self.assertEqual(curl(*code, f"{HTTPBIN}/hidden-basic-auth/ada/secret"), b"404")
        answer = curl_json("--oauth2-bearer", "t0ken", f"{HTTPBIN}/bearer")
        self.assertEqual(answer["token"], "t0ken")

    def test_digest(self):
        for algorithm in "MD5", "SHA-256":
            for quality in "auth", "auth-int", "any":
                url = f"{HTTPBIN}/digest-auth/{quality}/ada/secret/{algorithm}"
                answer = curl_json("--digest", "-u", "ada:secret", url)
                self.assertIs(answer["authenticated"], True, url)
                code = ("-o", "/dev/null", "-w", "%{http_code}")
                self.assertEqual(curl("--digest", "-u", "ada:x", *code, url), b"401")

    def test_cookies(self):
        jar = ("-c", str(self.folder / "jar"), "-b", str(self.folder / "jar"))
        answer = curl_json(*jar, "-L", f"{HTTPBIN}/cookies/set?a=1&b=x")
        self.assertEqual(answer, {"cookies": {"a": "1", "b": "x"}})
        self.assertEqual(curl_json(*jar, f"{HTTPBIN}/cookies"), {"cookies": {"a": "1", "b": "x"}})
        answer = curl_json(*jar, "-L", f"{HTTPBIN}/cookies/delete?a")
        self.assertEqual(answer, {"cookies": {"b": "x"}})

    def test_redirections(self):
        count = ("-o", "/dev/null", "-w", "%{num_redirects} %{http_code}")
        for path in "redirect/5", "absolute-redirect/5", "redirect/5?absolute=true":
            self.assertEqual(curl("-L", *count, f"{HTTPBIN}/{path}"), b"5 200")
        curl("-L", "--max-redirs", "2", "-o", "/dev/null", f"{HTTPBIN}/redirect/5", status=47)
        # The method and body go along with 307, and do not with 302.
        to = f"{HTTPBIN}/redirect-to?url=/anything&status_code="
        for code, method, form in ("307", "POST", {"a": "1"}), ("302", "GET", {}):
            answer = curl_json("-L", "-d", "a=1", to + code)
            self.assertEqual((answer["method"], answer["form"]), (method, form))

    def test_many_at_once(self):
        urls = [f"{HTTPBIN}/delay/0.2?n={number}" for number in range(30)]
        nowhere = [word for url in urls for word in ("-o", "/dev/null", url)]
        codes = curl("-Z", "--parallel-max", "30", "-w", "%{http_code}\n", *nowhere)
        self.assertEqual(codes.split(), [b"200"] * 30)


if __name__ == "__main__":
    unittest.main()
