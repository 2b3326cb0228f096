"""plain.py PROGRAM DIRECTORY: the corpus of fuzz_segment. Segments written by PROGRAM (sample.c), as they are and rewritten plainly: sections and streams are not
compressed, directories lie in zstd frames of one raw block, so that a fuzzer's changes reach what is inside and the file stays a valid one."""

import pathlib
import struct
import subprocess
import sys
import tempfile

import segment
import xxhash

FIXED = 68  # bytes of the footer before the sections


def frame(data):
    """A zstd frame with one raw block (RFC 8878): single segment, size in 4 bytes."""
    segment.must(len(data) < 1 << 21, "too long for one block")
    return struct.pack("<IBI", 0xFD2FB528, 0xA0, len(data)) + struct.pack("<I", len(data) << 3 | 1)[:3] + data


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def directory(columns, odd, sum_):
    out, streams = struct.pack("<IB", len(columns), odd), b""
    for c in columns.values():
        out += bytes([c["id"]])
        if c["id"] == segment.ATTRIBUTE:
            out += varint(c["key"][0]) + bytes([c["key"][1]])
        out += varint(c["count"])
        if c["id"] in segment.BY_BODY:
            out += bytes([c["follows"]])
        if c["is_text"]:
            out += c["list"]
            if c["id"] == segment.ATTRIBUTE:
                out += bytes([c["by_resource"]])
        for s in c["streams"]:
            out += varint(len(s)) + (varint(0) + struct.pack("<I", sum_(s) & 0xFFFFFFFF) if s else b"")
            streams += s
    return out, streams


def no_lengths(columns):
    """Columns that say of themselves that no entry has variables."""
    for c in columns.values():
        if c["is_text"]:
            c["streams"][2] = b""


def rewrite(data, edit=lambda columns: None):
    s = segment.Segment(data)

    def sum_(part):
        return xxhash.xxh64_intdigest(part, s.number)

    out, index = data[:64], struct.pack("<I", len(s.blocks))
    for k in s.blocks:
        columns = s.columns(k)
        edit(columns)
        raw, streams = directory(columns, k["odd"], sum_)
        stored = frame(raw)
        index += struct.pack("<BQIIIIIIqqII", k["kind"], len(out), len(stored) + len(streams), len(stored), len(raw), sum_(stored) & 0xFFFFFFFF,
                             k["rows"], k["rank"], k["earliest"], k["latest"], k["lowest"], k["highest"])
        index += b"".join(map(varint, k["levels"])) + varint(len(k["resources"]))
        for number, rows in k["resources"].items():
            index += varint(number) + varint(rows)
        out += stored + streams
    places = b""
    for i in range(len(s.sections)):
        part = index if i == 1 else s.section(i).data
        places += struct.pack("<IQQQQ", 0, len(out), len(part), len(part), sum_(part))
        out += part
    at = struct.unpack("<Q", data[-24:-16])[0]
    footer = data[at : at + FIXED] + places
    footer += struct.pack("<Q", sum_(footer))
    return out + footer + struct.pack("<QII", len(out), len(footer), struct.unpack("<I", data[8:12])[0]) + b"PLEACHSE"


def main(program, directory_):
    for seed, (rows, *kind) in enumerate([(1,), (10,), (40,), (120,), (150, "regular")]):
        with tempfile.TemporaryDirectory() as tmp:
            subprocess.run([program, tmp, str(seed), str(rows), *kind], check=True, capture_output=True)
            data = pathlib.Path(tmp, "0000007700.segment").read_bytes()
        plain = rewrite(data)
        assert list(segment.Segment(plain).rows()) == list(segment.Segment(data).rows())
        pathlib.Path(directory_, f"{rows}.segment").write_bytes(data)
        pathlib.Path(directory_, f"{rows}-plain.segment").write_bytes(plain)
        if rows == 40:
            pathlib.Path(directory_, "no-lengths.segment").write_bytes(rewrite(data, no_lengths))
        print(rows, len(data), len(plain))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
