"""A second opinion on queries: reads the language of docs/query.md and evaluates it by a plain scan over rows in memory. Written from that page
and not from the store's code, as simply as possible, for tests/flow/test_query.py; slow by design.

A row is a dict: time (ns), severity, body, service, version, instance, trace, span (hex or ""), attributes, resource (dicts of Python values)."""

import collections
import math
import re

from reader import Reader
from values import duration, field, number_of, text_of


def sort_key(value):
    """Numbers (and text that is one) before other text, what is missing last."""
    if value is None:
        return (2, 0, b"")
    n = number_of(value)
    return (0, n, b"") if n is not None else (1, 0, text_of(value).encode())


class Descending:
    def __init__(self, key):
        self.key = key

    def __eq__(self, other):
        return self.key == other.key

    def __lt__(self, other):
        return other.key < self.key


def ordered(rows, keys):
    """keys: (name, descending). Ties: records newest first, lines by their cells from the left."""
    def key(row):
        out = []
        for name, descending in keys:
            value = field(row, name)
            k = sort_key(value)
            out.append((value is None, Descending(k) if descending else k))
        tie = [(sort_key(v),) for v in row["made"].values()] if row.get("line") else [(-row["time"],), (-row["number"],)]
        return out + tie
    return sorted(rows, key=key)


def template(message):
    message = re.sub(r"(?<![A-Za-z0-9_\x80-\U0010ffff])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![A-Za-z0-9_\x80-\U0010ffff])", "0-0-0-0-0", message)
    return re.sub(r"[A-Za-z0-9_\x80-\U0010ffff]+", lambda m: "<*>" if re.search(r"[0-9]", m.group()) else m.group(), message)


def extract(pieces, text):
    """pieces: text, or (name, is_number)."""
    def fits(at):
        got = {}
        for i, piece in enumerate(pieces):
            if isinstance(piece, str):
                if not text.startswith(piece, at):
                    return None
                at += len(piece)
                continue
            name, number = piece
            if number:
                m = re.compile(r"-?[0-9]+(\.[0-9]+)?").match(text, at)
                if not m:
                    return None
                end, value = m.end(), float(m.group()) if "." in m.group() else int(m.group())
            else:
                end = text.find(pieces[i + 1], at) if i + 1 < len(pieces) else len(text)
                if end < 0:
                    return None
                value = text[at:end]
            if name != "_":
                got[name] = value
            at = end
        return got
    starts = [0] if not isinstance(pieces[0], str) and not pieces[0][1] else range(len(text))
    return next((got for got in (fits(at) for at in starts) if got is not None), {})


def split_list(text):
    parts, depth, quote = [""], 0, False
    for c in text:
        quote ^= c == '"'
        depth += (c == "(") - (c == ")") if not quote else 0
        if c == "," and depth == 0 and not quote:
            parts.append("")
        else:
            parts[-1] += c
    return [p.strip() for p in parts]


def unquote(name):
    return name[1:-1] if name[:1] in '"`' and len(name) > 1 else name


def oracle_is_name(text):
    return not re.fullmatch(r"[0-9.]+", text)


def aggregate(function, argument, rows, seconds):
    if function == "count" and not argument:
        return len(rows)
    if function == "rate":
        return len(rows) / seconds
    values = [v for v in (field(r, argument) for r in rows) if v is not None]
    if function == "count":
        return len(values)
    if function == "distinct":
        return len({text_of(v) for v in values})
    numbers = [n for n in (number_of(v) for v in values) if n is not None]
    if function == "sum":
        return math.fsum(numbers)
    if not numbers:
        return None
    if function.startswith("p"):
        numbers.sort()
        q = float(function[1:]) / 100
        # Any value between the neighbours of the rank, and 1.1 % around, is right: checked as a range.
        i = q * len(numbers)
        return (numbers[max(0, min(len(numbers) - 1, math.ceil(i) - 2))], numbers[min(len(numbers) - 1, math.floor(i) + 1)])
    if function == "avg":
        return math.fsum(numbers) / len(numbers)
    whole = [int(v) for v in values if isinstance(v, int) or (isinstance(v, str) and re.fullmatch(r"-?[0-9]+", v))]
    numbers = whole if len(whole) == len(numbers) else numbers
    return min(numbers) if function == "min" else max(numbers)


class Search:
    """rows: newest first. The result: kind, columns, rows (records, or lists of cells)."""

    def __init__(self, text, rows, start, end, limit=100, order="desc"):
        self.text, self.given, self.start, self.end, self.limit = text, rows, start, end, limit
        self.order = order

    def stages(self, text):
        """Splits at the pipes that stand outside quotes and regexes, behind the first stage."""
        reader = Reader(text)
        reader.blanks()
        test = (lambda row: True) if reader.end() else reader.either()
        reader.blanks()
        pieces = re.findall(r'\|((?:"(?:\\.|[^"\\])*"|`[^`]*`|(?<=[\s:])/(?:\\.|[^/\\\n])+/i?(?=[\s)|]|$)|\|[=~|]|[^|"`])*)', reader.rest())
        return reader, test, [p.strip() for p in pieces]

    def run(self):
        reader, test, stages = self.stages(self.text)
        start = self.end - reader.last if reader.last else self.start
        if stages and any(s.startswith("compare") for s in stages):
            return self.compare(test, stages, start)
        rows = [r for r in self.given if start <= r["time"] <= self.end and test(r)]
        return self.pipe(rows, stages, start)

    def pipe(self, rows, stages, start):
        self.columns, self.kind, self.sorted, self.order_by = None, "rows", False, None
        for i, stage in enumerate(stages):
            word, _, rest = stage.partition(" ")
            before = stages[i - 1].split()[0] if i else ""
            rows = self.stage(rows, word, rest.strip(), start, stages, i, before)
        if self.columns is None:
            return self.kind, None, rows[: self.limit] if not self.sorted else rows
        if not self.sorted:
            rows = ordered(rows, self.order_by)
        return self.kind, self.columns, [[r["made"].get(c) for c in self.columns] for r in rows]

    def stage(self, rows, word, rest, start, stages, i, before):
        if word in ("where", "filter") or re.match(r"[\w.\"]+\s*(=~|!~|!=|>=|<=|=|>|<|:)", word + " " + rest):
            text = rest if word in ("where", "filter") else word + " " + rest
            test = Reader(text).either()
            return [r for r in rows if test(r)]
        if word in ("json", "logfmt"):
            return rows
        if word in ("parse", "regexp", "pattern"):
            return self.parse(rows, rest, word == "regexp")
        if word == "limit" or word == "head":
            if not self.sorted and self.columns is not None:
                rows = ordered(rows, self.order_by)
            self.sorted = True
            return rows[: int(rest)]
        if word == "sort" or word == "order":
            keys = []
            for part in split_list(re.sub(r"^by\s+", "", rest)):
                m = re.fullmatch(r"(-?)\s*(\S+|\".*\")(\s+(desc|asc))?", part)
                keys.append((unquote(m.group(2)), bool(m.group(1)) or m.group(4) == "desc"))
            rows = ordered(rows, keys)
            self.sorted = True
            following = stages[i + 1].split()[0] if i + 1 < len(stages) else ""
            return rows if self.columns is not None or following in ("limit", "head") else rows[: self.limit]
        if word == "stats":
            return self.stats(rows, rest, start)
        if word == "top":
            m = re.fullmatch(r"(\d+)?\s*(?:by\b)?\s*\(?(.*?)\)?", rest)
            keys = [unquote(k) for k in split_list(m.group(2))]
            rows = self.stats(rows, "count() by " + m.group(2), start)
            self.kind, self.sorted = "table", True
            return ordered(rows, [("count", True)])[: int(m.group(1) or 10)]
        if word == "patterns":
            groups = collections.defaultdict(list)
            for r in rows:
                groups[template(r["body"])].append(r)
            self.columns, self.kind, self.order_by, self.sorted = ["pattern", "count", "example"], "patterns", [("count", True)], False
            return [{"line": True, "made": {"pattern": t, "count": len(g), "example": max(g, key=lambda r: (r["time"], r["number"]))["body"]}} for t, g in groups.items()]
        if word == "fields":
            names = [unquote(n) for n in split_list(rest)]
            following = stages[i + 1].split() if i + 1 < len(stages) else [""]
            counted = any(s.startswith(("stats", "top")) for s in stages[i + 1:])
            if self.columns is None and not self.sorted and not counted:
                rows = rows[: int(following[1]) if following[0] == "limit" else self.limit]
            elif self.columns is not None and not self.sorted:
                rows = ordered(rows, self.order_by)
            self.columns, self.kind, self.sorted = names, "table", True
            return [{"line": True, "made": {n: field(r, n) for n in names}} for r in rows]
        if word == "context":
            return self.context(rows, int(rest or 5))
        raise AssertionError(f"no such stage: {word}")

    def parse(self, rows, rest, regexp):
        source = "body"
        m = re.match(r"([A-Za-z_][\w.]*)\s+(.*)", rest, re.S)
        if m:
            source, rest = m.groups()
        if rest[0] == "/":
            found = re.compile(re.match(r"/((?:\\.|[^/\\])+)/", rest).group(1).replace("(?<", "(?P<"))
            get = lambda text: {k: v for k, v in (found.search(text) or re.match("", "")).groupdict().items() if v is not None}
        else:
            reader = Reader(rest)
            pattern = reader.quoted()
            m = re.match(r"\s*from\s+(\S+)", reader.rest())
            source = m.group(1) if m else source
            if regexp:
                found = re.compile(pattern.replace("(?<", "(?P<"))
                get = lambda text: {k: v for k, v in (found.search(text) or re.match("", "")).groupdict().items() if v is not None}
                return [{**r, "made": {**r.get("made", {}), **(get(text_of(field(r, source))) if field(r, source) is not None else {})}} for r in rows]
            pieces = [(p[0], p[1] != "") if p[0] else p[2] for p in re.findall(r"<([A-Za-z_][\w]*)(:num)?>|((?:[^<]|<(?![A-Za-z_]\w*(?::num)?>))+)", pattern)]
            get = lambda text: extract(pieces, text)
        out = []
        for r in rows:
            value = field(r, source)
            got = get(text_of(value)) if value is not None else {}
            out.append({**r, "made": {**r.get("made", {}), **got}})
        return out

    def stats(self, rows, rest, start):
        if rest.startswith("by "):
            keys, functions = re.fullmatch(r"by\s+\((.*?)\)\s*(.*)", rest).groups()
            rest = f"{functions} by {keys}"
        m = re.match(r"(.*?)(?:\s+by\s+\(?(.*?)\)?)?$", rest.strip(), re.S)
        functions, keys = [], []
        for part in split_list(m.group(1)):
            f, argument, name = re.fullmatch(r"([a-z0-9_.]+)\s*(?:\((.*?)\))?(?:\s+as\s+(.*))?", part).groups()
            column = unquote(name) if name else part if argument else f
            if f in ("percentile", "quantile", "median"):
                args = split_list(argument)
                args = args if f == "median" or oracle_is_name(args[0]) else args[::-1]
                q = 50 if f == "median" else float(args[1])
                q = q * 100 if f == "quantile" else q
                argument, f = args[0], f"p{q:g}"
                column = unquote(name) if name else f"{f}({argument})"
            functions.append(({"mean": "avg", "uniq": "distinct", "dc": "distinct", "count_distinct": "distinct"}.get(f, f), unquote(argument or ""), column))
        seconds = (self.end - start) / 1e9
        for part in split_list(m.group(2).strip("() ") + (")" if m.group(2).count("(") > m.group(2).strip("() ").count(")") else "") if m.group(2) else ""):
            b = re.fullmatch(r"bucket\((\w+)\)?", part)
            if b:
                step = duration(b.group(1))
                keys.append(("time", step))
                seconds = step / 1e9
            elif part:
                keys.append((unquote(part), 0))
        groups = {}
        if not keys:
            groups[()] = []
        for r in rows:
            values = [field(r, k) for k, step in keys]
            values = [v // step * step if step else v for v, (k, step) in zip(values, keys)]
            groups.setdefault(tuple(None if v is None else text_of(v) for v in values), []).append((values, r))
        lines = []
        for members in groups.values():
            made = dict(zip([k for k, _ in keys], members[0][0] if members else []))
            for f, argument, column in functions:
                made[column] = aggregate(f, argument, [r for _, r in members], seconds)
            lines.append({"line": True, "made": made})
        self.columns = [k for k, _ in keys] + [c for _, _, c in functions]
        self.kind = "buckets" if any(step for _, step in keys) else "table"
        self.sorted, self.order_by = False, [(k, False) for k, _ in keys]
        self.key_count, self.times = len(keys), [i for i, (_, step) in enumerate(keys) if step]
        return lines

    def context(self, hits, n):
        if not self.sorted:
            hits = hits[: min(self.limit, 50)]
        out, seen = [], set()
        marks = {h["number"] for h in hits}
        for hit in sorted(hits, key=lambda r: (r["time"], r["number"])):
            who = (hit["service"], hit["instance"])
            if who in seen:
                continue
            seen.add(who)
            same = sorted((r for r in self.given if (r["service"], r["instance"]) == who), key=lambda r: (r["time"], r["number"]))
            wanted = set()
            for i, r in enumerate(same):
                if r["number"] in marks:
                    wanted.update(range(max(0, i - n), min(len(same), i + n + 1)))
            out += [{**same[i], "here": same[i]["number"] in marks} for i in sorted(wanted)]
        self.sorted = True
        return out

    def compare(self, test, stages, start):
        at = next(i for i, s in enumerate(stages) if s.startswith("compare"))
        back = duration(stages[at].split()[1])
        sides = []
        for shift in (0, back):
            side = Search("", self.given, start - shift, self.end - shift)
            side.columns, side.kind, side.sorted, side.order_by = None, "rows", False, None
            rows = [r for r in self.given if start - shift <= r["time"] <= self.end - shift and test(r)]
            side.key_count, side.times = 1, []
            for i, stage in enumerate(stages[:at] or ["stats count()"]):
                word, _, rest = stage.partition(" ")
                # A top of each time would leave out what is missing in the other: its number counts for the whole.
                rows = side.stage(rows, *(("stats", "count() by " + re.sub(r"^\d+\s*", "", rest.strip())) if word == "top" else (word, rest.strip())), start, stages, i, "")
            sides.append((side, rows))
        (now, lines), (_, before) = sides
        keys, cells = now.columns[: now.key_count], now.columns[now.key_count:]
        joined = {}
        for which, rows in enumerate((lines, before)):
            for r in rows:
                values = [r["made"][k] for k in keys]
                if which:
                    values = [v + back if i in now.times else v for i, v in enumerate(values)]
                entry = joined.setdefault(tuple(text_of(v) for v in values), [values, {}, {}])
                entry[1 + which] = r["made"]
        rows = []
        for values, here, there in joined.values():
            made = dict(zip(keys, values))
            made.update({c: here.get(c) for c in cells})
            made.update({c + " before": there.get(c) for c in cells})
            rows.append({"line": True, "made": made})
        self.columns, self.kind, self.sorted = keys + cells + [c + " before" for c in cells], now.kind, False
        self.order_by = [("count", True)] if stages[:at] and stages[at - 1].split()[0] in ("top", "patterns") else now.order_by or []
        if stages[:at] and stages[at - 1].startswith("top"):
            m = re.match(r"top\s+(\d+)", stages[at - 1])
            rows, self.sorted = ordered(rows, self.order_by)[: int(m.group(1)) if m else 10], True
        for i, stage in enumerate(stages[at + 1:], at + 1):
            word, _, rest = stage.partition(" ")
            rows = self.stage(rows, word, rest.strip(), start, stages, i, "")
        if not self.sorted:
            rows = ordered(rows, self.order_by)
        return self.kind, self.columns, [[r["made"].get(c) for c in self.columns] for r in rows]
