"""A Chromium without a window, driven by its own protocol of developer tools."""

import base64
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.request

from examples import PATIENCE
from websockets.sync.client import connect


class Browser:
    """Use it in a `with`."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="chromium-")
        command = [
            shutil.which("chromium"), "--headless=new", "--remote-debugging-port=0",
            f"--user-data-dir={self.profile}", "--no-first-run", "--disable-gpu",
            "--disable-dev-shm-usage", "--window-size=1000,800",
            # Pages behind others are to be as quick.
            "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
            "--disable-backgrounding-occluded-windows",
        ]
        if os.geteuid() == 0:
            command.append("--no-sandbox")  # It refuses to have one then.
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        file = pathlib.Path(self.profile, "DevToolsActivePort")
        wait_until(lambda: file.exists() and len(file.read_text().split()) == 2, "Chromium starts")
        self.address = f"127.0.0.1:{file.read_text().split()[0]}"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)
        shutil.rmtree(self.profile, ignore_errors=True)

    def open(self, url):
        """A new page; use it in a `with`, whose end closes it."""
        request = urllib.request.Request(f"http://{self.address}/json/new?{url}", method="PUT")
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return Page(json.load(response)["webSocketDebuggerUrl"], url)


class Page:
    def __init__(self, address, url):
        self.url = url
        self.connecting = connect(address, max_size=None)
        self.numbers = itertools.count(1)
        #: Uncaught exceptions, and what the console reports as an error.
        self.errors = []

    def __enter__(self):
        self.connection = self.connecting.__enter__()
        for domain in "Runtime", "Log", "Page":
            self.call(f"{domain}.enable")
        self.wait_until(
            f"location == {json.dumps(self.url)} && document.readyState == 'complete'")
        return self

    def __exit__(self, *exception):
        try:
            self.call("Page.close")
        finally:
            self.connecting.__exit__(*exception)

    def call(self, method, **parameters):
        number = next(self.numbers)
        self.connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.connection.recv(PATIENCE))
            if message.get("id") == number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]
            self.note(message)

    def note(self, event):
        parameters = event.get("params", {})
        if event["method"] == "Runtime.exceptionThrown":
            self.errors.append(parameters["exceptionDetails"])
        elif event["method"] == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"]["text"])

    def evaluate(self, expression):
        """The value of an expression of JavaScript."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise AssertionError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait_until(self, expression):
        wait_until(lambda: self.evaluate(expression), expression)

    def texts(self, selector):
        """What is written in the elements that match."""
        return self.evaluate(
            f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.innerText)")

    def type(self, selector, text):
        """Types into a field, and presses Enter."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)
        for kind in "keyDown", "keyUp":
            self.call(
                "Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter",
                windowsVirtualKeyCode=13, text="\r")

    def screenshot(self, path):
        picture = self.call("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(picture))


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE} s: {what}")
        time.sleep(0.05)
