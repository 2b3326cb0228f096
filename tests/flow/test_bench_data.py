"""The data of bench/store: the counts that answers are held against are those of the rows, counted here a second time."""
import collections
import json
import os
import pathlib
import re
import struct
import subprocess

import pytest

BUILD = pathlib.Path(os.environ["PLEACH_BIN"]).resolve().parents[2]
LOGS, SPANS = BUILD / "bench/store/bench_gen_logs", BUILD / "bench/store/bench_gen_spans"
ROWS, COUNT, START = 20_000, 30_000, 1_795_000_000_000_000_000


def generate(program, tmp_path, *options):
    manifest = tmp_path / "manifest.json"
    made = subprocess.run([program, "--start", str(START), "--manifest", manifest, *options], capture_output=True, check=True).stdout
    return made, json.loads(manifest.read_text())


def ns(text):
    """The time of a row; the fraction by hand, since floats have too few digits."""
    seconds, _, fraction = text.rstrip("Z").partition(".")
    import datetime
    return int(datetime.datetime.fromisoformat(seconds + "+00:00").timestamp()) * 10**9 + int(fraction.ljust(9, "0") or "0")


def fields(data):
    """(number, value) of a protobuf message; lengths and varints only where they occur in OTLP."""
    at, end = 0, len(data)

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
    while at < end:
        key = varint()
        kind = key & 7
        if kind == 0:
            yield key >> 3, varint()
        elif kind == 2:
            size = varint()
            yield key >> 3, data[at:at + size]
            at += size
        else:
            size = 8 if kind == 1 else 4
            yield key >> 3, data[at:at + size]
            at += size


def requests(stream):
    at = 0
    while at < len(stream):
        size, = struct.unpack_from("<I", stream, at)
        yield stream[at + 4:at + 4 + size]
        at += 4 + size


def all_of(message, *path):
    if not path:
        yield message
        return
    for number, value in fields(message):
        if number == path[0]:
            yield from all_of(value, *path[1:])


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    made, truth = generate(LOGS, tmp_path_factory.mktemp("logs"), "--rows", str(ROWS))
    return made, truth, [json.loads(line) for line in made.splitlines()]


def test_counts_of_rows(logs):
    made, truth, rows = logs
    assert len(rows) == truth["rows"] == ROWS and len(made) == truth["bytes"]
    assert truth["levels"] == collections.Counter(r["level"] for r in rows)
    assert {k: v for k, v in truth["services"].items() if v} == collections.Counter(r["service"] for r in rows)
    assert truth["message_bytes"] == sum(len(r["message"].encode()) for r in rows)
    traces = [r["trace_id"] for r in rows if "trace_id" in r]
    assert len(traces) == len(set(traces)) == truth["distinct_traces"]
    assert 0.27 < len(traces) / ROWS < 0.33
    assert set(truth["ids"]) <= set(traces) and len(truth["ids"]) > 400


def test_counts_of_text(logs):
    _, truth, rows = logs
    for word, count in truth["words"].items():
        assert count == sum(bool(re.search(rf"(?<![A-Za-z0-9_]){word}(?![A-Za-z0-9_])", r["message"])) for r in rows), word
    assert truth["words"]["heliotrope"] == 10
    for part, count in truth["substrings"].items():
        assert count == sum(part in r["message"] for r in rows), part
    digits = truth["digits"]
    assert truth["digits_in_message"] == sum(digits in r["message"] for r in rows)
    assert truth["digits_in_any"] == sum(any(digits in str(v) for k, v in r.items() if k != "time") for r in rows)
    uuid = r"(?<![A-Za-z0-9_])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![A-Za-z0-9_])"
    masked = collections.Counter(re.sub(r"[A-Za-z0-9_]*[0-9][A-Za-z0-9_]*", "*", re.sub(uuid, "*-*-*-*-*", r["message"])) for r in rows)
    assert truth["patterns"] == len(masked) > 2000
    assert truth["top_patterns"] == sorted(masked.values(), reverse=True)[:10]


def test_times_rise_and_the_newest_are_known(logs):
    _, truth, rows = logs
    times = [ns(r["time"]) for r in rows]
    assert times[0] >= START - 10**9 and all(b - a > -(10**9) for a, b in zip(times, times[1:]))
    assert truth["newest"] == sorted(times, reverse=True)[:100]
    assert truth["newest_errors"] == sorted((t for t, r in zip(times, rows) if r["level"] == "error"), reverse=True)[:100]


def test_the_same_rows_in_every_form(logs, tmp_path):
    made, truth, rows = logs
    assert generate(LOGS, tmp_path, "--rows", str(ROWS))[0] == made
    tsv, other = generate(LOGS, tmp_path, "--rows", str(ROWS), "--format", "tsv")
    columns = [line.split("\t") for line in tsv.decode().splitlines()]
    unescape = lambda s: re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m.group(1), m.group(1)), s)
    assert [(int(c[1]), c[2], c[3], c[4], int(c[5]), c[6], unescape(c[7])) for c in columns] == \
        [(ns(r["time"]), r["service"], r["host"], r["level"], r["pid"], r.get("trace_id", ""), r["message"]) for r in rows]
    assert {k: v for k, v in other.items() if k != "bytes"} == {k: v for k, v in truth.items() if k != "bytes"}
    otlp, _ = generate(LOGS, tmp_path, "--rows", str(ROWS), "--format", "otlp")
    bodies = [next(all_of(record, 5, 1)).decode() for body in requests(otlp) for record in all_of(body, 1, 2, 2)]
    assert collections.Counter(bodies) == collections.Counter(r["message"] for r in rows)


def test_counts_of_spans(tmp_path):
    made, truth = generate(SPANS, tmp_path, "--spans", str(COUNT))
    assert generate(SPANS, tmp_path, "--spans", str(COUNT))[0] == made
    sizes, rare, ids, pairs, ends, failed = collections.Counter(), set(), set(), set(), [], 0
    for body in requests(made):
        for resource in all_of(body, 1):
            service = next(next(all_of(a, 2, 1)).decode() for a in all_of(resource, 1, 1) if next(all_of(a, 1)) == b"service.name")
            for span in all_of(resource, 2, 2):
                trace, identity, name = (next(all_of(span, n)) for n in (1, 2, 5))
                sizes[trace.hex()] += 1
                ids.add(identity)
                pairs.add((service, name))
                start, end = (struct.unpack("<Q", next(all_of(span, n)))[0] for n in (7, 8))
                assert START <= start < end
                ends.append(end)
                attributes = {next(all_of(a, 1)).decode(): a for a in all_of(span, 9)}
                assert len(attributes) in (6, 7)
                failed += any(True for _ in all_of(span, 15))
                if truth["rare_key"] in attributes:
                    assert next(all_of(attributes[truth["rare_key"]], 2, 1)).decode() == truth["rare_value"]
                    rare.add(trace.hex())
    assert sum(sizes.values()) == len(ids) == truth["spans"] == COUNT and len(sizes) == truth["traces"]
    assert rare == set(truth["rare_traces"]) and len(rare) == 8
    assert truth["failed"] == failed and truth["end"] == max(ends)
    assert len(truth["ids"]) > 400 and all(sizes[trace] == spans for trace, spans in truth["ids"])
    assert 250 < len(pairs) < 350
