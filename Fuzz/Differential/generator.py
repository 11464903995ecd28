"""Streams of requests: well-formed ones, nasty ones, and such that were damaged."""

import random

import nasty

TOKEN = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
VALUE = bytes(range(0x20, 0x7F)) + b"\t" + bytes(range(0x80, 0x100))
CONTENT = b"abc\r\n0 :\0\xff"
METHODS = [
    b"GET", b"GET", b"POST", b"POST", b"PUT", b"HEAD", b"DELETE", b"PATCH", b"TRACE", b"OPTIONS",
    b"CONNECT", b"get", b"PROPFIND", b"M-SEARCH", b"!~",
]
VERSIONS = [b"HTTP/1.1"] * 10 + [b"HTTP/1.0", b"HTTP/1.2"]
HOSTS = [
    b"h", b"example.org", b"a_b.c-d.", b"127.0.0.1", b"[::1]", b"[2001:db8::1.2.3.4]", b"%41",
    b"h:80", b"h:", b"[::1]:8080",
]
PATHS = [
    b"/", b"/a", b"/a/b%20c", b"//", b"//a//b", b"/?", b"/a?b=c&d", b"/%", b"/*", b"/a:b@c",
    b"/<>|^`{}\"\\[]", b"/..", b"/http://x",
]
OPTIONS = [b"close", b"keep-alive", b"Close, x", b"x, upgrade", b"", b",close"]
SPACES = [b"", b" ", b" ", b" ", b"\t", b" \t ", b"   "]
SIZES = [b"%x", b"%x", b"%X", b"%04x"]
EXTENSIONS = [b"", b"", b"", b";a", b";a=b;c=\"d; \\\"e\"", b"; a", b";"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.pick = self.random.choice
        #: How often something nasty stands where it can, in the current stream.
        self.nastiness = 0

    def stream(self):
        """One to three requests, sometimes not as anybody should send them."""
        self.nastiness = self.pick([0, 0, 0.1, 0.4])
        stream = b"".join(self.request() for _ in range(self.pick([1, 1, 1, 2, 3])))
        if self.happens(0.35):
            for _ in range(self.pick([1, 1, 2, 4])):
                stream = self.damaged(stream)
        if self.happens(0.05):
            stream = stream[: self.random.randrange(len(stream) + 1)]
        return stream or b"\r\n"

    def happens(self, probability):
        return self.random.random() < probability

    def some(self, characters, *counts):
        return bytes(self.random.choices(characters, k=self.pick(counts)))

    # Requests

    def request(self):
        fields, body = self.body()
        fields += self.other_fields()
        while self.happens(self.nastiness):
            fields.insert(self.random.randrange(len(fields) + 1), self.pick(nasty.FIELDS))
        if self.happens(0.5):
            self.random.shuffle(fields)
        lines = [self.request_line(), *fields, b""]
        head = b"".join(line + self.line_end() for line in lines)
        if self.happens(self.nastiness * 0.2):
            head = self.pick([b"\r\n", b"\n", b"\r\n\r\n"]) + head
        return head + body

    def line_end(self):
        return b"\n" if self.happens(self.nastiness * 0.1) else b"\r\n"

    def request_line(self):
        if self.happens(self.nastiness * 0.3):
            return self.pick(nasty.LINES)
        method = self.pick(METHODS)
        return b" ".join([method, self.target(method), self.pick(VERSIONS)])

    def target(self, method):
        if method == b"CONNECT":
            return self.pick([b"h:443", b"[::1]:1", b"127.0.0.1:65535"])
        if method == b"OPTIONS" and self.happens(0.5):
            return b"*"
        if self.happens(0.15):
            path = self.pick([b"", b"/", b"/a?b", b"?a", b"//x"])
            return self.pick([b"http", b"https", b"HTTP"]) + b"://" + self.pick(HOSTS) + path
        return self.pick(PATHS)

    # Fields

    def field(self, name, value):
        return name + b":" + self.pick(SPACES) + value + self.pick(SPACES)

    def cased(self, name):
        return self.pick([name, name, name.lower(), name.upper(), name.swapcase()])

    def other_field(self):
        return self.field(self.some(TOKEN, 1, 2, 5, 11), self.some(VALUE, 0, 1, 3, 7, 8, 9, 16, 40))

    def other_fields(self):
        fields = [self.other_field() for _ in range(self.pick([0, 1, 2, 5]))]
        if self.happens(0.95):
            fields.insert(0, self.field(self.cased(b"Host"), self.pick([*HOSTS, b""])))
        if self.happens(0.2):
            fields.append(self.field(self.cased(b"Connection"), self.pick(OPTIONS)))
        if self.happens(0.1):
            fields.append(self.field(self.cased(b"Expect"), self.cased(b"100-continue")))
        return fields

    # Bodies

    def body(self):
        """The fields that tell of it, and the body."""
        kind = self.pick(["none", "length", "chunks"])
        fields, body = [], b""
        if kind == "length" or self.happens(self.nastiness * 0.2):
            body = self.content()
            length = len(body)
            if self.happens(0.05):
                length = max(0, length + self.pick([-1, 1]))
            digits = self.pick([b"%d", b"%d", b"%03d"]) % length
            fields.append(self.field(self.cased(b"Content-Length"), digits))
        if kind == "chunks":
            body = self.chunks()
            fields.append(self.field(self.cased(b"Transfer-Encoding"), self.cased(b"chunked")))
        return fields, body

    def content(self):
        return self.some(CONTENT, 0, 1, 3, 20, 300)

    def chunks(self):
        parts = [self.chunk() for _ in range(self.pick([0, 1, 1, 2, 5]))]
        parts.append(self.pick([b"0", b"0", b"000", b"0;x"]) + self.line_end())
        for _ in range(self.pick([0, 0, 0, 1, 3])):
            is_nasty = self.happens(self.nastiness)
            line = self.pick(nasty.FIELDS) if is_nasty else self.other_field()
            parts.append(line + self.line_end())
        return b"".join(parts) + self.line_end()

    def chunk(self):
        data = self.content() or b"x"
        size = self.pick(SIZES) % len(data)
        if self.happens(self.nastiness * 0.4):
            size = self.pick(nasty.SIZES)
        end = b"\r\n"
        if self.happens(self.nastiness * 0.2):
            end = self.pick([b"", b"\n", b"\r", b"x", b"\r\n\r\n", b" \r\n"])
        return size + self.pick(EXTENSIONS) + self.line_end() + data + end

    # Damage

    def damaged(self, stream):
        """With something put in, left out, changed, or said twice."""
        start = self.random.randrange(len(stream) + 1)
        end = min(len(stream), start + self.pick([0, 0, 1, 1, 2, 8]))
        before, after = stream[:start], stream[end:]
        match self.random.randrange(5):
            case 0:
                return before + self.pick(nasty.SPECIAL) + after
            case 1:
                return before + bytes([self.random.randrange(256)]) + after
            case 2:
                return before + after
            case 3:
                other = self.random.randrange(len(stream) + 1)
                return before + stream[other : other + self.pick([1, 2, 4, 16, 64])] + after
        # At the ends of lines most damage is done.
        places = [place for place, byte in enumerate(stream) if byte in b"\r\n:"] or [0]
        place = self.pick(places) + self.pick([0, 1])
        return stream[:place] + self.pick(nasty.SPECIAL) + stream[place + self.pick([0, 0, 1]) :]
