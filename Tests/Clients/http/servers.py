"""Where the servers are, which scripts/http-clients has started."""

import os

HELLO = os.environ["HELLO_URL"]
HTTPBIN = os.environ["HTTPBIN_URL"]
#: Host and port of httpbin, for those who connect themselves.
HTTPBIN_ADDRESS = ("127.0.0.1", int(HTTPBIN.rsplit(":", 1)[1]))
#: Seconds after which a server that does not answer has failed.
PATIENCE = 20
