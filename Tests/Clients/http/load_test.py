"""wrk and ab, which send as much as they can; no request may fail."""

import re
import subprocess
import unittest

from servers import HELLO, HTTPBIN


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
    return done.stdout


class LoadTest(unittest.TestCase):
    def check_wrk(self, *arguments):
        report = run("wrk", "-t", "1", "-c", "50", "-d", "2s", *arguments)
        count = int(re.search(r"(\d+) requests in", report)[1])
        self.assertGreater(count, 0, report)
        for complaint in "Non-2xx", "Socket errors":
            self.assertNotIn(complaint, report)

    def test_wrk(self):
        self.check_wrk(f"{HELLO}/plaintext")
        self.check_wrk(f"{HTTPBIN}/get")

    def test_wrk_with_a_connection_for_each(self):
        self.check_wrk("-H", "Connection: close", f"{HELLO}/plaintext")

    def check_ab(self, count, *arguments):
        report = run("ab", "-q", "-n", str(count), "-c", "50", *arguments)
        for name, expected in ("Complete requests", count), ("Failed requests", 0):
            self.assertRegex(report, rf"{name}: +{expected}\n")
        self.assertNotIn("Non-2xx", report)
        return report

    def test_ab(self):
        # It speaks HTTP/1.0.
        report = self.check_ab(3000, "-k", f"{HELLO}/plaintext")
        self.assertRegex(report, r"Keep-Alive requests: +3000\n")
        self.check_ab(2000, f"{HELLO}/json")


if __name__ == "__main__":
    unittest.main()
