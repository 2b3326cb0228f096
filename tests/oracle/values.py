"""What the second opinion on queries (oracle.py) takes values to be: texts, numbers, durations, and where a row keeps each field."""

import json
import re

LEVELS = {"none": (0, 0), "trace": (1, 4), "debug": (5, 8), "info": (9, 12), "warn": (13, 16), "error": (17, 20), "fatal": (21, 24)}
UNITS = {"ns": 1, "us": 1000, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}
FIRST = {"name": "body", "message": "body", "msg": "body", "kind": "kind", "status": "status", "scope": "scope", "duration": "duration"}
FIXED = {"service": "service", "service.name": "service", "version": "version", "instance": "instance", "level": "level", "trace": "trace", "trace_id": "trace",
         "span": "span", "span_id": "span", "body": "body", "_msg": "body"}


def duration(text):
    return sum(int(float(n) * UNITS[u]) for n, u in re.findall(r"([0-9.]+)([a-z]+)", text))


def text_of(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)


def number_of(value):
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", value):
        return float(value)
    return None


def lower(s):
    return "".join(c.lower() if c.isascii() else c for c in s)


def is_token(c):
    return c == "_" or (c.isascii() and c.isalnum()) or ord(c) >= 0x80


def contains(text, needle, left, right):
    """At token boundaries, where the needle's own end asks for one."""
    text, needle = lower(text), lower(needle)
    at = text.find(needle)
    while at >= 0:
        end = at + len(needle)
        ok = not (left and needle and is_token(needle[0]) and at > 0 and is_token(text[at - 1]))
        if ok and not (right and needle and is_token(needle[-1]) and end < len(text) and is_token(text[end])):
            return True
        at = text.find(needle, at + 1)
    return False


# --- fields of a row ----------------------------------------------------------------------------------------------------------------------------


def level_of(row):
    return next(name for name, (low, high) in LEVELS.items() if low <= row["severity"] <= high)


def inside(value, path):
    if not isinstance(value, dict):
        return None
    if path in value:
        return value[path]
    for key, inner in value.items():
        if path.startswith(key + "."):
            found = inside(inner, path[len(key) + 1:])
            if found is not None:
                return found
    return None


def attribute(row, name):
    for bag in (row["attributes"], row["resource"]):
        if name in bag:
            return bag[name]
        for key, value in bag.items():
            if name.startswith(key + ".") and isinstance(value, dict):
                found = inside(value, name[len(key) + 1:])
                if found is not None:
                    return found
    return None


def field(row, name):
    """None where the row has none. What pipes made comes first; a line of a table has nothing else."""
    if name in row.get("made", {}):
        return row["made"][name]
    if row.get("line"):
        return None
    if name in ("time", "_time", "@timestamp"):
        return row["time"]
    if name not in FIXED:
        found = attribute(row, name)
        if found is not None or name not in FIRST:
            return found
    key = FIXED.get(name) or FIRST[name]
    if key == "level":
        return level_of(row)
    if key == "kind":
        return "log"
    return row.get(key) or None


def present(row, name):
    """A level of none is no level."""
    value = field(row, name)
    return value is not None and not (FIXED.get(name) == "level" and value == "none")


def everything(row):
    yield from row.get("made", {}).values()
    if not row.get("line"):
        for key in ("body", "service", "version", "instance", "trace", "span"):
            yield row[key]
        yield from row["attributes"].values()
        yield from row["resource"].values()
