"""Contracts of tables beside SQLite. The long campaign is a command of its own: tests/contract/sql/campaign.py."""

import json
import pathlib
import subprocess
import sys

import fleet

ROOT = pathlib.Path(__file__).resolve().parents[2]
JUDGE = pathlib.Path(fleet.BIN).resolve().parents[2] / "tests/contract/contract_judge"


def test_no_select_breaks_unreported():
    """A SELECT that worked and does not any more is a reported break, witnesses hold in SQLite, and the tables that we read are those that it has."""
    done = subprocess.run([sys.executable, ROOT / "tests/contract/sql/campaign.py", JUDGE, "2000"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    total = json.loads(done.stdout.splitlines()[0])
    assert total["pairs"] > 1500 and total["broken"] > 1500 and total["proved_by_sqlite"] > 1000, total
    assert total["missed"] == total["false_witness"] == total["our_refusal"] == total["other_tables"] == 0, total
