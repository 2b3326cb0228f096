"""What the store answers is what stands in its files: segments are read by the independent reader (tests/oracle/segment.py), which knows nothing but
docs/store-format.md, and its rows are held against those of the API."""

import json
import os
import sys
import time

import otlp
from fleet import ROOT, call
from records import make_rows
from records import send as send_rows
from test_telemetry import PROTOBUF, Store, send

sys.path.insert(0, str(ROOT / "tests/oracle"))
import segment  # noqa: E402

LEVELS = ("", "trace", "debug", "info", "warn", "error", "fatal")


def segments_of(store):
    files = sorted((store.directory / ".pleach").glob("**/*.segment"))
    assert files, list((store.directory / ".pleach").glob("**/*"))
    return [segment.Segment(f.read_bytes()) for f in files]


def value_of(kind, v):
    """As the API's JSON shows it."""
    if kind == segment.JSON:
        return json.loads(v)
    return v.decode() if kind == segment.TEXT else v.hex() if kind == segment.BYTES else v


def row_of(r):
    """As /api/logs shows it, from what the reader found."""
    who = r["resource"]
    level = LEVELS[(r["level"] + 3) // 4]
    return {"id": r["id"], "time_ns": str(r["time"]), "service": who["service"].decode(), "version": who["version"].decode(), "instance": who["instance"].decode(), "level": level or "none",
            "trace_id": (r["trace"] or b"").hex(), "span_id": (r["span"] or b"").hex(), "body": r["body"].decode(),
            "attributes": {name.decode(): value_of(kind, v) for name, kind, v in r["attributes"]}, "resource": {name.decode(): value_of(kind, v) for name, kind, v in who["attributes"]}}


def test_files_and_answers_agree(tmp_path):
    """Every log record and span that the API gives is in the segments, the same in each field, and nothing else is; the filters know all of it."""
    store = Store(tmp_path, tmp_path / "fleet")
    now, traces = time.time_ns(), [os.urandom(16).hex() for _ in range(20)]
    rows = make_rows(now)
    for part in (rows[:700], rows[700:]):
        send_rows(store, part)
        spans = [otlp.span(t, f"{n + 1:016x}", f"{n:016x}" if n else None, name=f"step {n}", kind=1 + n % 5, start=now + n, length=n * 1000, n=n, part=f"p-{n % 2}") for t in traces for n in range(6)]
        assert send(store, "traces", otlp.traces(spans, "steps")).status == 200
        traces = [os.urandom(16).hex() for _ in range(20)]
        assert store.end() == 0
        store.start()
    answers, after = {}, ""
    while True:
        page = call(store.socket, "GET", f"/api/logs?from=0&limit=1000&after={after}").json()
        assert not page["cut"]
        answers.update({row["id"]: row for row in page["rows"]})
        after = page["next"]
        if not after:
            break
    files = segments_of(store)
    assert len(files) >= 2 and len(answers) == len(rows)
    found, spans = {}, []
    for s in files:
        of_file = list(s.rows())
        looked, _ = s.check_filters(of_file)
        assert looked > 1000
        found.update({r["id"]: row_of(r) for r in of_file if r["kind"] == segment.LOG_ROW})
        spans += [r for r in of_file if r["kind"] == segment.SPAN_ROW]
    assert found.keys() == answers.keys()
    for id_, row in found.items():
        for key, v in row.items():
            got = answers[id_].get(key, {} if key == "resource" else None)
            assert got == v, f"{id_}: {key} is {v!r} in the file, {got!r} in the answer"
    assert len(spans) == 2 * 20 * 6
    for r in spans:
        answer = call(store.socket, "GET", f"/api/traces/{r['trace'].hex()}").json()
        [span] = [s for s in answer["spans"] if s["id"] == r["span"].hex()]
        assert (span["name"], span["parent"], span["service"]) == (r["body"].decode(), (r["parent"] or b"").hex(), "steps"), span
        assert span["attributes"] == {name.decode(): value_of(kind, v) for name, kind, v in r["attributes"]}
    assert store.end() == 0
