#!/usr/bin/env python3
"""Fails when a route, command, option, metric, finding or reason of a call was touched by no test.

  tests/checks/coverage.py DIRECTORY    the directory that the tests wrote into ($PLEACH_TOUCHED)

Options that all commands have must have been used with some command; the others each with their own."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "flow"))
import touched  # noqa: E402


def read(folder, kind):
    path = folder / f"{kind}.jsonl"
    return {tuple(json.loads(line)) for line in path.read_text().splitlines()} if path.exists() else set()


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(sys.argv[1])
    wanted = {
        "routes": {(method, path) for _, method, path, _ in touched.routes()},
        "commands": {(name,) for name in touched.commands()},
        "options": {(command, name) for command, name, _ in touched.options()},
        "metrics": {(name,) for _, name in touched.metrics()},
        "findings": {(name,) for name in touched.findings()},
        "grpc methods": {(name,) for name, _ in touched.grpc_methods()},
        "reasons": {(name,) for name in touched.reasons()},
    }
    missing = 0
    for kind, rows in wanted.items():
        if not rows:
            print(f"no {kind} found in tbl: has the table's form changed?")
            missing += 1
        for row in sorted(rows - read(folder, kind)):
            print(f"no test touched {kind[:-1]}: {' '.join(row)}")
            missing += 1
    total = sum(len(rows) for rows in wanted.values())
    print(f"{total - missing} of {total} rows of the tables are touched by a test")
    return 1 if missing else 0


sys.exit(main())
