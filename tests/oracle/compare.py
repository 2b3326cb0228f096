"""compare.py PROGRAM [EVERY]: PROGRAM (sample.c) writes a segment and prints the rows that it was given; the reader of segment.py must find the same rows in
the file, in the order of the document, and the filters must know what is in them (in every EVERY-th)."""

import subprocess
import sys
import tempfile

import segment


met = set()  # what columns do, so that none of it stays untried


def row_of(data):
    """A row as it stands in the log (docs/store-format.md, "Rows")."""
    b = segment.Bytes(data)
    kind, time, level, flags = b.fixed("BqBB")
    r = {"kind": kind, "time": time, "level": level, "flags": flags}
    r["trace"] = b.take(16) if flags & 1 else None
    r["span"] = b.take(8) if flags & 2 else None
    if kind == segment.LOG_ROW:
        r["observed"] = b.one("q") if flags & 4 else None
        r["body"], r["attributes"] = b.text(), segment.attributes(b)
        b.end("a row")
        return r
    parent, r["end"], r["span_kind"], r["span_flags"] = b.fixed("8sqBI")
    r["parent"] = parent if any(parent) else None
    r["body"], r["scope"], r["state"], r["message"] = (b.text() for _ in range(4))
    r["attributes"] = segment.attributes(b)
    r["events"], r["links"] = segment.tail(data[b.at :])
    return r


def in_order(rows):
    """Sorted as the document says."""
    logs = sorted((r for r in rows if r["kind"] == segment.LOG_ROW), key=lambda r: r["position"])
    newest, late = -(1 << 63), 0
    for r in logs:
        newest = max(newest, r["time"])
        late = max(late, newest - r["time"])
    if late > 10 * 10**9:
        logs.sort(key=lambda r: (r["time"], r["position"]))
    spans, begin = [r for r in rows if r["kind"] == segment.SPAN_ROW], {}
    for r in spans:
        begin[r["trace"]] = min(r["time"], begin.get(r["trace"], r["time"]))
    return logs + sorted(spans, key=lambda r: (begin[r["trace"]], r["trace"], r["time"], r["position"]))


def compare(program, seed, *more, every=1):
    with tempfile.TemporaryDirectory() as directory:
        out = subprocess.run([program, directory, str(seed), *more], check=True, capture_output=True, text=True).stdout
        with open(f"{directory}/0000007700.segment", "rb") as f:
            s = segment.Segment(f.read())
    given = []
    for line in out.splitlines():
        position, owner, row = line.split(" ")
        given.append({**row_of(bytes.fromhex(row)), "position": int(position), "resource": segment.resource(bytes.fromhex(owner))})
    found = list(s.rows())
    assert len(given) == len(found) > 1000
    for a, b in zip(in_order(given), found):
        for key, v in a.items():
            got = int(b["id"].split("-")[1]) if key == "position" else b[key]
            # NaN is none of the samples.
            assert got == v, f"row {a['position']} of seed {seed}: {key} is {got!r}, was {v!r}"
    for k in s.blocks:
        for c in s.columns(k).values():
            met.update({("follows", c["follows"]), ("by resource", c.get("by_resource"))})
    bodies = {}
    for k in s.blocks:
        for e in s.columns(k)[segment.BODY]["entries"] if k["kind"] == segment.LOG_ROW else ():
            bodies[e["entry"]] = bodies.get(e["entry"], 0) + e["count"]
    assert s.records_by_entry == [bodies.get(i, 0) for i in range(len(s.dictionary))]
    looked, strangers = s.check_filters(found[::every])
    assert looked > 1000 and strangers < 0.15, (looked, strangers)
    print(f"seed {seed}: {len(found)} rows agree; {looked} tokens and ids are in the filters, {strangers:.1%} of strangers pass")


if __name__ == "__main__":
    for n in range(2):
        compare(sys.argv[1], n, every=int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    compare(sys.argv[1], 2, "5000", "regular")
    assert met == {("follows", 0), ("follows", 1), ("follows", 2), ("by resource", None), ("by resource", False), ("by resource", True)}, met
