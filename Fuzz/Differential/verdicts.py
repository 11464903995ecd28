"""What two parsers find in a stream of bytes in which requests are expected.

A stream is read up to its end, or to the first request that is not complete, and each
request of it becomes a Verdict.
"""

import dataclasses
import json
import struct
import subprocess
import tempfile

import h11

COMPLETE = "complete"
INCOMPLETE = "incomplete"


@dataclasses.dataclass
class Verdict:
    #: COMPLETE, INCOMPLETE, or what is wrong with it.
    end: str
    #: Of the body, up to its end, the end of the stream, or the fault.
    data: bytes = b""
    trailers: list = dataclasses.field(default_factory=list)
    #: How many bytes a complete request has.
    count: int = 0
    #: None if not even the head is complete; then all that follows is missing.
    method: bytes | None = None
    target: bytes | None = None
    version: str | None = None
    fields: list = dataclasses.field(default_factory=list)
    closes: bool = False
    waits: bool = False

    @property
    def is_refused(self):
        return self.end not in (COMPLETE, INCOMPLETE)


def ours(program, streams):
    """The verdicts of EventletHTTP on each stream."""
    with tempfile.TemporaryFile() as file:
        for stream in streams:
            file.write(struct.pack("<I", len(stream)) + stream)
        file.seek(0)
        run = subprocess.run([program], stdin=file, stdout=subprocess.PIPE, check=True)
    lines = run.stdout.splitlines()
    assert len(lines) == len(streams), f"{len(lines)} answers to {len(streams)} streams"
    return [[our_verdict(members) for members in json.loads(line)] for line in lines]


def our_verdict(members):
    for name in ("data", "method", "target"):
        if name in members:
            members[name] = bytes.fromhex(members[name])
    for name in ("trailers", "fields"):
        members[name] = [
            (bytes.fromhex(field), bytes.fromhex(value)) for field, value in members.get(name, [])
        ]
    return Verdict(**members)


def theirs(stream):
    """The verdict of h11 on the request that a stream begins with."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 24)
    connection.receive_data(stream)
    verdict = Verdict(INCOMPLETE)
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                verdict.method, verdict.target = bytes(event.method), bytes(event.target)
                verdict.version = event.http_version.decode()
                verdict.fields = [(bytes(n), bytes(v)) for n, v in event.headers.raw_items()]
                verdict.waits = connection.they_are_waiting_for_100_continue
                options = b",".join(v for n, v in event.headers if n == b"connection")
                closes = b"close" in [option.strip().lower() for option in options.split(b",")]
                verdict.closes = closes or verdict.version < "1.1"
            elif isinstance(event, h11.Data):
                verdict.data += event.data
            elif isinstance(event, h11.EndOfMessage):
                verdict.trailers = [(bytes(n), bytes(v)) for n, v in event.headers.raw_items()]
                verdict.count = len(stream) - len(connection.trailing_data[0])
                verdict.end = COMPLETE
                return verdict
            else:
                return verdict
    except h11.RemoteProtocolError as error:
        verdict.end = str(error)
        return verdict
