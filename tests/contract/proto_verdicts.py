"""Pleach's answers on the pairs under tests/contract/proto, through one process of bench_contract_trees."""
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAIRS = ROOT / "tests/contract/proto"
CATEGORIES = ["FILE", "PACKAGE", "WIRE_JSON", "WIRE"]


def pairs():
    return sorted(p.parent for p in PAIRS.rglob("old") if p.is_dir())


def answers(program, folders):
    """{name: [change, …] or an error's text}"""
    asked = "".join(f"{f}/old\t{f}/new\n" for f in folders)
    out = subprocess.run([str(program), "--pairs"], input=asked, capture_output=True, text=True, check=True).stdout
    found, lines = {}, iter(out.splitlines())
    for folder in folders:
        changes = []
        for line in lines:
            if line == "end":
                break
            changes = line if line.startswith("error") else changes + [json.loads(line)]
        found[str(folder.relative_to(PAIRS))] = changes
    return found


def rules(changes, checker, category=None):
    """The names under which `checker` knows the changes, those of one category."""
    return sorted({name for c in changes for who, name, sets in c["rules"] if who == checker and (category is None or category in sets.split())})
