"""The pages of the examples websocket and websocket-chat, in Chromium.

With a folder in PICTURES, they are left there as people see them.
"""

import os
import unittest

from browser import Browser
from examples import Server


class PagesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = cls.enterClassContext(Browser())

    def serve(self, example):
        server = Server(example)
        self.addCleanup(server.end)
        return server

    def open(self, server):
        return self.enterContext(self.browser.open(f"http://{server.host}/"))

    def picture(self, page, name):
        if folder := os.environ.get("PICTURES"):
            page.screenshot(f"{folder}/{name}.png")


class LivePlotTest(PagesTest):
    def test_numbers_are_plotted_as_they_come(self):
        server = self.serve("websocket")
        page = self.open(server)
        page.wait_until("plot.points.length >= 30")
        points = page.evaluate("plot.points")
        numbers = [point["number"] for point in points]
        self.assertEqual(numbers, list(range(len(points))))
        self.assertTrue(all(0 <= point["value"] < 1 for point in points))
        self.assertGreater(len({point["value"] for point in points}), 10)
        self.assertRegex(page.texts("#latest")[0], r"^Number \d+ is 0\.\d{4}; the mean")
        self.assertEqual(page.texts("#plot-state"), ["connected"])
        # The end of the line is a dot of the line's own colour.
        self.assertEqual(page.evaluate("""(() => {
            const pen = plot.canvas.getContext("2d"), scale = devicePixelRatio || 1;
            const shown = document.createElement("canvas").getContext("2d");
            shown.fillStyle = getComputedStyle(plot.canvas).getPropertyValue("--accent");
            shown.fillRect(0, 0, 1, 1);
            const color = shown.getImageData(0, 0, 1, 1).data.join();
            const all = pen.getImageData(0, 0, plot.canvas.width, plot.canvas.height).data;
            let count = 0;
            for (let place = 0; place < all.length; place += 4)
                if (all.slice(place, place + 4).join() == color) count++;
            return count > 20 * scale;
        })()"""), True)
        self.picture(page, "plot")
        self.assertEqual(page.errors, [])
        server.stop()

    def test_what_is_typed_comes_back(self):
        server = self.serve("websocket")
        page = self.open(server)
        page.wait_until("!document.querySelector('#echo button').disabled")
        said = ["hello", "é ∑ 水 🙂", "<b>not bold</b>"]
        for text in said:
            page.type("#text", text)
        page.wait_until("document.querySelectorAll('#echoes li').length == 3")
        self.assertEqual(page.texts("#echoes li span"), said[::-1])
        self.assertRegex(page.texts("#echoes li small")[0], r"^\d+\.\d ms$")
        self.assertEqual(page.texts("#text"), [""])
        page.wait_until("plot.points.length >= 60")
        self.picture(page, "echo")
        self.assertEqual(page.errors, [])
        server.stop()

    def test_a_lost_server_is_found_again(self):
        server = self.serve("websocket")
        page = self.open(server)
        page.wait_until("plot.points.length >= 3")
        server.end()
        page.wait_until("document.getElementById('plot-state').innerText == 'connecting again'")
        self.picture(page, "lost")
        server = Server("websocket", port=server.port)
        self.addCleanup(server.end)
        page.wait_until("!document.querySelector('#echo button').disabled")
        page.type("#text", "again")
        page.wait_until("document.querySelectorAll('#echoes li').length == 1")
        page.wait_until("plot.points.length >= 3 && plot.points[0].number == 0")
        server.stop()


class ChatTest(PagesTest):
    def enter(self, server, name):
        page = self.open(server)
        page.type("#name", name)
        page.wait_until("document.getElementById('state').innerText.startsWith('connected')")
        return page

    def wait_for_last(self, page, text):
        page.wait_until(f"document.querySelector('#said li:last-child')?.innerText.includes('{text}')")

    def test_two_see_each_other(self):
        server = self.serve("websocket-chat")
        ada = self.enter(server, "Ada")
        self.assertEqual(ada.texts("#members li"), ["Ada"])
        with self.browser.open(f"http://{server.host}/") as bob:
            bob.type("#name", "  Bob ")
            self.wait_for_last(ada, "Bob has come")
            bob.wait_until("members.length == 2")
            for page in ada, bob:
                self.assertEqual(page.texts("#members li"), ["Ada", "Bob"])
            bob.type("#text", "<i>hello</i>")
            self.wait_for_last(ada, "hello")
            self.assertEqual(ada.texts("#said p"), ["<i>hello</i>"])
            ada.type("#text", "Good morning 🙂")
            self.wait_for_last(bob, "Good morning")
            self.assertEqual(bob.texts("#said p"), ["<i>hello</i>", "Good morning 🙂"])
            self.assertEqual(bob.texts("#said .mine p"), ["<i>hello</i>"])
            self.picture(ada, "chat")
            self.assertEqual(bob.errors, [])
        self.wait_for_last(ada, "Bob has gone")
        self.assertEqual(ada.texts("#members li"), ["Ada"])

        # Who comes later is shown what was said, and has a name of their own.
        late = self.enter(server, "Ada")
        self.assertEqual(late.texts("#state"), ["connected as Ada 2"])
        self.assertEqual(late.texts("#said p"), ["<i>hello</i>", "Good morning 🙂"])
        self.wait_for_last(ada, "Ada 2 has come")
        self.assertEqual(ada.errors + late.errors, [])
        server.stop()

    def test_the_latest_fifty_events_are_kept(self):
        server = self.serve("websocket-chat")
        ada = self.enter(server, "Ada")
        self.picture(self.open(server), "enter")
        ada.evaluate("for (let number = 1; number <= 60; number++) socket.send(`line ${number}`)")
        self.wait_for_last(ada, "line 60")
        self.assertEqual(len(ada.texts("#said p")), 60)
        bob = self.enter(server, "Bob")
        self.assertEqual(bob.texts("#said p"), [f"line {number}" for number in range(11, 61)])
        self.picture(bob, "history")
        server.stop()

    def test_a_lost_server_is_found_again(self):
        server = self.serve("websocket-chat")
        ada = self.enter(server, "Ada")
        server.end()
        ada.wait_until("document.getElementById('state').innerText == 'connecting again'")
        server = Server("websocket-chat", port=server.port)
        self.addCleanup(server.end)
        ada.wait_until("document.getElementById('state').innerText == 'connected as Ada'")
        ada.type("#text", "again")
        self.wait_for_last(ada, "again")
        server.stop()


if __name__ == "__main__":
    unittest.main()
