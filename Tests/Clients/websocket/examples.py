"""Starts the examples that the scripts have built."""

import os
import pathlib
import re
import subprocess

#: Where they are.
FOLDER = pathlib.Path(os.environ["EXAMPLES"])
#: Seconds after which a server that does not answer has failed.
PATIENCE = 20


class Server:
    """An example that serves, on a port of the system's choice unless it is told one."""

    def __init__(self, name, *arguments, port=0):
        self.process = subprocess.Popen(
            [FOLDER / name, "--port", str(port), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        line = self.process.stdout.readline()
        address = re.search(r"listening on (127\.0\.0\.1):(\d+)", line)
        if not address:
            raise AssertionError(f"{name} says {line}{self.end()}")
        self.address = (address[1], int(address[2]))
        self.host = f"{address[1]}:{address[2]}"

    @property
    def port(self):
        return self.address[1]

    def resident_bytes(self):
        pages = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGESIZE")

    def end(self):
        """Ends it, whatever it does, and returns what it has printed since its first line."""
        if self.process.stdout.closed:
            return ""  # It has ended before.
        self.process.kill()
        return self.process.communicate()[0]

    def stop(self):
        """Has it end in order; it must not have printed anything."""
        self.process.terminate()
        try:
            printed, _ = self.process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"a server does not end: {self.end()}") from None
        if self.process.returncode or printed:
            raise AssertionError(f"a server ended with {self.process.returncode}: {printed}")
