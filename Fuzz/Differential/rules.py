"""Where EventletHTTP and h11 differ on purpose.

A rule looks at the bytes of a request, from its first one to the end of the stream, and
at both verdicts; it explains a difference only if it finds its reason in the bytes.
"""

import ipaddress
import re

#: Rules by the reasons for which we refuse what h11 takes, or might take yet.
REFUSED = {}
#: Rules for what we take and h11 refuses.
TAKEN = []


def refused(*reasons):
    def register(rule):
        for reason in reasons:
            REFUSED[reason] = rule
        return rule

    return register


def taken(rule):
    TAKEN.append(rule)
    return rule


def explanation(stream, our, their):
    """The name of the rule that explains a difference, or None."""
    if our.is_refused:
        rule = REFUSED.get(our.end)
        # Up to the fault there is the same.
        if rule and their.data.startswith(our.data) and rule(stream, our, their):
            return rule.__name__
    if their.is_refused:
        for rule in TAKEN:
            if our.data.startswith(their.data) and rule(stream, our, their):
                return rule.__name__
    return None


# What the bytes say.


def head_of(stream):
    """The lines of the head as h11 sees them: it takes a bare LF, too."""
    match = re.search(rb"\n\r?\n", stream)
    return stream[: match.start()] if match else stream


def request_line(stream):
    return stream.split(b"\n", 1)[0].rstrip(b"\r")


def values(verdict, name):
    return [value for field, value in verdict.fields if field.lower() == name]


def is_host(text):
    """Whether it is a host and perhaps a port (RFC 3986, 3.2.2 and 3.2.3)."""
    match = re.fullmatch(
        rb"(?:\[([0-9A-Fa-f:.]+)\]|((?:[-._~!$&'()*+,;=0-9A-Za-z]|%[0-9A-Fa-f]{2})+))"
        rb"(?::([0-9]{0,5}))?", text)
    if not match:
        return False
    address, _, port = match.groups()
    if port and int(port) > 65535:
        return False
    try:
        return address is None or bool(ipaddress.IPv6Address(address.decode()))
    except ValueError:
        return False


def is_target(method, target):
    """Whether a method may have such a target (RFC 9112, 3.2)."""
    if b"#" in target:
        return False
    if method == b"CONNECT":
        port = re.search(rb":([0-9]+)$", target)
        return is_host(target) and bool(port and int(port[1]) > 0)
    if target == b"*":
        return method == b"OPTIONS"
    absolute = re.fullmatch(rb"(?i:https?)://([^/?]*)([/?].*)?", target)
    return target.startswith(b"/") or bool(absolute and is_host(absolute[1]))


# We refuse.


@refused("malformedLineEnding")
def a_line_ends_in_cr_and_lf(stream, our, their):
    """RFC 9112 (2.2) allows to take a bare LF for an end of line. Others do not take it for one,
    so what follows would be two different requests to them and us."""
    return bool(re.search(rb"(?<!\r)\n", stream))


@refused("foldedField")
def fields_do_not_go_on_in_the_next_line(stream, our, their):
    """RFC 9112 (5.2) allows to refuse it."""
    return bool(re.search(rb"\n[ \t]", stream))


@refused("malformedFieldValue")
def values_have_no_controls(stream, our, their):
    """h11 refuses but some of those that RFC 9110 (5.5) excludes."""
    return bool(re.search(rb":[^\r\n]*[\x01-\x08\x0e-\x1f\x7f]", stream))


@refused("unsupportedVersion")
def only_http_1_is_spoken(stream, our, their):
    """505 (RFC 9110, 15.6.6); h11 takes any digit."""
    return bool(re.search(rb" HTTP/[02-9]\.[0-9]$", request_line(stream)))


@refused("malformedTarget")
def targets_have_a_form(stream, our, their):
    """h11 takes any visible characters."""
    words = request_line(stream).split(b" ")
    return len(words) == 3 and not is_target(words[0], words[1])


@refused("missingHost")
def later_versions_need_a_host(stream, our, their):
    """h11 asks for one in HTTP/1.1 alone."""
    return bool(re.search(rb" HTTP/1\.[2-9]$", request_line(stream))) and not values(their, b"host")


@refused("malformedHost")
def hosts_are_valid(stream, our, their):
    """RFC 9112 (3.2) demands it; h11 does not look."""
    hosts = values(their, b"host")
    return len(hosts) == 1 and hosts[0] != b"" and not is_host(hosts[0])


@refused("contradictoryLengths")
def there_is_one_length(stream, our, their):
    """RFC 9112 (6.1) allows to refuse both; h11 ignores `Content-Length` then."""
    return bool(values(their, b"content-length") and values(their, b"transfer-encoding"))


@refused("transferEncodingInHTTP1_0")
def chunks_are_of_http_1_1(stream, our, their):
    """The framing is faulty (RFC 9112, 6.1)."""
    return their.version == "1.0" and bool(values(their, b"transfer-encoding"))


@refused("repeatedContentLength")
def equal_lengths_are_two(stream, our, their):
    """RFC 9110 (8.6) allows to refuse them; h11 makes them one."""
    return len(re.findall(rb"(?im)^content-length:", head_of(stream))) > 1


@refused("malformedContentLength")
def lengths_are_numbers_of_ours(stream, our, their):
    """A list of equal lengths is treated as several fields are; 2^63 and more is no length here."""
    lengths = re.findall(rb"(?im)^content-length:[ \t]*([^\r\n]*)", head_of(stream))
    return len(lengths) == 1 and (
        b"," in lengths[0] or lengths[0].strip().isdigit() and int(lengths[0]) >= 1 << 63)


@refused("unsupportedExpectation")
def other_expectations_fail(stream, our, their):
    """417 (RFC 9110, 10.1.1); h11 leaves it to the program."""
    expectations = values(their, b"expect")
    return their.version >= "1.1" and any(e.lower() != b"100-continue" for e in expectations)


@refused("malformedChunk")
def chunks_have_no_more_than_they_may(stream, our, their):
    """h11 takes spaces at the end of the line, controls in extensions, and larger sizes."""
    body = stream[len(head_of(stream)) :]
    return any(
        re.search(pattern, body)
        for pattern in (
            rb"\n0*[0-9A-Fa-f]+[ \t]+\r\n",
            rb"\n[0-9A-Fa-f]+;[^\n]*[\x00-\x08\x0b-\x1f\x7f][^\n]*\r\n",
            rb"\n(?:[0-9A-Fa-f]{17,}|[4-9A-Fa-f][0-9A-Fa-f]{15})[;\r \t]",
        )
    )


# We take.


@taken
def an_empty_line_may_come_before(stream, our, their):
    """RFC 9112 (2.2) says that servers should ignore one."""
    return stream.startswith(b"\r") and not stream.startswith(b"\r\n\r\n")


@taken
def targets_may_have_any_bytes(stream, our, their):
    """Some clients do not encode what is not ASCII; what that means is the program's to say."""
    return our.method is not None and bool(re.search(rb"[\x80-\xff]", our.target))


@taken
def lengths_may_begin_with_zeros(stream, our, their):
    """h11 takes twenty digits at most."""
    return any(re.fullmatch(rb"0[0-9]{20,}", length) for length in values(our, b"content-length"))


@taken
def trailers_say_nothing_about_lengths(stream, our, their):
    """h11 refuses these in trailers, or changes them, as if they stood in the head."""
    names = {name.lower() for name, _ in our.trailers}
    return bool(names & {b"content-length", b"transfer-encoding"})
