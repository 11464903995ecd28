"""Checks that an HTTP server does the job that is measured.

usage: check_http.py PORT

Asks for both paths on one connection. The exit status is 1, and the reason is
printed, if an answer is not what every server of the comparison has to send.
"""

import http.client
import sys

ANSWERS = [
    ("/plaintext", "text/plain", b"Hello, World!"),
    ("/json", "application/json", b'{"message":"Hello, World!"}'),
]


def check(connection, path, content_type, body):
    connection.request("GET", path)
    response = connection.getresponse()
    received = response.read()
    fields = response.headers
    if response.status != 200 or response.version != 11 or received != body:
        return f"HTTP/{response.version / 10} {response.status} {received!r}"
    if (fields["Content-Type"] or "").partition(";")[0] != content_type:
        return f"Content-Type: {fields['Content-Type']}"
    if fields["Content-Length"] != str(len(body)):
        return f"Content-Length: {fields['Content-Length']}"
    if not fields["Date"]:
        return "no Date"
    if response.will_close:
        return "the connection is not kept open"
    return None


def main():
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
    for path, content_type, body in ANSWERS:
        try:
            complaint = check(connection, path, content_type, body)
        except (OSError, http.client.HTTPException) as error:
            complaint = repr(error)
        if complaint:
            sys.exit(f"{path}: {complaint}")


if __name__ == "__main__":
    main()
