"""Runs kosoku, which has the cases of the Autobahn test suite, against a server or a client.

usage: conformance.py [--quick] server HOST:PORT
       conformance.py [--quick] client PROGRAM   which is given the suite's URL

Every case that has not the best verdict there is for it is printed with the reason, and makes
the status 1.
"""

import argparse
import asyncio
import collections
import time

import kosoku
from kosoku.cases import CASES

#: (of the messages, of the closing handshake). The second is that of the three cases whose
#: outcome RFC 6455 leaves open, 7.1.6, 7.13.1 and 7.13.2: they have no other. Wherever a case
#: knows NON-STRICT, which kosoku lets pass, it knows OK as well.
BEST_VERDICTS = {("OK", "OK"), ("INFORMATIONAL", "INFORMATIONAL")}

#: Of clients that offer to do without the context of earlier messages. To others they are
#: UNIMPLEMENTED, so `--no-context` has the client offer it.
WITHOUT_CONTEXT = ["13.2.*", "13.5.*", "13.6.*"]

#: Seconds for all cases together.
PATIENCE = 3600
QUICK_PATIENCE = 120

#: The cases of compression send as many messages each, instead of a thousand.
QUICK_COUNT = 10


def choose_cases(quick):
    """The ids of the cases that are to be run, and the patterns to leave out."""
    if not quick:
        return set(CASES), []
    for name, case in CASES.items():
        if name.startswith(("12.", "13.")):
            case.COUNT = QUICK_COUNT
    return {name for name in CASES if not name.startswith("9.")}, ["9.*"]


async def judge_server(address, left_out):
    try:
        return await kosoku.run_fuzzingclient(address, exclude_cases=left_out)
    except kosoku.FailureError as failure:
        return failure.results


async def judge_client(program, left_out):
    results = await run_client([program], exclude_cases=left_out + WITHOUT_CONTEXT)
    return results + await run_client([program, "--no-context"], cases=WITHOUT_CONTEXT)


async def run_client(command, **selection):
    async with kosoku.run_fuzzingserver(port=0, **selection) as suite:
        client = await asyncio.create_subprocess_exec(
            *command, f"ws://{suite.address}:{suite.port}")
        try:
            status = await client.wait()
        finally:
            if client.returncode is None:
                client.kill()
        if status:
            raise SystemExit(f"conformance: {command[0]} ended with {status}")
        try:
            # The client has asked for the reports, or there is nothing to wait for.
            return await asyncio.wait_for(suite.get_result(), 10)
        except kosoku.FailureError as failure:
            return failure.results


def report(side, results, expected, seconds):
    """Prints what is to be said; whether every case has the best verdict."""
    verdicts = {
        result.case_id: (result.behavior.value, result.behavior_close.value) for result in results}
    for result in results:
        messages, closing = verdicts[result.case_id]
        if (messages, closing) not in BEST_VERDICTS:
            print(f"{result.case_id}: {messages}, {result.result}\n"
                  f"    closing: {closing}, {result.result_close}")
    missing = sorted(expected - set(verdicts))
    if missing:
        print("not run:", *missing)
    counts = collections.Counter(
        messages if messages == closing else f"{messages}, closing {closing}"
        for messages, closing in verdicts.values())
    summary = "; ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
    print(f"{side}: {len(results)} cases in {seconds:.0f} s: {summary}", flush=True)
    return not missing and BEST_VERDICTS.issuperset(verdicts.values())


async def main():
    parser = argparse.ArgumentParser(description="Judges a WebSocket server or client.")
    parser.add_argument("--quick", action="store_true", help="leave out what takes long")
    parser.add_argument("side", choices=("server", "client"))
    parser.add_argument("target", help="an address, or a program")
    arguments = parser.parse_args()

    expected, left_out = choose_cases(arguments.quick)
    start = time.monotonic()
    judge = judge_server if arguments.side == "server" else judge_client
    results = await asyncio.wait_for(
        judge(arguments.target, left_out), QUICK_PATIENCE if arguments.quick else PATIENCE)
    if not report(arguments.side, results, expected, time.monotonic() - start):
        raise SystemExit(1)


if __name__ == "__main__":
    asyncio.run(main())
