"""`pleach check` in CI: the contracts that services name are there, can be read, and break nobody: against their locks or a revision; in every form of report."""

import json
import re
import subprocess

import pytest
from fleet import run, validate

SERVICE = """service: {name}
owner: sales
run: {{ command: [./{name}] }}
serves:
  - {{ version: v1, path: /v1, schema: {schema} }}
"""


def avro(name, total="int"):
    return json.dumps({"type": "record", "name": name, "fields": [{"name": "total", "type": total}]}, indent=1)


class Fleet:
    """Two services with contracts of their own, in a repository; the fleet is in a folder of it."""

    def __init__(self, path):
        self.top, self.root = path, path / "shop"
        self.put("pleach.yaml", "fleet: shop\nteams: { sales: {} }\nservices: [./services/*]\n")
        for name in ("orders", "stock"):
            self.put(f"services/{name}/service.yaml", SERVICE.format(name=name, schema=f"contract/{name}.avsc"))
            self.put(f"services/{name}/contract/{name}.avsc", avro(name))
        self.git("init", "-q", "-b", "main", ".")
        self.git("add", "-A")
        self.git("-c", "user.email=ada@example.org", "-c", "user.name=Ada", "commit", "-q", "-m", "one")

    def git(self, *words):
        subprocess.run(["git", *words], cwd=self.top, check=True, capture_output=True, timeout=60)

    def put(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def check(self, *words, folder=""):
        return run("check", *words, cwd=self.root / folder)


@pytest.fixture
def fleet(tmp_path):
    return Fleet(tmp_path)


def test_without_locks(fleet):
    """Contracts without a lock are read, and that nobody locked them is said."""
    r = fleet.check()
    assert r.code == 0 and "services/orders/service.yaml:5:39: The contract has no lock" in r.out and "shop is valid: 2 services, 1 teams, 2 contracts" in r.out, r


def test_against_locks(fleet):
    """A break since the lock: exit status 1 and the finding; JSON has it beside what it always had."""
    assert run("contract", "lock", "services/orders", cwd=fleet.root).code == 0
    assert run("contract", "lock", "services/stock/contract", cwd=fleet.root).code == 0
    assert fleet.check().code == 0
    fleet.put("services/orders/contract/orders.avsc", avro("orders", "string"))
    r = fleet.check()
    assert r.code == 1 and "new     services/orders/contract/orders.avsc:" in r.out and "is valid" not in r.out, r
    report = fleet.check("--json").json()
    validate("ContractDiff", report["contracts"])
    assert not report["valid"] and report["services"] == ["orders", "stock"] and [c["subject"] for c in report["contracts"]["changes"]] == ["orders.total"], report
    assert fleet.check("--format", "json").json() == report


def test_against_a_revision(fleet):
    """--against compares with the branch; places are those of the working directory, also above the fleet."""
    assert fleet.check("--against", "main").code == 0
    fleet.put("services/stock/contract/stock.avsc", avro("stock", "string"))
    r = fleet.check("--against", "main", "--format", "github")
    assert r.code == 1 and re.fullmatch(r"::error file=services/stock/contract/stock\.avsc,line=\d+,col=\d+,title=.*\n", r.out), r
    r = run("check", "shop", "--against", "main", "--format", "github", cwd=fleet.top)
    assert r.code == 1 and "file=shop/services/stock/contract/stock.avsc" in r.out, r
    r = fleet.check("--against", "main", "--format", "sarif", "--output", "out.sarif")
    results = json.loads((fleet.root / "out.sarif").read_text())["runs"][0]["results"]
    assert r.code == 1 and not r.out and [x["ruleId"] for x in results] == ["avro/type-changed"]
    assert "<failure" in fleet.check("--against", "main", "--format", "junit").out
    assert fleet.check("--against", "nowhere").code == 2


def test_new_contract(fleet):
    """A contract that the revision does not have is new and breaks nobody."""
    fleet.put("services/fresh/service.yaml", SERVICE.format(name="fresh", schema="fresh.avsc"))
    fleet.put("services/fresh/fresh.avsc", avro("fresh"))
    r = fleet.check("--against", "main")
    assert r.code == 0 and "the contract is new" in r.out, r


def test_missing_and_unreadable(fleet):
    """A schema that is not there, and one that cannot be read: place in service.yaml or in the schema; exit status 2; all of them at once."""
    (fleet.root / "services/orders/contract/orders.avsc").unlink()
    fleet.put("services/stock/contract/stock.avsc", '{"type": "record",\n "name": 5}')
    r = fleet.check()
    assert r.code == 2 and "services/orders/service.yaml:5:39: `contract/orders.avsc` is not there" in r.out and re.search(r"services/stock/contract/stock\.avsc:\d+:\d+: ", r.out), r
    r = fleet.check("--format", "github")
    assert r.code == 2 and "::error file=services/orders/service.yaml,line=5,col=39," in r.out and r.out.count("::error") == 2, r
    results = json.loads(fleet.check("--format", "sarif").out)["runs"][0]["results"]
    assert [x["level"] for x in results].count("error") == 2


def test_wrong_fleet_files(fleet):
    """Errors of the fleet's own files, in the forms of CI too; each with its place."""
    fleet.put("services/orders/service.yaml", "service: orders\nrunn: {}\nownr: x\n")
    r = fleet.check("--format", "github")
    assert r.code == 2 and "::error file=services/orders/service.yaml,line=2,col=1," in r.out and "line=3,col=1" in r.out, r
    r = fleet.check("--format", "junit")
    assert r.code == 2 and r.out.count("<failure") == 2, r
    assert "services/orders/service.yaml:2:1" in fleet.check().err and fleet.check("--json").json()["line"] == 2


def test_approved(fleet):
    """An approval at the top of the repository counts for every contract in it."""
    fleet.put("services/orders/contract/orders.avsc", avro("orders", "string"))
    (change,) = fleet.check("--against", "main", "--json").json()["contracts"]["changes"]
    (fleet.top / "contract-approvals.yaml").write_text(f'- {{ change: {change["fingerprint"]}, owner: sales, reason: "agreed", expires: 2099-01-31 }}\n')
    r = fleet.check("--against", "main")
    assert r.code == 0 and "approved  " in r.out, r
