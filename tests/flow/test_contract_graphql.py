"""GraphQL contracts beside npm's graphql and @graphql-inspector/core. The long campaign is a command of its own: tests/contract/graphql/campaign.mjs."""

import json
import pathlib
import subprocess

import fleet

ROOT = pathlib.Path(__file__).resolve().parents[2]
JUDGE = pathlib.Path(fleet.BIN).resolve().parents[2] / "tests/contract/contract_judge"


def node(script, *args):
    done = subprocess.run(["node", ROOT / "tests/contract/graphql" / script, JUDGE, *args], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


def test_the_same_types_of_change_as_the_peer_on_every_pair():
    out = node("peers.mjs", "150")
    total = json.loads(out)
    assert total["pairs"] > 280 and total["differ"] == 0 and total["falseWitnesses"] == 0, out
    assert total["sameTypes"] > 230 and total["witnesses"] > 100, out


def test_no_query_breaks_unreported():
    """A query that was valid and is not any more is a reported break; each witness holds for npm's graphql; it agrees with our own check of queries."""
    total = json.loads(node("campaign.mjs", "220").splitlines()[0])
    assert total["pairs"] > 120 and total["queries"] > 300 and total["broken"] > 20 and total["proved"] > 40, total
    assert total["missed"] == total["falseWitness"] == total["disagree"] == total["ourRefusal"] == 0, total
