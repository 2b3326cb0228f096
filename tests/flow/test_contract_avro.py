"""Avro contracts beside npm's avsc: kept pairs and random ones. A campaign of any length: see tests/clients/avro_pairs.mjs."""

import json
import pathlib
import subprocess

from fleet import BIN, ROOT, SANITIZED

CLIENTS = ROOT / "tests/clients"
PAIRS = 500 if SANITIZED else 3000


def test_random_pairs():
    """avsc makes no resolver exactly where Pleach tells a break; every break of records that have values comes with one that avsc cannot read; canonical forms
    and fingerprints are avsc's."""
    assert (CLIENTS / "node_modules").is_dir(), "run packaging/setup.sh test"
    tool = pathlib.Path(BIN).parents[2] / "tests/oracle/avro_pairs"
    done = subprocess.run(["node", CLIENTS / "avro_pairs.mjs", tool, str(PAIRS), "7", ROOT / "tests/contract/avro"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    counts = json.loads(done.stdout.splitlines()[-1])
    assert counts["pairs"] == PAIRS + 26 and counts["canonical"] > PAIRS and counts["behaviour"] >= 1
    assert counts["breaks"] > PAIRS / 4 and counts["compatible"] > PAIRS / 4 and counts["proved"] > 20 * counts["unproved"], counts
