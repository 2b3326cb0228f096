"""OpenAPI: the bodies that prove a break, checked by ajv on both sides; and the generated pairs that bench/contract measures."""
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PLEACH_BIN", ROOT / "build/plain/src/cli/pleach")).resolve().parents[2]
CASES = ROOT / "tests/contract/openapi"


def test_proofs_hold_for_ajv():
    cases = subprocess.run([BUILD / "tests/contract/cases_tool", "openapi", CASES / "pairs.cases", CASES / "schemas.cases"], capture_output=True, check=True).stdout
    node = subprocess.run(["node", ROOT / "tests/contract/openapi_ajv.mjs"], input=cases, capture_output=True, check=True)
    lines = node.stdout.decode().splitlines()
    counts = json.loads(lines[-1])
    assert counts["wrong"] == 0, "\n".join(lines[:20])
    assert counts["checked"] >= 190


def compare(*sides):
    tool = BUILD / "bench/contract/bench_contract_compare"
    out = subprocess.run([tool, "--json", *sides], capture_output=True, check=True).stdout.decode()
    return [json.loads(line) for line in out.splitlines()]


def make(tmp_path, shape):
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    made = subprocess.run([sys.executable, ROOT / "bench/contract/openapi_pair.py", shape, old, new], capture_output=True, check=True, text=True).stdout
    return old, new, json.loads(made)


def test_each_cause_once(tmp_path):
    """98 schemas changed in one keyword each, reached by hundreds of operations: 98 findings, each with its reach and a proof."""
    old, new, made = make(tmp_path, "recursive")
    changes = compare(old, "--", new)
    assert len(changes) == made["changes"] == 98
    assert len({c["subject"] for c in changes}) == 98
    assert all(c["level"] == "breaking" and c["proof"] == "proved" for c in changes)
    assert max(len(c["reach"]) for c in changes) == made["operations"] == 570
    assert all(c["old"][1] > 0 and c["new"][1] > 0 for c in changes)


def test_large_pair(tmp_path):
    old, new, made = make(tmp_path, "wide")
    assert old.stat().st_size > 11.5e6
    changes = compare(old, "--", new)
    assert 100 <= len(changes) <= made["changes"]
    assert sum(c["kind"] == "path-removed" for c in changes) == 8
    assert compare(old, "--", old) == []
