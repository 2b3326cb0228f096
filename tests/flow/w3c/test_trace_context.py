"""The cases of the W3C trace-context test suite at level 2 (written from the published list and the standard, https://www.w3.org/TR/trace-context-2/):
client -> gateway -> a service that records the headers it gets. 41 cases, named as there.

A gateway joins hops: from one request in comes one request out. Where the standard leaves a choice (a tracestate that does not parse),
the strict reading holds: the whole list is dropped and traceparent stays.

The gateway is the program gateway_harness of the build folder that PLEACH_BUILD names (build/plain when unset).
"""
import json
import os
import pathlib
import re
import socket
import subprocess
import threading

import pytest

BUILD = pathlib.Path(os.environ.get("PLEACH_BUILD") or pathlib.Path(__file__).parents[3] / "build/plain")
HARNESS = os.environ.get("GATEWAY_HARNESS") or str(BUILD / "tests/flow/w3c/gateway_harness")
TRACE, PARENT = "12345678901234567890123456789012", "1234567890123456"
TP = f"00-{TRACE}-{PARENT}-01"


class Recorder(threading.Thread):
    """A service that keeps the header lines of each request and answers 200."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.heads = []

    def run(self):
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        got = b""
        while True:
            while b"\r\n\r\n" not in got:
                more = connection.recv(65536)
                if not more:
                    connection.close()
                    return
                got += more
            head, got = got.split(b"\r\n\r\n", 1)
            lines = head.decode("latin-1").split("\r\n")[1:]
            self.heads.append([tuple(part.strip() for part in line.split(":", 1)) for line in lines])
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


class Gateway:
    def __init__(self, folder):
        self.recorder = Recorder()
        self.recorder.start()
        self.port = free_port()
        snapshot = {"version": 1, "fleet_version": 1, "fleet": "w3c",
                    "gateway": {"listen": f"127.0.0.1:{self.port}", "trust": ["127.0.0.0/8"], "connect_timeout_ns": 10**9,
                                "first_byte_timeout_ns": 5 * 10**9, "timeout_ns": 10 * 10**9, "max_body": 1 << 20},
                    "services": [{"name": "service", "exposed": True, "serves": [], "calls": [],
                                  "endpoints": [{"instance": "service-1", "address": f"127.0.0.1:{self.recorder.port}", "state": "healthy"}]}]}
        path = folder / "snapshot.json"
        path.write_text(json.dumps(snapshot))
        self.process = subprocess.Popen([HARNESS, str(path)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def send(self, headers, count=1):
        """Sends the request `count` times; returns the headers that the service saw, a list of (name, value) for each request."""
        before = len(self.recorder.heads)
        request = "GET /service/ HTTP/1.1\r\nHost: test\r\n" + "".join(f"{n}: {v}\r\n" for n, v in headers) + "\r\n"
        with socket.create_connection(("127.0.0.1", self.port), 5) as c:
            for _ in range(count):
                c.sendall(request.encode("latin-1"))
                answer = b""
                while b"\r\n\r\n" not in answer:
                    more = c.recv(65536)
                    assert more, "no answer"
                    answer += more
                assert answer.startswith(b"HTTP/1.1 200 "), answer
        return self.recorder.heads[before:]

    def stop(self):
        self.process.terminate()
        self.process.wait(5)


@pytest.fixture(scope="session")
def gateway(tmp_path_factory):
    g = Gateway(tmp_path_factory.mktemp("w3c"))
    yield g
    g.stop()


def traceparent(head):
    """(trace, parent, flags) of the one traceparent that went out; it must be well-formed whatever came in."""
    values = [v for n, v in head if n.lower() == "traceparent"]
    assert len(values) == 1
    match = re.fullmatch(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})", values[0])
    assert match, values[0]
    assert match[1] != "0" * 32 and match[2] != "0" * 16
    return match[1], match[2], match[3]


def tracestate(head):
    """The list members that went out, in order; one header or none."""
    values = [v for n, v in head if n.lower() == "tracestate"]
    assert len(values) <= 1
    return [tuple(m.strip().split("=", 1)) for m in values[0].split(",") if m.strip()] if values else []


def continued(gateway, headers, trace=TRACE, flags=None):
    head = gateway.send(headers)[0]
    got = traceparent(head)
    assert got[0] == trace and got[1] != PARENT
    if flags:
        assert got[2] == flags
    return head


def restarted(gateway, headers):
    head = gateway.send(headers)[0]
    assert traceparent(head)[0] != TRACE
    return head


def with_state(*values):
    return [("traceparent", TP)] + [("tracestate", v) for v in values]


# --- traceparent ---------------------------------------------------------------------------------------------------------------------


def test_both_traceparent_and_tracestate_missing(gateway):
    assert traceparent(gateway.send([])[0])[2] == "03"  # sampled; a random id says so


def test_traceparent_included_tracestate_missing(gateway):
    assert tracestate(continued(gateway, [("traceparent", TP)], flags="01")) == []


def test_traceparent_duplicated(gateway):
    restarted(gateway, [("traceparent", f"00-{TRACE[::-1]}-{PARENT}-01"), ("traceparent", TP)])
    head = restarted(gateway, [("traceparent", TP), ("traceparent", f"00-{TRACE[::-1]}-{PARENT}-01")])
    assert traceparent(head)[0] != TRACE[::-1]


def test_traceparent_header_name(gateway):
    restarted(gateway, [("trace-parent", TP)])
    restarted(gateway, [("trace.parent", TP)])


def test_traceparent_header_name_valid_casing(gateway):
    for name in ("TraceParent", "TrAcEpArEnT", "TRACEPARENT"):
        continued(gateway, [(name, TP)])


def test_traceparent_version_0x00(gateway):
    restarted(gateway, [("traceparent", TP + ".")])
    restarted(gateway, [("traceparent", TP + "-what-the-future-will-be-like")])


def test_traceparent_version_0xcc(gateway):
    continued(gateway, [("traceparent", f"cc-{TRACE}-{PARENT}-01")])
    continued(gateway, [("traceparent", f"cc-{TRACE}-{PARENT}-01-what-the-future-will-be-like")])
    restarted(gateway, [("traceparent", f"cc-{TRACE}-{PARENT}-01.what-the-future-will-be-like")])


def test_traceparent_version_0xff(gateway):
    restarted(gateway, [("traceparent", f"ff-{TRACE}-{PARENT}-01")])


def test_traceparent_version_illegal_characters(gateway):
    for version in (".0", "0.", "AB", "xy"):
        restarted(gateway, [("traceparent", f"{version}-{TRACE}-{PARENT}-01")])


def test_traceparent_version_too_long(gateway):
    for version in ("000", "0000"):
        restarted(gateway, [("traceparent", f"{version}-{TRACE}-{PARENT}-01")])


def test_traceparent_version_too_short(gateway):
    restarted(gateway, [("traceparent", f"0-{TRACE}-{PARENT}-01")])


def test_traceparent_trace_id_all_zero(gateway):
    restarted(gateway, [("traceparent", f"00-{'0' * 32}-{PARENT}-01")])


def test_traceparent_trace_id_illegal_characters(gateway):
    for bad in (".2345678901234567890123456789012", "1234567890123456789012345678901.", "1234567890ABCDEF7890123456789012"):
        restarted(gateway, [("traceparent", f"00-{bad}-{PARENT}-01")])


def test_traceparent_trace_id_too_long(gateway):
    head = restarted(gateway, [("traceparent", f"00-{TRACE}3-{PARENT}-01")])
    assert traceparent(head)[0] != "2" + TRACE[:31]


def test_traceparent_trace_id_too_short(gateway):
    restarted(gateway, [("traceparent", f"00-{TRACE[:31]}-{PARENT}-01")])


def test_traceparent_parent_id_all_zero(gateway):
    restarted(gateway, [("traceparent", f"00-{TRACE}-{'0' * 16}-01")])


def test_traceparent_parent_id_illegal_characters(gateway):
    for bad in (".234567890123456", "123456789012345.", "12345678901234AB"):
        restarted(gateway, [("traceparent", f"00-{TRACE}-{bad}-01")])


def test_traceparent_parent_id_too_long(gateway):
    restarted(gateway, [("traceparent", f"00-{TRACE}-{PARENT}7-01")])


def test_traceparent_parent_id_too_short(gateway):
    restarted(gateway, [("traceparent", f"00-{TRACE}-{PARENT[:15]}-01")])


def test_traceparent_trace_flags_illegal_characters(gateway):
    for flags in (".0", "0.", "0F"):
        restarted(gateway, [("traceparent", f"00-{TRACE}-{PARENT}-{flags}")])


def test_traceparent_trace_flags_too_long(gateway):
    restarted(gateway, [("traceparent", f"00-{TRACE}-{PARENT}-001")])


def test_traceparent_trace_flags_too_short(gateway):
    restarted(gateway, [("traceparent", f"00-{TRACE}-{PARENT}-1")])


def test_traceparent_ows_handling(gateway):
    for value in (f" {TP}", f"\t{TP}", f"{TP} ", f"{TP}\t", f"\t {TP} \t"):
        continued(gateway, [("traceparent", value)])


def test_traceparent_random_flag(gateway):
    """Level 2: the random bit is propagated as it came; bits that version 00 does not know are not."""
    continued(gateway, [("traceparent", f"00-{TRACE}-{PARENT}-02")], flags="02")
    continued(gateway, [("traceparent", f"00-{TRACE}-{PARENT}-03")], flags="03")
    continued(gateway, [("traceparent", f"00-{TRACE}-{PARENT}-00")], flags="00")
    continued(gateway, [("traceparent", f"00-{TRACE}-{PARENT}-ff")], flags="03")


# --- tracestate -----------------------------------------------------------------------------------------------------------------------


def test_tracestate_included_traceparent_missing(gateway):
    assert tracestate(restarted(gateway, [("tracestate", "foo=1")])) == []
    assert tracestate(restarted(gateway, [("tracestate", "foo=1,bar=2")])) == []


def test_tracestate_included_traceparent_included(gateway):
    assert tracestate(continued(gateway, with_state("foo=1,bar=2"))) == [("foo", "1"), ("bar", "2")]


def test_tracestate_header_name(gateway):
    assert tracestate(continued(gateway, [("traceparent", TP), ("trace-state", "foo=1")])) == []
    assert tracestate(continued(gateway, [("traceparent", TP), ("trace.state", "foo=1")])) == []


def test_tracestate_header_name_valid_casing(gateway):
    for name in ("TraceState", "TrAcEsTaTe", "TRACESTATE"):
        assert tracestate(continued(gateway, [("traceparent", TP), (name, "foo=1")])) == [("foo", "1")]


def test_tracestate_empty_header(gateway):
    assert tracestate(continued(gateway, with_state(""))) == []
    assert tracestate(continued(gateway, with_state("foo=1", ""))) == [("foo", "1")]
    assert tracestate(continued(gateway, with_state("", "foo=1"))) == [("foo", "1")]


def test_tracestate_multiple_headers_different_keys(gateway):
    head = continued(gateway, with_state("foo=1,bar=2", "rojo=1,congo=2", "baz=3"))
    assert tracestate(head) == [("foo", "1"), ("bar", "2"), ("rojo", "1"), ("congo", "2"), ("baz", "3")]


def test_tracestate_duplicated_keys(gateway):
    for values in (("foo=1,foo=1",), ("foo=1,foo=2",), ("foo=1", "foo=1"), ("foo=1", "foo=2")):
        members = tracestate(continued(gateway, with_state(*values)))
        assert members and all(k == "foo" for k, _ in members)


def test_tracestate_all_allowed_characters(gateway):
    key = "0123456789_-*/abcdefghijklmnopqrstuvwxyz"
    value = "".join(chr(c) for c in range(0x20, 0x7F) if chr(c) not in ",=").strip()
    key_first = "a" + key
    assert tracestate(continued(gateway, with_state(f"{key_first}={value}"))) == [(key_first, value)]
    assert tracestate(continued(gateway, with_state(f"{key}@a-0={value}"))) == [(f"{key}@a-0", value)]
    assert tracestate(continued(gateway, with_state(f"a= {value}"))) == [("a", f" {value}")]


def test_tracestate_ows_handling(gateway):
    for text in ("foo=1 \t , \t bar=2, \t baz=3", "foo=1\t \t,\t \tbar=2,\t \tbaz=3", " foo=1,bar=2,baz=3", "\tfoo=1,bar=2,baz=3",
                 "foo=1,bar=2,baz=3 ", "foo=1,bar=2,baz=3\t", "\t foo=1,bar=2,baz=3 \t"):
        assert tracestate(continued(gateway, with_state(text))) == [("foo", "1"), ("bar", "2"), ("baz", "3")], text


def test_tracestate_key_illegal_characters(gateway):
    for key in ("foo ", "FOO", "foo.bar"):
        assert tracestate(continued(gateway, with_state(f"{key}=1"))) == [], key


def test_tracestate_key_illegal_vendor_format(gateway):
    """Level 2 has one kind of key: "@" is a character like others, but not the first one."""
    assert tracestate(continued(gateway, with_state("@foo=1,bar=2"))) == []
    for key in ("foo@", "foo@@bar", "foo@bar@baz"):
        assert tracestate(continued(gateway, with_state(f"{key}=1,bar=2"))) == [(key, "1"), ("bar", "2")]


def test_tracestate_member_count_limit(gateway):
    members = [(f"bar{n:02}", f"{n:02}") for n in range(1, 33)]
    text = [f"{k}={v}" for k, v in members]
    assert tracestate(continued(gateway, with_state(",".join(text[:16]), ",".join(text[16:])))) == members
    assert tracestate(continued(gateway, with_state(",".join(text + ["bar33=33"])))) == []


def test_tracestate_key_length_limit(gateway):
    key = "z" * 256
    assert tracestate(continued(gateway, with_state(f"foo=1,{key}=1"))) == [("foo", "1"), (key, "1")]
    assert tracestate(continued(gateway, with_state(f"foo=1,{key}z=1"))) == []
    vendor = "t" * 241 + "@" + "v" * 14
    assert tracestate(continued(gateway, with_state(f"{vendor}=1"))) == [(vendor, "1")]


def test_tracestate_value_illegal_characters(gateway):
    for value in ("bar=baz", "", "x" * 257):
        assert tracestate(continued(gateway, with_state(f"foo={value},bar=3"))) == [], value
    assert tracestate(continued(gateway, with_state("foo=\xe4"))) == []
    assert tracestate(continued(gateway, with_state(f"foo={'x' * 256}"))) == [("foo", "x" * 256)]


# --- several requests ------------------------------------------------------------------------------------------------------------------


def test_multiple_requests_with_valid_traceparent(gateway):
    ids = [traceparent(h) for h in gateway.send([("traceparent", TP)], 3)]
    assert {i[0] for i in ids} == {TRACE}
    assert len({i[1] for i in ids} | {PARENT}) == 4


def test_multiple_requests_without_traceparent(gateway):
    ids = [traceparent(h) for h in gateway.send([], 3)]
    assert len({i[0] for i in ids}) == 3 and len({i[1] for i in ids}) == 3


def test_multiple_requests_with_illegal_traceparent(gateway):
    ids = [traceparent(h) for h in gateway.send([("traceparent", f"00-{'0' * 32}-{PARENT}-01")], 3)]
    assert len({i[0] for i in ids} | {TRACE}) == 4


def test_number_of_cases():
    """The goal is stated as 41 of 41: no case may get lost."""
    assert len([n for n in globals() if n.startswith("test_")]) - 1 == 41
