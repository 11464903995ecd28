"""Turns the results of Benchmarks/compare into a table or a JSON object.

usage: report.py [--json] DIRECTORY

The directory holds one JSON object per file, named SIDE.PART.ROUND.json: SIDE
is swift, go, c, socat, nginx, hummingbird, eventlet or python, and PART is
micro, hubs, patch, echo, forward, tls, client, http, websocket, or one of the latter two, a
hyphen and what is special. Files of the same part and round were measured one
right after the other.
"""

import argparse
import json
import statistics
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

# The figures that are computed here rather than by a benchmark program.
ECHO_CPU = "echo_cpu_ns"
ECHO_RATE = "echo_messages_per_second"
FORWARD_CPU = "forward_cpu_ns_per_kib"
FORWARD_RATE = "forward_mib_per_second"
TLS_RATE = "tls_handshakes_per_core_second"
HTTP_CPU = "http_cpu_ns"
HTTP_RATE = "http_requests_per_second"
HTTP_JSON_CPU = "http_json_cpu_ns"
HTTP_PIPELINED_CPU = "http_pipelined_cpu_ns"
HTTP_MANY_P50 = "http_many_p50_us"
HTTP_MANY_P99 = "http_many_p99_us"
HTTP_HUBS_CPU = "http_hubs_cpu_ns"
HTTP_IDLE = "http_idle_bytes"
WEBSOCKET_CPU = "websocket_cpu_ns"
WEBSOCKET_RATE = "websocket_messages_per_second"
WEBSOCKET_TEXT_CPU = "websocket_text_cpu_ns"
WEBSOCKET_IDLE = "websocket_idle_bytes"
CLIENT_CPU = "client_cpu_ns"
CLIENT_RATE = "client_requests_per_second"


@dataclass(frozen=True)
class Budget:
    """What a row may be: a multiple of the peer's figure, more than that by so much, or a plain value."""

    limit: float
    of: str  # "ratio", "difference" or "value"
    strict: bool = False
    is_least: bool = False

    def __str__(self):
        sign = "≥" if self.is_least else "<" if self.strict else "≤"
        return f"{sign} {'+' if self.of == 'difference' else ''}{self.limit:g}{' ×' if self.of == 'ratio' else ''}"

    def verdict(self, ours, ratio):
        measured = ratio if self.of == "ratio" else ours
        if self.of == "difference":
            measured = None if ours is None or not ratio else ours - ours / ratio
        if measured is None:
            return "no figure"
        if self.is_least:
            return "ok" if measured >= self.limit else "under"
        if measured < self.limit or (measured == self.limit and not self.strict):
            return "ok"
        return "over"


@dataclass(frozen=True)
class Row:
    """One line of the report. Rows without a budget are there to be looked at."""

    part: str
    what: str
    figure: str
    unit: str = ""
    peer: str | None = None
    peer_name: str = ""
    budget: Budget | None = None
    peer_figure: str | None = None  # where the peer's has another name


def times_peer(limit):
    return Budget(limit, of="ratio")


def at_least_times_peer(limit):
    return Budget(limit, of="ratio", is_least=True)


def at_most(limit):
    return Budget(limit, of="value")


def at_most_more_than_peer(limit):
    return Budget(limit, of="difference")


def below(limit):
    return Budget(limit, of="value", strict=True)


HTTP_PEERS = {
    "c": "C epoll", "go": "Go net/http", "nginx": "nginx", "hummingbird": "Hummingbird", "eventlet": "Python Eventlet",
}
CLIENT_PEERS = {"go": "Go net/http", "python": "Python requests, Eventlet"}
WEBSOCKET_PEERS = {"go": "Go gorilla/websocket", "python": "Python websockets"}


def beside(peers, part, what, figure, unit="", **budgets):
    """A row for each of the peers, with the budgets named by their sides."""
    return [Row(part, what, figure, unit, side, name, budgets.get(side)) for side, name in peers.items()]


def patched(part, prefix, how, calls):
    """A row for each call of libc's, and how much more it may take than without a patch: in nanoseconds."""
    return [
        Row(part, f"{what}, {how}", f"{prefix}_{name}_ns", "ns", "c", "libc",
            None if limit is None else at_most_more_than_peer(limit))
        for name, (what, limit) in calls.items()
    ]


ROWS = [
    Row("micro", "yield", "yield_ns", "ns", "go", "Go Gosched", times_peer(0.25)),
    Row("micro", "spawn + wait, one by one", "spawn_wait_ns", "ns", "go", "Go WaitGroup", times_peer(0.7)),
    Row("micro", "spawn + wait, 100 at a time", "spawn_wait_batch_ns", "ns", "go", "Go WaitGroup", times_peer(0.7)),
    Row("micro", "spawn on a full pool", "greenpool_spawn_ns", "ns", "go", "Go, semaphore"),
    Row("micro", "map in a pool, per item", "imap_item_ns", "ns", "go", "Go, channels"),
    Row("micro", "queue round trip", "queue_roundtrip_ns", "ns", "go", "Go channel", times_peer(0.5)),
    Row("micro", "timer arm + cancel", "timer_arm_cancel_ns", "ns", "go", "Go AfterFunc + Stop", times_peer(1.0)),
    Row("micro", "await async code", "async_roundtrip_ns", "ns", "swift", "global Task", times_peer(1.0), "global_task_ns"),
    Row("micro", "await a finished task", "await_finished_ns", "ns", "swift", "global Task", None, "global_task_ns"),
    Row("micro", "thread pool round trip", "threadpool_roundtrip_ns", "ns", "swift", "C, condition variables", None, "condvar_roundtrip_ns"),
    Row("micro", "context switch", "context_switch_ns", "ns"),
    Row("micro", "memory per parked thread", "parked_bytes", "B", "go", "Go goroutine", at_most(4812)),
    Row("micro", "mappings while parked", "parked_mappings", budget=below(1000)),
    Row("micro", "memory after a burst, ratio", "burst_rss_ratio", budget=at_most(1.2)),
    Row("hubs", "message to another hub", "hub_message_ns", "ns", "go", "Go channel, 2 threads"),
    Row("hubs", "round trip to another hub", "hub_roundtrip_ns", "ns", "go", "Go channel, 2 threads"),
    *patched("patch", "patch", "passed on", {
        "read_ebadf": ("read, bad descriptor", 2), "read_zero": ("read, /dev/zero", None),
        "socket_send_recv": ("send + recv", None), "poll_ready": ("poll, ready", None), "mutex": ("mutex", 4),
    }),
    *patched("patch-inside", "patch_inside", "green", {
        "socket_send_recv": ("send + recv", 120), "socket_write_read": ("write + read, socket", 120),
        "pipe_write_read": ("write + read, pipe", 260), "read_zero": ("read, /dev/zero", 130),
        "write_null": ("write, /dev/null", 130), "poll_ready": ("poll, ready", 60), "mutex": ("mutex", 4),
        "recursive_mutex": ("recursive mutex", None), "read_lock": ("read lock", None),
        "semaphore": ("semaphore", None), "signal_nobody": ("condition, signal nobody", None),
    }),
    Row("echo", "TCP echo, CPU per message", ECHO_CPU, "ns", "c", "C epoll", times_peer(1.15)),
    Row("echo", "TCP echo, CPU per message", ECHO_CPU, "ns", "go", "Go net"),
    Row("echo", "TCP echo, messages per second", ECHO_RATE, "", "c", "C epoll"),
    Row("echo", "TCP echo, messages per second", ECHO_RATE, "", "go", "Go net"),
    Row("forward", "forwarding, MiB per second", FORWARD_RATE, "", "socat", "socat", at_least_times_peer(0.9)),
    Row("forward", "forwarding, CPU per KiB", FORWARD_CPU, "ns", "socat", "socat", times_peer(1.0)),
    Row("tls", "TLS handshakes per core and second", TLS_RATE, "", "nginx", "nginx", at_least_times_peer(0.9)),
    *beside(
        HTTP_PEERS, "http", "HTTP, CPU per request", HTTP_CPU, "ns",
        c=times_peer(1.25), go=times_peer(0.65), hummingbird=times_peer(0.35),
    ),
    *beside(HTTP_PEERS, "http", "HTTP, requests per second", HTTP_RATE),
    *beside(HTTP_PEERS, "http-json", "HTTP, JSON, CPU per request", HTTP_JSON_CPU, "ns"),
    *beside(HTTP_PEERS, "http-pipelined", "HTTP, 16 pipelined, CPU per request", HTTP_PIPELINED_CPU, "ns"),
    *beside(HTTP_PEERS, "http-many", "HTTP, 512 connections, p50", HTTP_MANY_P50, "µs"),
    *beside(HTTP_PEERS, "http-many", "HTTP, 512 connections, p99", HTTP_MANY_P99, "µs", go=times_peer(1.0)),
    Row("http-hubs", "HTTP, 2 hubs, CPU per request", HTTP_HUBS_CPU, "ns", "swift", "1 hub", None, HTTP_CPU),
    *beside(HTTP_PEERS, "http-idle", "HTTP, memory per idle connection", HTTP_IDLE, "B", c=at_most(9 * 1024)),
    *beside(
        WEBSOCKET_PEERS, "websocket", "WebSocket echo, CPU per message", WEBSOCKET_CPU, "ns",
        go=times_peer(1.0), python=times_peer(0.35),
    ),
    *beside(WEBSOCKET_PEERS, "websocket", "WebSocket echo, messages per second", WEBSOCKET_RATE),
    *beside(WEBSOCKET_PEERS, "websocket-text", "WebSocket echo of text, CPU per message", WEBSOCKET_TEXT_CPU, "ns"),
    *beside(
        WEBSOCKET_PEERS, "websocket-idle", "WebSocket, memory per idle connection", WEBSOCKET_IDLE, "B",
        go=at_most(10 * 1024),
    ),
    *beside(
        CLIENT_PEERS, "client", "HTTP client, CPU per request", CLIENT_CPU, "ns",
        go=times_peer(1.0), python=times_peer(0.35),
    ),
    *beside(CLIENT_PEERS, "client", "HTTP client, requests per second", CLIENT_RATE),
]


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def figures_of(part, result):
    """The named numbers in one result file; nulls and texts are left out."""
    if part == "echo":
        load = result["load"]
        if load["errors"] != 0 or load["messages"] == 0:
            raise SystemExit(f"report: an echo round is not valid: {load}")
        return {
            ECHO_CPU: result["cpu_ns"] / load["messages"],
            ECHO_RATE: load["messages"] / load["seconds"],
        }
    if part == "forward":
        load = result["load"]
        if load["errors"] != 0 or load["bytes"] == 0:
            raise SystemExit(f"report: a forwarding round is not valid: {load}")
        return {
            FORWARD_CPU: result["cpu_ns"] / (load["bytes"] / 1024),
            FORWARD_RATE: load["bytes"] / (1 << 20) / load["seconds"],
        }
    if part == "tls":
        load = result["load"]
        if load["errors"] != 0 or load["handshakes"] == 0:
            raise SystemExit(f"report: a TLS round is not valid: {load}")
        return {TLS_RATE: load["handshakes"] / (result["cpu_ns"] / 1e9)}
    if part == "client":
        load = result["load"]
        if load["errors"] != 0 or load["requests"] == 0:
            raise SystemExit(f"report: a round of a client is not valid: {load}")
        return {
            CLIENT_CPU: result["cpu_ns"] / load["requests"],
            CLIENT_RATE: load["requests"] / load["seconds"],
        }
    if part in ("http-idle", "websocket-idle"):
        name = HTTP_IDLE if part == "http-idle" else WEBSOCKET_IDLE
        return {name: result["bytes"] / result["connections"]}
    if part in ("websocket", "websocket-text"):
        return websocket_figures_of(part, result)
    if part.partition("-")[0] == "http":
        return http_figures_of(part, result)
    if part == "patch-inside":  # the same calls once more, whose figures are others
        result = {name.replace("patch_", "patch_inside_", 1): value for name, value in result.items()}
    return {name: value for name, value in result.items() if is_number(value)}


def http_figures_of(part, result):
    load = result["load"]
    if load["errors"] != 0 or load["requests"] == 0:
        raise SystemExit(f"report: an HTTP round is not valid: {load}")
    cpu_ns = result["cpu_ns"] / load["requests"]
    return {
        "http": {HTTP_CPU: cpu_ns, HTTP_RATE: load["requests"] / load["seconds"]},
        "http-json": {HTTP_JSON_CPU: cpu_ns},
        "http-pipelined": {HTTP_PIPELINED_CPU: cpu_ns},
        "http-many": {HTTP_MANY_P50: load["p50_us"], HTTP_MANY_P99: load["p99_us"]},
        "http-hubs": {HTTP_HUBS_CPU: cpu_ns},
    }[part]


def websocket_figures_of(part, result):
    load = result["load"]
    if load["errors"] != 0 or load["messages"] == 0:
        raise SystemExit(f"report: a WebSocket round is not valid: {load}")
    cpu_ns = result["cpu_ns"] / load["messages"]
    if part == "websocket-text":
        return {WEBSOCKET_TEXT_CPU: cpu_ns}
    return {WEBSOCKET_CPU: cpu_ns, WEBSOCKET_RATE: load["messages"] / load["seconds"]}


def read_rounds(directory):
    """Returns the parts that were run, and rounds[side][figure][round]."""
    parts = set()
    rounds = defaultdict(lambda: defaultdict(dict))
    for path in sorted(directory.glob("*.*.*.json"), key=round_number):
        side, part, _ = path.stem.split(".")
        parts.add(part)
        for figure, value in figures_of(part, json.loads(path.read_text())).items():
            rounds[side][figure][round_number(path)] = value
    return parts, rounds


def round_number(path):
    return int(path.stem.split(".")[2])


def paired_ratio(ours, peer):
    """The median of ours / peer over the rounds that have both.

    A shared machine is slow for seconds at a time. Neighbouring measurements
    suffer alike, so their ratio is much steadier than that of two medians
    which may come from different spells.
    """
    ratios = [ours[number] / peer[number] for number in ours if peer.get(number)]
    return statistics.median(ratios) if ratios else None


def evaluate(row, medians, ratios):
    ours = medians.get("swift", {}).get(row.figure)
    peer = medians.get(row.peer, {}).get(row.peer_figure or row.figure)
    ratio = ratios.get((row.peer, row.figure))
    return {
        "what": row.what,
        "figure": row.figure,
        "unit": row.unit,
        "ours": ours,
        "peer": peer,
        "peer_name": row.peer_name,
        "ratio": ratio,
        "budget": str(row.budget) if row.budget else None,
        "verdict": row.budget.verdict(ours, ratio) if row.budget else None,
    }


def summarize(directory):
    parts, rounds = read_rounds(directory)
    swift = rounds.get("swift", {})
    medians = {
        side: {figure: statistics.median(values.values()) for figure, values in figures.items()}
        for side, figures in rounds.items()
    }
    ratios = {
        (row.peer, row.figure): paired_ratio(
            swift.get(row.figure, {}), rounds.get(row.peer, {}).get(row.peer_figure or row.figure, {})
        )
        for row in ROWS
        if row.peer
    }
    return {
        "figures": medians,
        "ratios": {f"{figure}/{peer}": ratio for (peer, figure), ratio in ratios.items() if ratio is not None},
        "rows": [evaluate(row, medians, ratios) for row in ROWS if row.part in parts],
        "rounds": rounds,
    }


def number(value, unit=""):
    if value is None:
        return "–"
    digits = 0 if value >= 1000 else 1 if value >= 100 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()


def table(rows):
    lines = [("what", "ours", "peer", "peer's name", "ratio", "budget", "verdict")]
    for row in rows:
        lines.append((
            row["what"],
            number(row["ours"], row["unit"]),
            number(row["peer"], row["unit"]),
            row["peer_name"] or "–",
            number(row["ratio"]),
            row["budget"] or "–",
            row["verdict"] or "–",
        ))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    right_aligned = {1, 2, 4}
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in right_aligned else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths))
        ).rstrip()
        for line in lines
    )


def main():
    parser = argparse.ArgumentParser(description="Reports what Benchmarks/compare measured.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("directory", type=Path)
    arguments = parser.parse_args()

    summary = summarize(arguments.directory)
    print(json.dumps(summary, indent=2) if arguments.json else table(summary["rows"]))


if __name__ == "__main__":
    main()
