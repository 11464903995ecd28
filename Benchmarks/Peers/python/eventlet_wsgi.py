"""The Python side of the HTTP comparison: Eventlet's own WSGI server.

usage: eventlet_wsgi.py PORT

It serves /plaintext and /json on 127.0.0.1:PORT until SIGTERM.
"""

import json
import sys

import eventlet
from eventlet import wsgi

# As many connections may be open at once as the comparison has, and more.
CONNECTIONS = 20_000


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/plaintext":
        return answer(start_response, "200 OK", "text/plain", b"Hello, World!")
    if path == "/json":
        body = json.dumps({"message": "Hello, World!"}, separators=(",", ":")).encode()
        return answer(start_response, "200 OK", "application/json", body)
    return answer(start_response, "404 Not Found", "text/plain", b"")


def answer(start_response, status, content_type, body):
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]


def main():
    listener = eventlet.listen(("127.0.0.1", int(sys.argv[1])), backlog=4096)
    wsgi.server(listener, application, max_size=CONNECTIONS, log_output=False, debug=False)


if __name__ == "__main__":
    main()
