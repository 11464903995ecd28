"""What should not stand in a request, or seldom does."""

#: What changes the meaning of a request where it does not belong.
SPECIAL = [
    b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\n\n", b"\0", b"\t", b" ", b"\x0b", b"\x0c", b"\x1b",
    b"\x7f", b"\x80", b"\xa0", b"\xff", b":", b";", b",", b"/", b"?", b"#", b"%", b"@", b"[", b"]",
    b"\\", b"\"", b"+", b"-", b"_", b"0", b"1", b"f", b"x", b"0x", b"*", b".", b"=", b"chunked",
    b"identity", b"Host: h\r\n", b"Content-Length: 3\r\n", b"close",
    b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0",
    b"http://", b"Expect: 100-continue\r\n", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
]
#: Instead of a request line.
LINES = [
    b"GET /  HTTP/1.1", b"GET  / HTTP/1.1", b" GET / HTTP/1.1", b"GET / HTTP/1.1 ", b"GET /",
    b"GET\t/ HTTP/1.1", b"GET /\tHTTP/1.1", b"GET / HTTP/1.1\t", b"GET / http/1.1",
    b"GET / HTTP/1.10", b"GET / HTTP/1", b"GET / HTTP/11", b"GET / HTTP/01.1", b"GET / HTTP/2.0",
    b"GET / HTTP/0.9", b"GET / HTTP/1.2", b"GET / HTTP/1.9", b"GET / HTTP/1.x", b"G(T / HTTP/1.1",
    b"G\xe9T / HTTP/1.1", b"GET /\xe9 HTTP/1.1", b"GET /\x7f HTTP/1.1", b"GET /\0 HTTP/1.1",
    b"GET /a#b HTTP/1.1", b"GET * HTTP/1.1", b"GET h:80 HTTP/1.1", b"GET http://u@h/ HTTP/1.1",
    b"GET http:///a HTTP/1.1", b"GET ftp://h/ HTTP/1.1", b"GET a HTTP/1.1", b"GET ? HTTP/1.1",
    b"GET http://h:x/ HTTP/1.1", b"GET http://h:65536/ HTTP/1.1", b"GET http://[::1 HTTP/1.1",
    b"CONNECT h HTTP/1.1", b"CONNECT h: HTTP/1.1", b"CONNECT h:0 HTTP/1.1", b"CONNECT /a HTTP/1.1",
    b"CONNECT [::1] HTTP/1.1", b"OPTIONS ** HTTP/1.1", b"PRI * HTTP/2.0", b"\x16\x03\x01\x02\x00",
    b"", b"\r",
]
#: Among the fields of a head or the trailers of a body.
FIELDS = [
    b"Content-Length: 3", b"Content-Length: +3", b"Content-Length: -3", b"Content-Length: 0x3",
    b"Content-Length: 3, 3", b"Content-Length: 3,4", b"Content-Length: 3 3", b"Content-Length: 3_0",
    b"Content-Length:", b"Content-Length: \x0b3", b"Content-Length: 3.", b"Content-Length: ,3",
    b"Content-Length: 9223372036854775807", b"Content-Length: 9223372036854775808",
    b"Content-Length: 18446744073709551619", b"Content-Length: 00000000000000000000003",
    b"Content-Length : 3", b"Content_Length: 3", b"Content-Length: 3\n", b"Content-Length\0: 3",
    b"content-length: 4", b" Content-Length: 3", b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: CHUNKED\t", b"Transfer-Encoding: xchunked", b"Transfer-Encoding: identity",
    b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding:",
    b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: chunked, gzip",
    b"Transfer-Encoding: ,", b"Transfer-Encoding: chunked,", b"Transfer-Encoding: \"chunked\"",
    b"Transfer-Encoding: chunked;q=1", b"Transfer-Encoding: \x0bchunked",
    b"Transfer-Encoding:\n chunked", b"Transfer-Encoding : chunked",
    b"Transfer-Encoding:\r\n chunked", b"Transfer-Encoding\t: chunked",
    b"transfer_encoding: chunked", b"Transfer-Encoding: chunked\rX: y",
    b"X: y\rTransfer-Encoding: chunked", b"Transfer-Encoding: cow",
    b"X: y\nTransfer-Encoding: chunked", b"\tTransfer-Encoding: chunked",
    b"Transfer-Encoding: \0chunked", b"Host: h", b"Host: a b", b"Host: a,b", b"Host: a/b",
    b"Host: u@h", b"Host: :80", b"Host: h:x", b"Host: h:65536", b"Host: [::1",
    b"Host: [fe80::1%25e]", b"Host: [1:2]", b"Host: %zz", b"Host: \xe9", b"Host : h", b"X-Host: h",
    b"nocolon", b"no colon", b":", b": x", b"", b" ", b"\t", b" folded", b"\tfolded", b"X: y\r",
    b"\rX: y", b"X\x0b: y", b"X\xa0: y", b"X(: y", b"X: \0", b"X: \x01", b"X: \x1f", b"X: \x7f",
    b"X: \x0c", b"X: \x85", b"X:\t \t", b"X: y\r\n z", b"X: y\n z", b"X: y\r\n\tz: a",
    b"GET / HTTP/1.1", b"X: \xff\x80\xa0", b"Expect: 100-continue", b"Expect: 200-ok",
    b"Expect: 100-continue, x", b"Expect:", b"Connection: close", b"Connection: keep-alive, close",
    b"connection: x,,CLOSE,", b"Connection: closed", b"Connection: upgrade", b"Upgrade: x",
    b"X: close",
]
#: Before the data of a chunk.
SIZES = [
    b"+1", b"-1", b"0x1", b" 1", b"1 ", b"1\t", b"1 ;x", b"1_0", b"", b"g", b"1,", b"\n1", b"1\n",
    b"1\r", b"1\x0b", b"4000000000000000", b"3fffffffffffffff", b"ffffffffffffffff",
    b"10000000000000001", b"00000000000000001", b"0000000000000001", b"000000000000000000001",
    b"1;\n", b"1;\r", b"1;\0", b"1;\x7f", b"1;x=\"\r\n\"", b";x", b"1;x\nX", b"00", b"0;x",
    b"1;\xff", b"1; a = b ", b"1;;",
]
