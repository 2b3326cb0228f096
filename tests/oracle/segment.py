"""A reader of segment files that shares nothing with the program: written from docs/store-format.md alone, simple and slow. What it reads and what
the store answers must be the same rows; that proves the document as well as the code.

    segment.py FILE…        prints the rows as JSON lines, after checking every checksum and that the filters know all that is in the rows"""

import functools
import itertools
import json
import re
import struct
import sys

import xxhash
import zstandard

PAGE, PIECE, VAR, ANY = 4096, 4096, b"\x11", 0xFFFFFFFF
UNITS = (1, 1000, 1000000, 1000000000)
EMPTY, TEXT, BOOL, INT, DOUBLE, BYTES, JSON = range(7)
POSITION, TIME, RESOURCE, LEVEL, FLAGS, SHAPE, BODY, TRACE, SPAN, OBSERVED, PARENT, DURATION, KIND, SPAN_FLAGS, SCOPE, STATE, MESSAGE, TAIL, REST, ATTRIBUTE = range(20)
TEXTS, IDS, BY_BODY = {BODY, SCOPE, STATE, MESSAGE, TAIL, REST}, {TRACE, SPAN, PARENT}, {RESOURCE, LEVEL, SHAPE}
LOG_ROW, SPAN_ROW = 1, 2


class Damaged(Exception):
    """The file is not what the document says."""


def must(fact, what):
    if not fact:
        raise Damaged(what)


def signed(n):
    n &= (1 << 64) - 1
    return n - (1 << 64) if n >> 63 else n


class Bytes:
    """A place in bytes that are read from front to end."""

    def __init__(self, data):
        self.data, self.at = bytes(data), 0

    def take(self, n):
        must(n <= len(self.data) - self.at, "bytes end too early")
        self.at += n
        return self.data[self.at - n : self.at]

    def fixed(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))

    def one(self, form):
        return self.fixed(form)[0]

    def varint(self):
        n = shift = 0
        while True:
            byte = self.one("B")
            n |= (byte & 127) << shift
            shift += 7
            must(shift <= 70, "a varint is too long")
            if byte < 128:
                return n

    def svarint(self):
        n = self.varint()
        return n >> 1 if n & 1 == 0 else -(n + 1 >> 1)

    def text(self):
        return self.take(self.varint())

    def end(self, what):
        must(self.at == len(self.data), f"{what}: {len(self.data) - self.at} bytes are left over")


# --- numbers ---


def offsets(numbers, bits, count):
    width = numbers.one("B")
    if width & 128:
        planes = [numbers.take(count) for _ in range(width & 127)]
        return [sum(plane[i] << 8 * k for k, plane in enumerate(planes)) for i in range(count)]
    must(width <= 64, "offsets are too wide")
    whole = int.from_bytes(bits.take((count * width + 7) // 8), "little")
    out, mask = [], (1 << width) - 1
    for _ in range(count):
        out.append(whole & mask)
        whole >>= width
    return out


def mixed(numbers, bits, count):
    fine = piece(numbers, bits, count)
    must(all(0 <= f <= 3 for f in fine), "a fineness is unknown")
    return joined(fine, lambda n: piece(numbers, bits, n) if n else [])


def joined(fine, take):
    """Times from what take(n) gives of each fineness."""
    parts = []
    for members in ((0,), (1, 2, 3), (2,), (3,)):
        parts.append(iter(take(sum(f in members for f in fine))))
    out = [None] * len(fine)
    for i, f in enumerate(fine):
        if f == 0:
            out[i] = next(parts[0]) * 10**9
            continue
        out[i] = next(parts[1]) * 10**6
        if f == 2:
            out[i] += next(parts[2]) * 1000
        if f == 3:
            out[i] += next(parts[3])
    return [signed(v) for v in out]


def piece(numbers, bits, count):
    head = numbers.one("B")
    mode, unit = head & 3, UNITS[head >> 2 & 3]
    must(head < 16, "a piece of numbers is of an unknown kind")
    if mode == 0:
        smallest = numbers.svarint()
        return [signed(smallest + o * unit) for o in offsets(numbers, bits, count)]
    if mode == 1:
        out, step = [numbers.svarint()], numbers.svarint()
        for o in offsets(numbers, bits, count - 1):
            out.append(signed(out[-1] + step + o * unit))
        return out
    if mode == 2:
        known = piece(numbers, bits, numbers.varint())
        return [known[i] for i in offsets(numbers, bits, count)]
    return mixed(numbers, bits, count)


def unpack(numbers, bits, count):
    out = []
    while len(out) < count:
        out += piece(numbers, bits, min(PIECE, count - len(out)))
    return out


def times(numbers, bits, body):
    """Times of mixed fineness that follows the body's entry."""
    numbers.one("B")
    usual = unpack(numbers, bits, len(body["entries"]))
    fine = [usual[code] for code in body["codes"]]
    exceptions = numbers.varint()
    for row, f in list(zip(*(unpack(numbers, bits, exceptions) for _ in range(2)))):
        fine[row] = f
    must(all(0 <= f <= 3 for f in fine), "a fineness is unknown")
    return joined(fine, lambda n: unpack(numbers, bits, n))


# --- texts ---


def slot(text, numbers, bits, n):
    kind, before, after = text.one("B"), b"", b""
    if kind & 8:
        kind -= 8
        must(kind not in (0, 2), "a frame where there is none")
        before, after = text.text(), text.text()
        must(not before[-1:].isdigit() and not after[:1].isdigit(), "a frame ends amid digits")
    if kind == 0:
        return [text.text()] * n
    if kind == 2:
        width = text.one("B")
        return [bits.take(width).hex().encode() for _ in range(n)]
    if kind == 1:
        digits = text.one("B")
        inner = [b"%0*d" % (digits, v) for v in unpack(numbers, bits, n)]
    elif kind == 3:
        known = [text.text() for _ in range(text.varint())]
        inner = [known[i] for i in numbers.take(n)]
    else:
        must(kind == 4, "a slot is of an unknown kind")
        together = Bytes(text.text())
        inner = [together.take(length) for length in unpack(numbers, bits, n)]
        together.end("the values of a slot")
    return [before + v + after for v in inner]


def entries_of(directory, packed):
    n = directory.varint()
    if packed:
        steps, counts = unpack(directory, directory, n), unpack(directory, directory, n)
        pairs = zip((s % 65536 for s in itertools.accumulate(steps)), counts)
    else:
        pairs = [(directory.varint(), directory.varint()) for _ in range(n)]
    return [{"code": i, "entry": entry, "count": count} for i, (entry, count) in enumerate(pairs)]


def codes_of(column, resources):
    low, high = column["streams"][:2]
    n = column["count"]
    if column["by_resource"]:
        must(not high and n == len(resources), "not every row has a value")
        low = Bytes(low)
        by_resource = unpack(low, low, max(resources) + 1)
        low.end("codes by resource")
        return [by_resource[r] for r in resources]
    must(len(low) == (n if column["width"] else 0) and len(high) == (n if column["width"] == 2 else 0), "codes are missing")
    return [(low[i] if column["width"] else 0) | (high[i] << 8 if column["width"] == 2 else 0) for i in range(n)]


def texts_of(column, dictionary, resources):
    """The values of a text column. resources: by row, which only an attribute's codes may follow."""
    lengths, text, numbers, bits = column["streams"][2:]
    entries = column["entries"]
    column["codes"] = codes = codes_of(column, resources)
    with_variables = [e for e in entries if VAR in dictionary[e["entry"]]]
    index = Bytes(lengths)
    parts = [unpack(index, index, len(entries) if with_variables else 0) for _ in range(3)]
    index.end("lengths")
    streams = [Bytes(text), Bytes(numbers), Bytes(bits)]
    for e in with_variables:
        own = [Bytes(s.take(part[e["code"]])) for s, part in zip(streams, parts)]
        slots = [slot(*own, e["count"]) for _ in range(dictionary[e["entry"]].count(VAR))]
        for s in own:
            s.end("slots")
        e["values"] = zip(*slots)
    for s in streams:
        s.end("a stream of slots")
    out = []
    for code in codes:
        e = entries[code]
        pieces = dictionary[e["entry"]].split(VAR)
        variables = next(e["values"]) if len(pieces) > 1 else ()
        out.append(pieces[0] + b"".join(v + p for v, p in zip(variables, pieces[1:])))
    for e in entries:
        must(codes.count(e["code"]) == e["count"] or len(entries) == 1, "an entry's count is wrong")
    return out


# --- rows ---


def value(b, kind):
    if kind == EMPTY:
        return None
    if kind == BOOL:
        return bool(b.one("B"))
    if kind == INT:
        return b.svarint()
    return b.one("d") if kind == DOUBLE else b.text()


def attributes(b):
    out = []
    for _ in range(b.varint()):
        name, kind = b.text(), b.one("B")
        out.append((name, kind, value(b, kind)))
    return out


def resource(data):
    b = Bytes(data)
    out = {"service": b.text(), "version": b.text(), "instance": b.text(), "attributes": attributes(b)}
    b.end("a resource")
    return out


def tail(data):
    b = Bytes(data)
    events = [{"time": b.one("q"), "name": b.text(), "attributes": attributes(b)} for _ in range(b.varint())]
    links = [{"trace": b.take(16), "span": b.take(8), "state": b.text(), "attributes": attributes(b)} for _ in range(b.varint())]
    b.end("a tail")
    return events, links


def typed(kind, v):
    """A value of an attribute's column of numbers."""
    if kind == EMPTY:
        return None
    if kind == BOOL:
        return bool(v)
    return struct.unpack("<d", struct.pack("<q", v))[0] if kind == DOUBLE else v


# --- the file ---


class Segment:
    def __init__(self, data):
        self.data = data
        must(data[:8] == b"PLEACHSG" and data[-8:] == b"PLEACHSE", "it does not begin and end as a segment")
        self.version, _, self.number, self.created = struct.unpack("<IIQq", data[8:32])
        must(self.version in (2, 3), f"it has version {self.version}")
        must(not any(data[32:56]), "the header's zeros are none")
        self.check64(data[:56], struct.unpack("<Q", data[56:64])[0], "the header")
        offset, length, version = struct.unpack("<QII", data[-24:-8])
        must(version == self.version and offset + length + 24 == len(data), "the trailer is wrong")
        self.footer(Bytes(data[offset : offset + length]))
        self.resources = self.list_of(0, lambda b: resource(b.text()))
        self.names = self.list_of(2, Bytes.text)
        self.shapes = self.list_of(3, lambda b: [(b.varint(), b.one("B")) for _ in range(b.varint())])
        self.read_dictionary()
        self.blocks = self.read_blocks()

    def check64(self, data, sum_, what):
        must(xxhash.xxh64_intdigest(data, self.number) == sum_, f"the checksum of {what} is wrong")

    def footer(self, b):
        number, self.positions, self.records, self.spans, blocks, self.earliest, self.latest, created, log, _, sections = b.fixed("QIIIIqqqQqI")
        must(number == self.number == log and created == self.created and sections == 11, "the footer is of another file")
        self.sections = [b.fixed("IQQQQ") for _ in range(sections)]
        self.check64(b.data[: b.at], b.one("Q"), "the footer")
        b.end("the footer")
        self.block_count = blocks

    def section(self, i):
        codec, offset, stored, raw, sum_ = self.sections[i]
        data = self.data[offset : offset + stored]
        self.check64(data, sum_, f"section {i}")
        data = zstandard.ZstdDecompressor().decompress(data, max_output_size=raw) if codec and raw else data
        must(len(data) == raw, f"section {i} has another length")
        return Bytes(data)

    def list_of(self, i, item):
        b = self.section(i)
        out = [item(b) for _ in range(b.varint())]
        b.end(f"section {i}")
        return out

    def read_dictionary(self):
        b = self.section(4)
        n = b.varint()
        lengths = unpack(b, b, n)
        self.records_by_entry = unpack(b, b, n)
        self.dictionary = [b.take(length) for length in lengths]
        b.end("the dictionary")
        must(self.dictionary[0] == VAR, "entry 0 is not the variable")

    def read_blocks(self):
        b, out, rank = self.section(1), [], 0
        for number in range(b.one("I")):
            keys = ("offset", "stored", "directory", "raw", "sum", "rows", "rank", "earliest", "latest", "lowest", "highest")
            k = {"kind": b.one("B"), "told_odd": b.one("B") if self.version > 2 else None}
            k |= dict(zip(keys, b.fixed("QIIIIIIqqII")), number=number)
            k["levels"] = [b.varint() for _ in range(7)]
            k["resources"] = dict((b.varint(), b.varint()) for _ in range(b.varint()))
            must(k["rank"] == rank and sum(k["levels"]) == k["rows"], "the index of blocks is wrong")
            rank += k["rows"]
            out.append(k)
        b.end("the index of blocks")
        must(len(out) == self.block_count, "the footer counts other blocks")
        return out

    # --- a block ---

    def stored(self, offset, raw, stored, sum_, compressed):
        data = self.data[offset : offset + stored]
        must(xxhash.xxh64_intdigest(data, self.number) & 0xFFFFFFFF == sum_, "the checksum of a stream is wrong")
        data = zstandard.ZstdDecompressor().decompress(data, max_output_size=raw) if compressed else data
        must(len(data) == raw, "a stream has another length")
        return data

    def columns(self, k):
        """The block's columns as they are stored: by number, those of attributes by name and type."""
        d = Bytes(self.stored(k["offset"], k["raw"], k["directory"], k["sum"], True))
        at, out = k["offset"] + k["directory"], {}
        columns, k["odd"] = d.fixed("IB")
        must(k["told_odd"] in (None, k["odd"]), "the index says otherwise which rows are odd")
        for _ in range(columns):
            c = {"id": d.one("B")}
            c["key"] = (d.varint(), d.one("B")) if c["id"] == ATTRIBUTE else c["id"]
            c["count"] = d.varint()
            c["follows"] = d.one("B") if c["id"] in BY_BODY else 0
            must(c["follows"] <= 2, "a column follows in an unknown way")
            c["is_text"] = c["id"] in TEXTS or (c["id"] == ATTRIBUTE and c["key"][1] in (TEXT, BYTES, JSON))
            if c["is_text"]:
                start, c["width"] = d.at, d.one("B")
                c["entries"] = entries_of(d, c["width"] & 4)
                c["list"] = d.data[start : d.at]
                c["width"] &= ~4
                c["by_resource"] = c["id"] == ATTRIBUTE and d.one("B") == 1
            c["streams"] = []
            for _ in range(6 if c["is_text"] else 2):
                raw = d.varint()
                data = b""
                if raw:
                    stored, sum_ = d.varint(), d.one("I")
                    data = self.stored(at, raw, stored or raw, sum_, stored != 0)
                    at += stored or raw
                c["streams"].append(data)
            must(c["key"] not in out, "a column is there twice")
            out[c["key"]] = c
        d.end("a directory")
        must(at == k["offset"] + k["stored"], "a block's streams are not all of it")
        return out

    def numbers_of(self, c, body):
        numbers, bits = map(Bytes, c["streams"])
        if c["id"] in IDS:
            return unpack(numbers, numbers, c["count"])
        if c["id"] == TIME and numbers.data[0] == 16:
            out = times(numbers, bits, body)
        elif not c["follows"]:
            out = unpack(numbers, bits, c["count"])
        elif c["follows"] == 2:
            least = unpack(numbers, bits, len(body["entries"]))
            out = [signed(v + least[code]) for v, code in zip(unpack(numbers, bits, c["count"]), body["codes"])]
        else:
            usual = unpack(numbers, bits, len(body["entries"]))
            out = [usual[code] for code in body["codes"]]
            n = numbers.varint()
            rows = unpack(numbers, bits, n)
            for row, v in zip(rows, unpack(numbers, bits, n)):
                out[row] = v
        numbers.end("numbers")
        bits.end("bits")
        return out

    def ids_of(self, c, k):
        """An iterator over the values of a column of ids."""
        bits = Bytes(c["streams"][1])
        if c["id"] == SPAN:
            return iter([bits.take(8) for _ in range(c["count"])])
        numbers = self.numbers_of(c, None)
        if c["id"] == TRACE:
            return iter([i for run in numbers for i in [bits.take(16)] * run])
        return iter([(n, bits.take(8) if n == 1 else None) for n in numbers])

    def block_rows(self, k):
        columns = self.columns(k)
        body = columns[BODY]
        values = {BODY: iter(texts_of(body, self.dictionary, None))}
        resources = self.numbers_of(columns[RESOURCE], body)
        for key, c in columns.items():
            if c["is_text"]:
                values[key] = values[key] if key == BODY else iter(texts_of(c, self.dictionary, resources))
            else:
                values[key] = self.ids_of(c, k) if c["id"] in IDS else iter(self.numbers_of(c, body))
        spans = [b for b in self.ids_of(columns[SPAN], k)] if k["kind"] == SPAN_ROW else []
        for i in range(k["rows"]):
            r = self.row(k, i, lambda key: next(values[key]), spans)
            must(k["odd"] or (r["shape"] and len({a[:2] for a in r["attributes"]}) == len(r["attributes"])), "a block that is not odd has an odd row")
            yield r
        for key, left in values.items():
            must(next(left, self) is self, f"column {key} has more values than rows")
        must(not [c for c in columns.values() if c["is_text"] and any(next(e.get("values", iter(())), self) is not self for e in c["entries"])], "variables are left")

    def row(self, k, i, take, spans):
        position, time, owner, level, flags, shape = (take(c) for c in (POSITION, TIME, RESOURCE, LEVEL, FLAGS, SHAPE))
        r = {"id": f"s{self.number}-{position}", "block": k["number"], "kind": k["kind"], "time": time, "level": level, "flags": flags, "shape": shape, "resource": self.resources[owner], "body": take(BODY)}
        must(k["lowest"] <= position <= k["highest"] and k["earliest"] <= time <= k["latest"], "a block's bounds are wrong")
        r["trace"] = take(TRACE) if flags & 1 else None
        r["span"] = take(SPAN) if flags & 2 else None
        if k["kind"] == LOG_ROW:
            r["observed"] = take(OBSERVED) if flags & 4 else None
        else:
            code, given = take(PARENT)
            r["parent"] = given if code == 1 else None if code == 0 else spans[i - self.unzigzag(code - 2)]
            r["end"] = signed(time + take(DURATION))
            r["span_kind"], r["span_flags"] = take(KIND), take(SPAN_FLAGS)
            r["scope"], r["state"], r["message"] = take(SCOPE), take(STATE), take(MESSAGE)
            r["events"], r["links"] = tail(take(TAIL))
        if shape == 0:
            rest = Bytes(take(REST))
            r["attributes"] = attributes(rest)
            rest.end("the rest")
        else:
            r["attributes"] = []
            for name, kind in self.shapes[shape]:
                v = take((name, kind))
                r["attributes"].append((self.names[name], kind, v if kind in (TEXT, BYTES, JSON) else typed(kind, v)))
        return r

    @staticmethod
    def unzigzag(n):
        return n >> 1 if n & 1 == 0 else -(n + 1 >> 1)

    def rows(self):
        count = 0
        for k in self.blocks:
            for r in self.block_rows(k):
                count += 1
                yield r
        must(count == self.records + self.spans, "rows are missing")

    # --- filters ---

    def filter(self, i):
        pages = self.section(i).data
        must(len(pages) % PAGE == 0, "a filter is no whole number of pages")
        pages = [pages[at : at + PAGE] for at in range(0, len(pages), PAGE)]
        for page in pages:
            self.check64(page[:-8], struct.unpack("<Q", page[-8:])[0], "a filter's page")
        probes = 4 if i == 5 else 7

        def bits_at(page, at):
            """64 of them."""
            return int.from_bytes(page[at // 8 : at // 8 + 9], "little") >> at % 8

        @functools.lru_cache(maxsize=None)  # rows have much in common
        def code_of(h, page):
            width, seed = page[4080], page[4081]
            must(8 <= width <= 16 and page[4082] < 2 and not any(page[4083:4088]), "a filter's page is of an unknown form")
            rows = 32640 // width
            x = (h ^ (seed + 1) * 0x9E3779B97F4A7C15 % 2**64) * 0xFF51AFD7ED558CCD % 2**64
            y = x ^ x >> 29
            z = y * 0xC4CEB9FE1A85EC53 % 2**64
            row, coefficients = (y % 2**32) * (rows - 63) >> 32, (z ^ z >> 32) | 1
            return sum(((bits_at(page, k * rows + row) & coefficients).bit_count() & 1) << k for k in range(width))

        def holds(h, block, everywhere=False):
            """everywhere: whether it is entered for all blocks at once."""
            h = h or 1
            if not pages:
                return False
            number = (h >> 32) * len(pages) >> 32
            page = pages[number]
            if self.version > 2:
                shift = 0
                while self.block_count - 1 >> shift >= 1024:
                    shift += 1
                every = (self.block_count - 1 >> shift) + 1
                return code_of(h, page) in ((every,) if everywhere else (block >> shift, every))
            for b in (block, ANY):
                x = (h ^ ((b + 1) % 2**32 * 0x9E3779B97F4A7C15) % 2**64) * 0xFF51AFD7ED558CCD % 2**64
                y = x ^ x >> 29
                bits = [(y + k * (y >> 32 | 1)) % 2**32 % 32704 for k in range(probes)]
                if all(page[bit // 8] >> bit % 8 & 1 for bit in bits):
                    return True
            return False

        return holds

    def check_filters(self, rows):
        """Every token and id of the rows is in the filters. Returns how many were looked for, and the share of strangers that are let through."""
        tokens, ids, looked, strange = self.filter(5), self.filter(6), 0, 0
        if self.section(5).data[4082:4083] == b"\x01":
            for entry in self.dictionary[::16]:
                for token in TOKEN.findall(entry):
                    if len(token) >= 5 or not token.isdigit():
                        must(tokens(token_hash(token), 0, everywhere=True), f"the token {token} of an entry is not in the filter for all blocks")
                        looked += 1
        for r in rows:
            for text in filtered_texts(r):
                for token in TOKEN.findall(text):
                    if len(token) >= 5 or not token.isdigit():
                        must(tokens(token_hash(token), r["block"]), f"the token {token} of {r['id']} is not in the filter")
                        looked += 1
                for id_ in ids_in(text):
                    must(ids(xxhash.xxh64_intdigest(id_), r["block"]), f"the id {id_.hex()} of {r['id']} is not in the filter")
                    looked += 1
            if r["trace"]:
                must(ids(xxhash.xxh64_intdigest(r["trace"]), r["block"]), f"the trace of {r['id']} is not in the filter")
        strangers = [(n, k["number"]) for k in self.blocks for n in range(2000)]
        for n, block in strangers:
            strange += tokens(token_hash(b"stranger%d" % n), block)
        return looked, strange / max(1, len(strangers))


TOKEN = re.compile(rb"[0-9A-Za-z_\x80-\xff]+")
ID = re.compile(rb"(?<![0-9A-Za-z_\x80-\xff])(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?![0-9A-Za-z_\x80-\xff])")


@functools.lru_cache(maxsize=None)
def token_hash(token):
    return xxhash.xxh3_64_intdigest(bytes(c + 32 if 65 <= c <= 90 else c for c in token[:128]))


def ids_in(text):
    return [bytes.fromhex(m.replace(b"-", b"").decode()) for m in ID.findall(text)]


def number_text(v):
    return [b"%d" % abs(v)] if v == v and abs(v) <= 1e15 and v == int(v) else []


def value_texts(kind, v):
    if kind in (TEXT, JSON):
        return [v]
    if kind == BYTES:
        return [v.hex().encode()]
    if kind == BOOL:
        return [b"true" if v else b"false"]
    if kind == DOUBLE:
        return number_text(v)
    return [b"%d" % v] if kind == INT else []


def filtered_texts(r):
    out = [r["body"], *(r.get(k) or b"" for k in ("scope", "state", "message"))]
    for _, kind, v in r["attributes"] + r["resource"]["attributes"]:
        out += value_texts(kind, v)
    out += [r["resource"][k] for k in ("service", "version", "instance")]
    return out + ([r["span"].hex().encode()] if r["span"] else [])


def plain(v):
    """For JSON: text where bytes are UTF-8, hex digits where they are not."""
    if isinstance(v, bytes):
        try:
            return v.decode()
        except UnicodeDecodeError:
            return v.hex()
    if isinstance(v, dict):
        return {k: v[k].hex() if k in ("trace", "span", "parent") and v[k] else plain(v[k]) for k in v}
    return [plain(x) for x in v] if isinstance(v, (list, tuple)) else v


def main(files):
    for name in files:
        with open(name, "rb") as f:
            s = Segment(f.read())
        rows = list(s.rows())
        looked, strangers = s.check_filters(rows)
        for r in rows:
            print(json.dumps(plain(r), ensure_ascii=False))
        print(f"{name}: {len(rows)} rows in {len(s.blocks)} blocks; the filters know all {looked} tokens and ids, and let {strangers:.1%} of strangers through", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
