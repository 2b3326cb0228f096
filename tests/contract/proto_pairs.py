#!/usr/bin/env python3
"""Every pair under tests/contract/proto: its changes are the ones in its file `expected` (level, categories, kind, subject, places with line and column, proof, the peers' rules),
a pair `breaks` reports the rule or kind that its folder is named after and a pair `holds` does not, and the rules of buf are those that buf itself reported
(proto_buf.json, recorded by proto_buf.py) except for the differences that docs/contract-buf.md explains.
    tests/contract/proto_pairs.py BENCH_CONTRACT_TREES [--write] [--live]      --live: ask the buf under build/peers/contract instead of the record"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import proto_buf  # noqa: E402
import proto_verdicts as v  # noqa: E402

NAMES = {1: "wire", 2: "json", 4: "source", 8: "behaviour"}
# Pair, category: rules that only we report, rules that only buf reports. Each has its paragraph in docs/contract-buf.md.
DIFFERENCES = {
    ("package-last-enum/breaks", "PACKAGE"): ({"PACKAGE_ENUM_NO_DELETE"}, set()),
    ("package-last-extension/breaks", "PACKAGE"): ({"PACKAGE_EXTENSION_NO_DELETE"}, set()),
}


def place(p):
    return f"{p[0]}:{p[1]}:{p[2]}" if p[0] else "-"


def line(change):
    categories = ",".join(name for bit, name in NAMES.items() if change["categories"] & bit) or "none"
    rules = " ".join(f"{who}:{name}" for who, name, _ in sorted(change["rules"]))
    return " ".join(filter(None, [change["level"], categories, change["kind"], change["subject"], place(change["old"]), place(change["new"]), change["proof"], rules]))


def triggered(name, changes):
    checker, rule = ("protolock", name[10:]) if name.startswith("protolock-") else ("buf", name)
    return any(c["kind"] == name for c in changes) or rule in v.rules(changes, checker)


def check(name, changes, recorded, write):
    problems = []
    file = v.PAIRS / name / "expected"
    text = changes + "\n" if isinstance(changes, str) else "".join(line(c) + "\n" for c in changes)
    if write:
        file.write_text(text)
    elif not file.exists() or file.read_text() != text:
        problems.append(f"expected:\n{file.read_text() if file.exists() else '(no file)'}found:\n{text}")
    if isinstance(changes, str):
        return problems + ["is not read"]
    folder, kind = name.split("/")
    named = any(c.isupper() for c in folder) or folder in KINDS
    if named and triggered(folder, changes) != (kind == "breaks"):
        problems.append(f"{folder} is {'not ' if kind == 'breaks' else ''}reported")
    for c in changes:
        if c["level"] != "info" and not c["sentence"]:
            problems.append(f"{c['kind']} says nothing")
        if c["proof"] == "proved" and not (c["witness"] and c["before"] and c["after"] and c["before"] != c["after"]):
            problems.append(f"{c['kind']} has an empty witness")
    if "error" in recorded:
        return problems
    for category in v.CATEGORIES:
        ours, theirs = set(v.rules(changes, "buf", category)), set(recorded[category])
        if (ours - theirs, theirs - ours) != DIFFERENCES.get((name, category), (set(), set())):
            problems.append(f"buf {category}: only ours {sorted(ours - theirs)}, only buf's {sorted(theirs - ours)}")
        if bool(ours) != bool(theirs) and (name, category) not in DIFFERENCES:
            problems.append(f"buf {category}: another verdict")
    return problems


KINDS = {row.split('"')[3] for row in (v.ROOT / "tbl/changes_proto.h").read_text().splitlines() if row.startswith("CHANGE_ROW")}


def main():
    write = "--write" in sys.argv
    buf = json.loads((v.ROOT / "tests/contract/proto_buf.json").read_text())
    if "--live" in sys.argv:
        buf = {str(p.relative_to(v.PAIRS)): proto_buf.verdicts(proto_buf.buf_binary(), p) for p in v.pairs()}
    found = v.answers(sys.argv[1], v.pairs())
    failed = 0
    if set(buf) != set(found):
        print(f"proto_buf.json and the pairs differ: {sorted(set(buf) ^ set(found))}; run tests/contract/proto_buf.py")
        failed += 1
    for name, changes in found.items():
        for p in check(name, changes, buf.get(name, {"error": ""}), write):
            print(f"{name}: {p}")
            failed += 1
    touched = {c["kind"] for changes in found.values() if not isinstance(changes, str) for c in changes}
    untested = KINDS - touched
    if untested:
        print(f"kinds without a pair: {sorted(untested)}")
        failed += 1
    print(f"{len(found)} pairs, {sum(len(c) for c in found.values())} changes, {failed} problems")
    return 1 if failed else 0


sys.exit(main())
