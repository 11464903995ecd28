"""Loads an HTTP server with requests under Eventlet: eventlet_requests.py URL CONNECTIONS SECONDS"""

import eventlet

eventlet.monkey_patch()

import json
import sys
import time

import requests


def load(session, url, goes_on):
    good = bad = 0
    while goes_on(good + bad):
        try:
            session.get(url).raise_for_status()
            good += 1
        except requests.RequestException:
            bad += 1
    return good, bad


def main():
    url, connections, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=connections))
    pool = eventlet.GreenPool(connections)

    def all_of(goes_on):
        outcomes = list(pool.starmap(load, [(session, url, goes_on)] * connections))
        return sum(good for good, _ in outcomes), sum(bad for _, bad in outcomes)

    all_of(lambda count: count < 1)
    cpu, begin = time.process_time_ns(), time.monotonic()
    end = begin + seconds
    good, bad = all_of(lambda _: time.monotonic() < end)
    print(json.dumps({
        "cpu_ns": time.process_time_ns() - cpu,
        "load": {"requests": good, "errors": bad, "seconds": time.monotonic() - begin},
    }))


main()
