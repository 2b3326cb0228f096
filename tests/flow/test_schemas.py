"""JSON Schema beside ajv: validation on random schemas, and the witnesses of the comparison. Longer campaigns: the same programs with a larger count."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = pathlib.Path(os.environ.get("PLEACH_BIN", ROOT / "build/plain/src/cli/pleach")).resolve().parents[2] / "tests/contract"


def run(script, tool, seed, count):
    result = subprocess.run(["node", str(ROOT / "tests/contract" / script), str(TOOLS / tool), str(seed), str(count)], capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-1000:]
    return result.stdout


def test_validation_agrees_with_ajv():
    out = run("schema_ajv.mjs", "schema_tool", 1, 1500)
    assert "1500 schemas, 18000 instances" in out and " 0 different" in out


def test_witnesses_hold_for_ajv():
    out = run("witness_ajv.mjs", "schema_campaign", 1, 500)
    assert int(out.split()[0]) > 150 and out.rstrip().endswith(" 0 wrong")
