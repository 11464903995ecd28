"""Compares EventletHTTP's parser of requests with h11 (scripts/differential-http).

    compare.py PROGRAM COUNT SEED

PROGRAM is http-verdicts. COUNT streams are generated from SEED; each is given to both,
and whatever the rules of rules.py do not explain is printed, and an error.
"""

import collections
import dataclasses
import sys

from generator import Generator
from rules import explanation, trailers_say_nothing_about_lengths
from verdicts import COMPLETE, INCOMPLETE, ours, theirs

BATCH = 5000
#: So many differences tell enough.
MOST_PRINTED = 20
#: What a verdict says of the head.
HEAD = {"method", "target", "version", "fields", "closes", "waits"}


def differences(our, their):
    """The names of what the two verdicts differ in; none if both refuse the head."""
    if our.is_refused and their.is_refused and our.method is None:
        return []
    names = []
    for member in dataclasses.fields(our):
        name, mine, other = member.name, getattr(our, member.name), getattr(their, member.name)
        if name == "end" and our.is_refused and their.is_refused:
            continue
        if name == "waits" and our.data == b"" and our.end == COMPLETE:
            # Where there is no body nobody waits.
            continue
        if name in ("fields", "trailers"):
            mine, other = normalized(mine), normalized(other)
        if name == "trailers":
            # h11 gives all of them at the end, and does not give those as they came.
            if our.end != COMPLETE or trailers_say_nothing_about_lengths(None, our, their):
                continue
        if mine != other:
            names.append(name)
    return names


def normalized(fields):
    """As h11 gives them: it writes this value in small letters."""
    return [(n, v.lower() if n.lower() == b"transfer-encoding" else v) for n, v in fields]


def compared(stream, verdicts, counts):
    """What is not explained: where it begins, and both verdicts; None if all is."""
    start = 0
    for our in verdicts:
        rest = stream[start:]
        their = theirs(rest)
        names = differences(our, their)
        if names:
            # No rule is about what both have taken for a head.
            both = our.method is not None and their.method is not None
            rule = None if both and HEAD & set(names) else explanation(rest, our, their)
            if rule is None and our.is_refused and their.end == INCOMPLETE:
                # We need not wait for the end of a head or line that is wrong already.
                whole = rest + b"\r\n\r\n"
                later = theirs(whole)
                rule = "refused_early" if later.is_refused else explanation(whole, our, later)
            if rule is None:
                return start, our, their, names
            counts[rule] += 1
            return None
        counts["refused_by_both" if our.is_refused else f"{our.end}_to_both"] += 1
        start += our.count
    return None


def main():
    program, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    generator = Generator(seed)
    counts = collections.Counter()
    unexplained = 0
    for begin in range(0, count, BATCH):
        streams = [generator.stream() for _ in range(min(BATCH, count - begin))]
        for stream, verdicts in zip(streams, ours(program, streams)):
            if difference := compared(stream, verdicts, counts):
                unexplained += 1
                if unexplained <= MOST_PRINTED:
                    start, our, their, names = difference
                    print(f"{stream[:start]!r}\n{stream[start:]!r}\n  {', '.join(names)}")
                    print(f"  ours:   {our}\n  theirs: {their}")
    for name, number in sorted(counts.items(), key=lambda item: -item[1]):
        print(f"{number:9} {name.replace('_', ' ')}")
    if unexplained:
        sys.exit(f"{unexplained} of {count} streams, of seed {seed}: a difference without a rule")


main()
