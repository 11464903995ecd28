"""Tests report.py with made-up results: python3 -m unittest discover -s Benchmarks/Peers -p '*_test.py'"""

import json
import tempfile
import unittest
from pathlib import Path

import report

SWIFT = {
    "yield_ns": 10, "spawn_wait_ns": 300, "spawn_wait_batch_ns": 50, "queue_roundtrip_ns": 50,
    "timer_arm_cancel_ns": 100, "parked_bytes": 4812, "parked_mappings": 1000,
    "burst_rss_ratio": 1.05, "context_switch_ns": 4.5, "greenpool_spawn_ns": 200, "imap_item_ns": 400,
    "async_roundtrip_ns": 1900, "await_finished_ns": 900, "global_task_ns": 7500,
    "threadpool_roundtrip_ns": 5300, "condvar_roundtrip_ns": 7700,
}
GO = {
    "go_version": "go1.19.8", "yield_ns": 50, "spawn_wait_ns": 280, "spawn_wait_batch_ns": 160,
    "queue_roundtrip_ns": 200, "timer_arm_cancel_ns": 100, "parked_bytes": 2686, "context_switch_ns": None,
}


def echo(cpu_ns, errors=0):
    return {"cpu_ns": cpu_ns, "load": {"messages": 1000, "seconds": 4.0, "errors": errors}}


def http(cpu_ns, errors=0, p50_us=100, p99_us=900):
    load = {"requests": 1000, "seconds": 0.5, "errors": errors, "p50_us": p50_us, "p99_us": p99_us}
    return {"cpu_ns": cpu_ns, "load": load}


class ReportTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = Path(scratch.name)

    def write(self, name, result):
        (self.directory / f"{name}.json").write_text(json.dumps(result))

    def rows(self):
        return {(row["figure"], row["peer_name"]): row for row in report.summarize(self.directory)["rows"]}

    def test_verdicts_follow_the_budgets(self):
        self.write("swift.micro.1", SWIFT)
        self.write("go.micro.1", GO)
        verdicts = {figure: row["verdict"] for (figure, _), row in self.rows().items()}
        self.assertEqual(verdicts, {
            "yield_ns": "ok",
            "spawn_wait_ns": "over",
            "spawn_wait_batch_ns": "ok",
            "greenpool_spawn_ns": None,
            "imap_item_ns": None,
            "async_roundtrip_ns": "ok",  # beside a figure of the same program
            "await_finished_ns": None,
            "threadpool_roundtrip_ns": None,
            "queue_roundtrip_ns": "ok",
            "timer_arm_cancel_ns": "ok",  # exactly at the budget
            "context_switch_ns": None,  # has no budget
            "parked_bytes": "ok",  # exactly at the budget
            "parked_mappings": "over",  # has to stay below
            "burst_rss_ratio": "ok",
        })

    def test_a_missing_figure_is_never_ok(self):
        self.write("swift.micro.1", {**SWIFT, "yield_ns": None})
        self.write("go.micro.1", {name: value for name, value in GO.items() if name != "spawn_wait_ns"})
        rows = self.rows()
        self.assertEqual(rows["yield_ns", "Go Gosched"]["verdict"], "no figure")
        self.assertEqual(rows["spawn_wait_ns", "Go WaitGroup"]["verdict"], "no figure")

    def test_medians_are_taken_over_the_rounds(self):
        for number, yield_ns in enumerate([10, 90, 12], start=1):
            self.write(f"swift.micro.{number}", {**SWIFT, "yield_ns": yield_ns})
            self.write(f"go.micro.{number}", GO)
        summary = report.summarize(self.directory)
        self.assertEqual(summary["figures"]["swift"]["yield_ns"], 12)
        self.assertEqual(summary["rounds"]["swift"]["yield_ns"], {1: 10, 2: 90, 3: 12})
        self.assertAlmostEqual(summary["ratios"]["yield_ns/go"], 12 / 50)

    def test_ratios_pair_the_rounds(self):
        # The machine was twice as slow from the middle of round 2 on: the
        # medians are 10 and 100, but every undisturbed pair says 0.2.
        for number, (ours, peer) in enumerate([(10, 50), (10, 100), (20, 100)], start=1):
            self.write(f"swift.micro.{number}", {"yield_ns": ours})
            self.write(f"go.micro.{number}", {"yield_ns": peer})
        self.assertAlmostEqual(report.summarize(self.directory)["ratios"]["yield_ns/go"], 0.2)

    def test_a_whole_side_may_be_missing(self):
        self.write("go.micro.1", GO)
        self.assertEqual(self.rows()["yield_ns", "Go Gosched"]["verdict"], "no figure")

    def test_echo_is_processor_time_per_message(self):
        self.write("c.echo.1", echo(5_000_000))
        self.write("swift.echo.1", echo(6_000_000))
        self.write("go.echo.1", echo(8_000_000))
        rows = self.rows()
        beside_c = rows["echo_cpu_ns", "C epoll"]
        self.assertEqual((beside_c["ours"], beside_c["peer"]), (6000, 5000))
        self.assertEqual(beside_c["verdict"], "over")
        self.assertAlmostEqual(rows["echo_cpu_ns", "Go net"]["ratio"], 0.75)
        self.assertNotIn(("yield_ns", "Go Gosched"), rows)

    def test_echo_errors_are_refused(self):
        self.write("c.echo.1", echo(5_000_000, errors=1))
        with self.assertRaises(SystemExit):
            report.summarize(self.directory)

    def test_forwarding_has_to_be_as_fast_and_no_dearer(self):
        def forward(cpu_ns, seconds, errors=0):
            return {"cpu_ns": cpu_ns, "load": {"bytes": 1 << 30, "seconds": seconds, "errors": errors}}

        self.write("swift.forward.1", forward(1 << 20, 2.0))
        self.write("socat.forward.1", forward(2 << 20, 1.9))
        rows = self.rows()
        rate, cpu = rows["forward_mib_per_second", "socat"], rows["forward_cpu_ns_per_kib", "socat"]
        self.assertEqual((rate["ours"], rate["verdict"], rate["budget"]), (512, "ok", "≥ 0.9 ×"))
        self.assertEqual((cpu["ours"], cpu["peer"], cpu["verdict"]), (1, 2, "ok"))
        self.write("socat.forward.1", forward(1 << 19, 1.7))
        rows = self.rows()
        self.assertEqual(rows["forward_mib_per_second", "socat"]["verdict"], "under")
        self.assertEqual(rows["forward_cpu_ns_per_kib", "socat"]["verdict"], "over")
        self.write("socat.forward.1", forward(1, 1.0, errors=1))
        with self.assertRaises(SystemExit):
            self.rows()

    def test_handshakes_are_counted_by_processor_time(self):
        def tls(cpu_ns, errors=0):
            return {"cpu_ns": cpu_ns, "load": {"handshakes": 1000, "seconds": 1.0, "errors": errors}}

        self.write("nginx.tls.1", tls(300_000_000))
        self.write("swift.tls.1", tls(320_000_000))
        row = self.rows()["tls_handshakes_per_core_second", "nginx"]
        self.assertAlmostEqual(row["ours"], 3125)
        self.assertAlmostEqual(row["ratio"], 0.9375)
        self.assertEqual((row["budget"], row["verdict"]), ("≥ 0.9 ×", "ok"))
        self.write("swift.tls.1", tls(400_000_000))
        self.assertEqual(self.rows()["tls_handshakes_per_core_second", "nginx"]["verdict"], "under")
        self.write("swift.tls.1", tls(320_000_000, errors=1))
        with self.assertRaises(SystemExit):
            report.summarize(self.directory)

    def test_http_is_processor_time_per_request(self):
        for side, cpu_ns in [("c", 6_000_000), ("go", 12_000_000), ("nginx", 7_500_000),
                             ("hummingbird", 24_000_000), ("eventlet", 150_000_000)]:
            self.write(f"{side}.http.1", http(cpu_ns))
        self.write("swift.http.1", http(7_500_000))
        rows = self.rows()
        beside_c = rows["http_cpu_ns", "C epoll"]
        self.assertEqual((beside_c["ours"], beside_c["peer"], beside_c["ratio"]), (7500, 6000, 1.25))
        self.assertEqual(rows["http_requests_per_second", "nginx"]["ours"], 2000)

        def verdicts():
            return {name: row["verdict"] for (figure, name), row in self.rows().items() if figure == "http_cpu_ns"}

        self.assertEqual(
            {name: row["budget"] for (figure, name), row in rows.items() if figure == "http_cpu_ns"},
            {"C epoll": "≤ 1.25 ×", "Go net/http": "≤ 0.65 ×", "Hummingbird": "≤ 0.35 ×",
             "nginx": None, "Python Eventlet": None},
        )
        unjudged = {"nginx": None, "Python Eventlet": None}
        self.assertEqual(verdicts(), {"C epoll": "ok", "Go net/http": "ok", "Hummingbird": "ok", **unjudged})
        self.write("swift.http.1", http(8_500_000))
        self.assertEqual(verdicts(), {"C epoll": "over", "Go net/http": "over", "Hummingbird": "over", **unjudged})

    def test_each_kind_of_http_load_has_its_own_figure(self):
        for part, cpu_ns in [("http", 1), ("http-json", 2), ("http-pipelined", 3), ("http-many", 4), ("http-hubs", 5)]:
            self.write(f"swift.{part}.4", http(cpu_ns * 1_000_000))
            self.write(f"go.{part}.4", http(10_000_000))
        rows = self.rows()
        self.assertEqual(rows["http_json_cpu_ns", "Go net/http"]["ours"], 2000)
        self.assertEqual(rows["http_pipelined_cpu_ns", "Go net/http"]["ratio"], 0.3)
        hubs = rows["http_hubs_cpu_ns", "1 hub"]
        self.assertEqual((hubs["ours"], hubs["peer"], hubs["ratio"]), (5000, 1000, 5))

    def test_latency_at_many_connections_is_no_worse_than_go(self):
        self.write("swift.http-many.1", http(1, p50_us=5000, p99_us=8000))
        self.write("go.http-many.1", http(1, p50_us=4000, p99_us=8000))
        rows = self.rows()
        self.assertEqual(rows["http_many_p50_us", "Go net/http"]["ratio"], 1.25)
        self.assertIsNone(rows["http_many_p50_us", "Go net/http"]["verdict"])
        self.assertEqual(rows["http_many_p99_us", "Go net/http"]["verdict"], "ok")
        self.assertIsNone(rows["http_many_p99_us", "C epoll"]["verdict"])
        self.write("swift.http-many.1", http(1, p99_us=8001))
        self.assertEqual(self.rows()["http_many_p99_us", "Go net/http"]["verdict"], "over")

    def test_an_idle_connection_has_a_budget_of_memory(self):
        self.write("swift.http-idle.1", {"connections": 10_000, "bytes": 92_160_000})
        self.write("nginx.http-idle.1", {"connections": 10_000, "bytes": 5_000_000})
        rows = self.rows()
        self.assertEqual(rows["http_idle_bytes", "nginx"]["peer"], 500)
        ours = rows["http_idle_bytes", "C epoll"]
        self.assertEqual((ours["ours"], ours["budget"], ours["verdict"]), (9216, "≤ 9216", "ok"))
        self.write("swift.http-idle.1", {"connections": 10_000, "bytes": 92_170_000})
        self.assertEqual(self.rows()["http_idle_bytes", "C epoll"]["verdict"], "over")

    def test_http_errors_are_refused(self):
        self.write("swift.http-json.1", http(1_000_000, errors=1))
        with self.assertRaises(SystemExit):
            report.summarize(self.directory)

    def test_websocket_echo_is_judged_beside_both_peers(self):
        for side, cpu_ns in [("swift", 35), ("go", 35), ("python", 100)]:
            load = {"messages": 10, "seconds": 2, "errors": 0}
            self.write(f"{side}.websocket.1", {"cpu_ns": cpu_ns, "load": load})
            self.write(f"{side}.websocket-text.1", {"cpu_ns": 2 * cpu_ns, "load": load})
        self.write("swift.websocket-idle.1", {"connections": 10, "bytes": 102_410})
        rows = self.rows()
        for figure, name, ours, verdict in [
            ("websocket_cpu_ns", "Go gorilla/websocket", 3.5, "ok"),
            ("websocket_cpu_ns", "Python websockets", 3.5, "ok"),
            ("websocket_messages_per_second", "Python websockets", 5, None),
            ("websocket_text_cpu_ns", "Python websockets", 7, None),
            ("websocket_idle_bytes", "Go gorilla/websocket", 10_241, "over"),
        ]:
            row = rows[figure, name]
            self.assertEqual((row["ours"], row["verdict"]), (ours, verdict), (figure, name))

    def test_websocket_errors_are_refused(self):
        load = {"messages": 10, "seconds": 2, "errors": 1}
        self.write("swift.websocket.1", {"cpu_ns": 1, "load": load})
        with self.assertRaises(SystemExit):
            report.summarize(self.directory)

    def test_the_table_has_all_columns(self):
        self.write("swift.micro.1", SWIFT)
        self.write("go.micro.1", GO)
        header, first, *_ = report.table(report.summarize(self.directory)["rows"]).splitlines()
        self.assertEqual(header.split("  ")[0], "what")
        self.assertIn("≤ 0.25 ×", first)
        self.assertTrue(first.endswith("ok"))


if __name__ == "__main__":
    unittest.main()
