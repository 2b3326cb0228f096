"""What the tests touched, for tests/checks/coverage.py: JSON lines under $PLEACH_TOUCHED, one file a kind. And the tables of tbl/."""

import functools
import json
import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
seen = set()


@functools.cache
def table(file, pattern):
    return re.findall(pattern, (ROOT / "tbl" / file).read_text(), flags=re.M)


def routes():
    """(part, method, path, schema) for each row."""
    return table("routes.h", r'^ROUTE_ROW\("([^"]+)", "([^"]+)", "([^"]+)", \w+, "[^"]*", "[^"]*", "([^"]*)"\)')


def commands():
    return [name for name, group in table("commands.h", r'^COMMAND_ROW\(\w+, "([^"]+)", "[^"]*", \d+, \d+, "([^"]*)"')]


def options():
    """(command or ALL, long name, letter or "")."""
    return [(c.lower() if c != "ALL" else c, name, letter) for c, name, letter in table("options.h", r"^OPTION_ROW\((\w+), \"([^\"]+)\", (?:0|'(\w)')")]


def metrics():
    """(part, name)."""
    rows = table("metrics.h", r'^METRIC_ROW\(\w+, \w+, "([^"]+)", "[^"]*", "([^"]+)"')
    return [(part, name) for name, part in rows]


def findings():
    return table("findings.h", r'^FINDING_ROW\(\w+, "([^"]+)"')


def errors():
    return table("errors.h", r'^ERROR_ROW\(\w+, "([^"]+)"')


def reasons():
    return table("reasons.h", r'^REASON_ROW\(\w+, "([^"]+)"')


def grpc_methods():
    """(symbol, path)."""
    return table("grpc_methods.h", r'^GRPC_METHOD\((\w+), "([^"]+)"')


def touch(kind, *what):
    folder = os.environ.get("PLEACH_TOUCHED")
    if not folder or (kind, what) in seen:
        return
    seen.add((kind, what))
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{kind}.jsonl", "a") as f:
        f.write(json.dumps(what) + "\n")


def touch_command(words):
    """Records the options of a command line as somebody typed it."""
    if not words or words[0] not in commands():
        return
    command = words[0]
    touch("commands", command)
    for word in words[1:]:
        if word == "--":
            return
        for owner, name, letter in options():
            if owner in ("ALL", command) and (word.split("=")[0] == "--" + name or (letter and word.startswith("-" + letter) and word[:2] != "--")):
                touch("options", owner, name)
                touch("options-by-command", command, name)
