"""`pleach contract`: comparing files, folders, git revisions and locks; what it prints for people and for CI; its exit status; what it says of bad input."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree as ElementTree

import jsonschema
import pytest
from fleet import BIN, ROOT, run, validate

ORDER = {"type": "record", "name": "Order", "namespace": "shop",
         "fields": [{"name": "id", "type": "string"}, {"name": "total", "type": "int"}]}
GRAPH = "type Query { me: User }\ntype User { id: ID! name: String }\n"


def avro(total="int", **more):
    fields = [ORDER["fields"][0], {"name": "total", "type": total}]
    return json.dumps({**ORDER, "fields": fields, **more}, indent=1) + "\n"


class Repository:
    """A temporary git repository with one commit on main: api/order.avsc and api/user.graphql."""

    def __init__(self, path):
        self.path = path
        self.git("init", "-q", "-b", "main", ".")
        self.git("config", "user.email", "ada@example.org")
        self.git("config", "user.name", "Ada")
        self.put("api/order.avsc", avro())
        self.put("api/user.graphql", GRAPH)
        self.commit("one")

    def git(self, *words):
        subprocess.run(["git", *words], cwd=self.path, check=True, capture_output=True, timeout=60)

    def put(self, name, text):
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text) if isinstance(text, str) else target.write_bytes(text)
        return target

    def commit(self, words):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", words)

    def cli(self, *words, folder="", **more):
        return run("contract", *words, cwd=self.path / folder, **more)

    def diff(self, *words, **more):
        """The report as JSON, held against its published schema; and the exit status."""
        r = self.cli("diff", *words, "--json", **more)
        report = r.json()
        validate("ContractDiff", report)
        assert r.code == (1 if report["failed"] else 0), r
        return report


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


def subjects(report):
    return [c["subject"] for c in report["changes"]]


# --- where the two sides come from ------------------------------------------------------------------------------------------------------------

def test_nothing_changed(repository):
    """Without a change: exit status 0 and one line that says so."""
    r = repository.cli("diff")
    assert r.code == 0 and r.out == "No change between HEAD: and .\n", r
    assert repository.diff("main:", ".")["changes"] == []


def test_revisions(repository):
    """A branch, HEAD~1, a file of a revision, the same from a folder below and from the top: old and new places are named as people know them."""
    repository.put("api/order.avsc", avro("string"))
    for words in (["main:api/", "api/"], ["HEAD:api/order.avsc", "api/order.avsc"], ["main:"], [], ["api"], ["main:/api", "api"]):
        report = repository.diff(*words)
        assert subjects(report) == ["shop.Order.total"] and report["failed"], (words, report)
        assert report["changes"][0]["new"]["file"] == report["changes"][0]["old"]["file"] == "api/order.avsc"
    repository.git("checkout", "-q", "-b", "strings")
    repository.commit("two")
    assert subjects(repository.diff("HEAD~1:api", "strings:api")) == ["shop.Order.total"]
    assert subjects(repository.diff("main:api", "HEAD:api")) == ["shop.Order.total"]
    for words in (["main:", "."], ["main:order.avsc", "order.avsc"], ["main:api/order.avsc", "order.avsc"]):
        report = repository.diff(*words, folder="api")
        assert subjects(report) == ["shop.Order.total"] and report["changes"][0]["new"]["file"] == "order.avsc", report
    text = repository.cli("diff", "main:api", "api").out
    assert "old     api/order.avsc:12:" in text and "in main:api" in text, text


def test_an_id_is_the_same_however_it_is_asked_for(repository):
    """From the top, from a folder, of one file, against the lock: a change has one id, so its approval holds everywhere. Lines above it do not count."""
    repository.put("api/openapi.yaml", openapi("{ type: object, required: [a], properties: { a: { type: string } } }"))
    repository.cli("lock", "api")
    repository.commit("locked")
    repository.put("api/openapi.yaml", "# a line more\n" + openapi("{ type: object, properties: { a: { type: string } } }"))
    ids = set()
    for words, folder in ((["main:", "."], ""), (["main:api", "api"], ""), (["main:api/openapi.yaml", "api/openapi.yaml"], ""), (["main:", "."], "api"), ([], ""), (["lock:.", "."], "api"), (["main:api/contract.lock", "api"], "")):
        report = repository.diff(*words, folder=folder)
        ids.add(tuple(c["fingerprint"] for c in report["changes"] if c["level"] == "breaking"))
    assert len(ids) == 1 and len(ids.pop()) == 1


def test_two_files_of_different_names(repository):
    """Two files are two versions of one contract, whatever they are called."""
    repository.put("v1.avsc", avro())
    repository.put("v2.avsc", avro("string"))
    report = repository.diff("v1.avsc", "v2.avsc")
    (change,) = report["changes"]
    assert (change["old"]["file"], change["new"]["file"]) == ("v1.avsc", "v2.avsc"), change


def test_only_on_one_side(repository):
    """A contract that only one side has is new, or gone; a name that leads nowhere is a mistake."""
    repository.put("more/other.avsc", avro(name="Other"))
    report = repository.diff("main:more", "more", "--level", "info")
    assert not report["failed"] and any("is new" in n["text"] for n in report["notes"]), report
    repository.git("rm", "-rq", "api")
    report = repository.diff("main:api", "api")
    assert report["failed"] and any("is gone" in n["text"] for n in report["notes"]), report
    assert repository.cli("diff", "main:nowhere", "more").code == 2


def test_folders_that_hold_no_sources(repository):
    """What git, npm and builds put there is not read, on neither side; nor are links that lead back."""
    for name in ("node_modules/x/order.avsc", ".hidden/order.avsc", "build/order.avsc"):
        repository.put(name, "{ this is no schema, but its name says so")
    os.symlink(".", repository.path / "api/again")
    assert repository.diff("main:", ".")["changes"] == []


def test_no_repository_no_revision_no_git(tmp_path):
    """Git's own trouble is told in words with a way out."""
    (tmp_path / "order.avsc").write_text(avro())
    r = run("contract", "diff", "main:", ".", cwd=tmp_path)
    assert r.code == 2 and "not a git repository" in r.err, r
    r = Repository(tmp_path).cli("diff", "origin/nowhere:", ".")
    assert r.code == 2 and "no revision `origin/nowhere`" in r.err and "git fetch" in r.err, r
    r = run("contract", "diff", "--output=x:", "--upload-pack=x:", ".", cwd=tmp_path)
    assert r.code == 2, r
    for name in ("-x:", "--help:"):  # never an option of git's
        r = run("contract", "diff", "--", name, ".", cwd=tmp_path)
        assert r.code == 2 and "no revision" in r.err, r
    r = run("contract", "diff", "main:", ".", cwd=tmp_path, env={"PATH": str(tmp_path), "HOME": str(tmp_path)})
    assert r.code == 2 and "git is not in the PATH" in r.err, r


def openapi(schema, extra=""):
    return f"""openapi: 3.1.0
info: {{ title: T, version: "1" }}
paths:
  /things:
    get:
      responses:
        "200": {{ description: all, content: {{ application/json: {{ schema: {schema} }} }} }}
{extra}"""


def test_references(repository):
    """What a contract refers to is gathered with it, also above its folder, on both sides; places are those of the file that changed."""
    repository.put("services/orders/openapi.yaml", openapi('{ $ref: "../../common/types.yaml#/Thing" }'))
    repository.put("common/types.yaml", "Thing:\n  type: object\n  required: [name]\n  properties:\n    name: { type: string }\n")
    repository.put("services/orders/m.proto", 'syntax = "proto3";\npackage m;\nimport "common/t.proto";\nmessage M { common.T t = 1; }\n')
    repository.put("common/t.proto", 'syntax = "proto3";\npackage common;\nmessage T { string x = 1; }\n')
    repository.commit("referring")
    repository.put("common/types.yaml", "Thing:\n  type: object\n  required: [name]\n  properties:\n    name: { type: integer }\n")
    repository.put("common/t.proto", 'syntax = "proto3";\npackage common;\nmessage T { int32 x = 1; }\n')
    for old, new, folder in (("main:services/orders", "services/orders", ""), ("main:services/orders/openapi.yaml", "services/orders/openapi.yaml", ""), ("main:", ".", "services/orders")):
        report = repository.diff(old, new, folder=folder)
        files = {c["new"]["file"] for c in report["changes"]}
        assert report["failed"] and ("../../" if folder else "") + "common/types.yaml" in files, report
        assert "openapi.yaml" in old or any(f.endswith("common/t.proto") for f in files), report
    assert repository.cli("lock", "services/orders").code == 0
    lock = (repository.path / "services/orders/contract.lock").read_text()
    assert '- path: "../../common/types.yaml"' in lock and "- path: m.proto" in lock, lock
    assert repository.cli("lock", "--check", "services/orders").code == 0
    repository.put("common/types.yaml", "Thing:\n  type: object\n  properties:\n    name: { type: integer }\n")
    r = repository.cli("lock", "--check", "services/orders")
    assert r.code == 1 and "common/types.yaml: The file is not as it was locked" in r.out, r


@pytest.mark.parametrize("reference, says", [
    ("nowhere.yaml#/Thing", "nowhere.yaml"),
    ("#/components/schemas/Nothing", "Nothing"),
    ("http://127.0.0.1:9/thing.yaml", "127.0.0.1:9"),
    ("../../../../../etc/passwd", "etc/passwd"),
    ("/etc/passwd", "/etc/passwd"),
])
def test_references_to_nowhere(repository, reference, says):
    """A reference that leads nowhere, out of the repository, or to the network: its place and what is meant; nothing is read from there."""
    (repository.path.parent / "thing.yaml").write_text("Thing: { type: string }\n")
    repository.put("ref/openapi.yaml", openapi(f'{{ $ref: "{reference}" }}'))
    r = repository.cli("diff", "ref", "ref", timeout=30)
    assert r.code == 2 and "ref/openapi.yaml:7:" in r.err and says in r.err, r
    assert "root:" not in r.err + r.out


def test_references_in_circles(repository):
    """A schema that contains itself is an ordinary one; references that only lead in a circle are an error; imports in a circle too."""
    node = "components: { schemas: { Node: { type: object, properties: { next: { $ref: '#/components/schemas/Node' }, value: { type: %s } } } } }\n"
    repository.put("a/openapi.yaml", openapi('{ $ref: "#/components/schemas/Node" }', node % "string"))
    repository.put("b/openapi.yaml", openapi('{ $ref: "#/components/schemas/Node" }', node % "integer"))
    report = repository.diff("a", "b", timeout=30)
    assert report["failed"] and len([c for c in report["changes"] if c["level"] == "breaking"]) == 1, report
    repository.put("c/openapi.yaml", openapi('{ $ref: "#/components/schemas/A" }', "components: { schemas: { A: { $ref: '#/components/schemas/B' }, B: { $ref: '#/components/schemas/A' } } }\n"))
    r = repository.cli("diff", "c", "c", timeout=30)
    assert r.code in (0, 2), r
    repository.put("d/a.proto", 'syntax = "proto3";\nimport "b.proto";\n')
    repository.put("d/b.proto", 'syntax = "proto3";\nimport "a.proto";\n')
    r = repository.cli("diff", "d", "d", timeout=30)
    assert r.code == 2 and re.search(r"d/[ab]\.proto:2:", r.err), r


# --- what is printed --------------------------------------------------------------------------------------------------------------------------------

def broken(repository):
    repository.put("api/order.avsc", avro("string"))
    repository.put("api/user.graphql", GRAPH.replace(" name: String", "").replace("me: User", "me: User you: User"))
    return repository


def test_text(repository):
    """A finding says what, where on both sides, why, proof, whom it reaches, other checkers' names, the way without a break, and its id; no control characters, no colours."""
    r = broken(repository).cli("diff")
    assert r.code == 1 and not r.err and "\033" not in r.out, r
    for words in ("breaking  `shop.Order.total` was int and is string now", "new     api/order.avsc:12:", "old     api/order.avsc:12:", "why     ", "proof   ", "old: valid",
                  "reaches ", "also    confluent-avro TYPE_MISMATCH", "graphql-inspector FIELD_REMOVED", "instead ", "avro/type-changed", "2 breaking changes"):
        assert words in r.out, (words, r.out)
    assert "not shown: 1 change that breaks nobody (--level info)" in r.out
    assert "`you`" in repository.cli("diff", "--level", "info").out


def test_explain_each(repository):
    """--explain says what each rule demands; `explain ID` one change, with the line that would approve it."""
    broken(repository)
    assert "TYPE_MISMATCH: " in repository.cli("diff", "--explain").out
    change = repository.diff()["changes"][0]
    r = repository.cli("explain", change["fingerprint"])
    assert r.code == 0 and change["sentence"] in r.out and f"- {{ change: {change['fingerprint']}, owner:" in r.out and "1 breaking change" in r.out, r
    assert repository.cli("explain", change["fingerprint"], "main:api", "api").code == 0
    r = repository.cli("explain", "000000000000")
    assert r.code == 2 and "no change 000000000000" in r.err, r


def test_sarif(repository):
    """SARIF that its own schema takes, with places, fingerprints and suppressions."""
    broken(repository)
    first = repository.diff()["changes"][0]
    repository.put("contract-approvals.yaml", f'- {{ change: {first["fingerprint"]}, owner: billing, reason: "agreed", expires: 2099-01-31 }}\n')
    r = repository.cli("diff", "--format", "sarif")
    log = json.loads(r.out)
    schema = json.loads((ROOT / "tests/clients/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json").read_text())
    jsonschema.Draft7Validator(schema).validate(log)
    (one, other) = log["runs"][0]["results"]
    assert r.code == 1 and {x["level"] for x in (one, other)} == {"error"}
    assert [len(x.get("suppressions", [])) for x in (one, other)] == [1, 0]
    place = one["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "api/order.avsc" and place["region"]["startLine"] == 12, place
    assert one["partialFingerprints"]["change/v1"] == first["fingerprint"]
    rules = [x["id"] for x in log["runs"][0]["tool"]["driver"]["rules"]]
    assert all(rules[x["ruleIndex"]] == x["ruleId"] for x in (one, other))


def test_github(repository):
    """One command a line, with file, line and column; what a contract says begins no command."""
    repository.put("api/order.avsc", avro(doc="x\n::error ::y"))
    repository.commit("two")
    repository.put("api/order.avsc", avro("string", doc="x\n::error ::y"))
    r = repository.cli("diff", "--format", "github")
    assert r.code == 1 and re.fullmatch(r"::error file=api/order\.avsc,line=\d+,col=\d+,title=[^:\n]*::[^\n]*\n", r.out), r


def test_junit(repository):
    """Well-formed, its counts are right."""
    root = ElementTree.fromstring(broken(repository).cli("diff", "--format", "junit", "--level", "info").out)
    (suite,) = root.iter("testsuite")
    cases = list(root.iter("testcase"))
    assert int(suite.get("tests")) == len(cases) > 2 and int(suite.get("failures")) == len(list(root.iter("failure"))) == 2
    root = ElementTree.fromstring(repository.cli("diff", "main:", "main:", "--format", "junit").out)
    assert len(list(root.iter("testcase"))) == 1 and not list(root.iter("failure"))


def test_output_file(repository):
    """--output writes the result there; nothing on standard output."""
    r = broken(repository).cli("diff", "--format", "sarif", "--output", "out.sarif")
    assert r.code == 1 and not r.out and json.loads((repository.path / "out.sarif").read_text())["version"] == "2.1.0", r
    assert repository.cli("diff", "--output", "no/such/folder/x").code == 2


def test_selection(repository):
    """By level, by who fails, by another checker's rules; and which level fails the run."""
    broken(repository)
    assert len(repository.diff("--level", "breaking")["changes"]) == 2
    everything = repository.diff("--level", "info")
    assert everything["counts"]["info"] >= 1 and everything["counts"]["hidden"] == 0
    assert {c["format"] for c in repository.diff("--category", "json")["changes"]} == {"avro"}
    report = repository.diff("--rules", "graphql-inspector:FIELD_REMOVED")
    assert [c["kind"] for c in report["changes"]] == ["field-removed"]
    assert len(repository.diff("--rules", "confluent-avro,graphql-inspector:FIELD_REMOVED")["changes"]) == 2
    repository.put("api/order.avsc", avro())
    repository.put("api/user.graphql", GRAPH.replace("me: User", "me: User you: User"))
    assert repository.cli("diff").code == 0
    # a field more without default: the new reader does not find it in old data; the old reader skips it
    more = {**ORDER, "fields": [*ORDER["fields"], {"name": "note", "type": "string"}]}
    repository.put("api/order.avsc", json.dumps(more))
    for mode, fails in (("BACKWARD", True), ("FORWARD", False), ("FULL", True), ("BACKWARD_TRANSITIVE", True), ("NONE", False)):
        assert repository.diff("--rules", f"confluent:{mode}")["failed"] == fails, mode
    repository.put("api/order.avsc", avro())
    assert repository.cli("diff", "--fail-on", "info", "--level", "info").code == 1


@pytest.mark.parametrize("words, says", [
    (["dif"], "did you mean `diff`"),
    (["fly"], "there are diff, lock"),
    (["diff", "a", "b", "c"], "one argument too many"),
    (["show"], "PATH is missing"),
    (["diff", "--check"], "has no option --check"),
    (["diff", "--format", "pdf"], "no format `pdf`"),
    (["diff", "--level", "red"], "no level `red`"),
    (["diff", "--fail-on", "red"], "--fail-on"),
    (["diff", "--category", "paper"], "no category `paper`"),
    (["diff", "--rules", "bug:FILE"], "no checker `bug`"),
    (["diff", "--rules", "protolock:FILE"], "no set `FILE`"),
    (["diff", "--rules", "confluent:SIDEWARD"], "no mode `SIDEWARD`"),
    (["lock", "--format", "pdf"], "no format `pdf`"),
    (["rules", "protolok"], "did you mean `protolock`"),
    (["explain", "type-chnged"], "did you mean `type-changed`"),
    (["diff", ""], "no contract"),
    (["diff", ":api"], "names no revision"),
    (["diff", "nowhere.avsc"], "no file or folder nowhere.avsc"),
    (["lock", "nowhere"], "no file or folder nowhere"),
    (["show", "nowhere.avsc"], "nowhere.avsc"),
])
def test_wrong_use(repository, words, says):
    """Exit status 2 and words that help; with --json as JSON."""
    r = repository.cli(*words)
    assert r.code == 2 and says in r.err and not r.out, r
    if "--json" not in words and "--format" not in words:
        assert says in repository.cli(*words, "--json").json()["message"]


def test_two_forms(repository):
    """--json and another form at once are refused, in JSON."""
    r = repository.cli("diff", "--format", "sarif", "--json")
    assert r.code == 2 and "two forms" in r.json()["message"], r


def test_rules_and_kinds(repository):
    """Every kind and rule is listed; a kind is explained in words."""
    listed = repository.cli("rules", "--json").json()
    assert len(listed["kinds"]) > 3 and {r["checker"] for r in listed["rules"]} >= {"protolock", "graphql-inspector"}
    text = repository.cli("rules").out
    assert "avro/type-changed" in text and "protolock" in text
    assert "NoRemovingRPCs" in repository.cli("rules", "protolock").out
    r = repository.cli("explain", "avro/type-changed")
    assert r.code == 0 and "Why somebody fails" in r.out and "without breaking anyone" in r.out, r
    assert repository.cli("explain", "avro/type-changed", "--json").json()["level"] == "breaking"


def test_show(repository):
    """A contract as documentation, in Markdown and as JSON, of a file here or of a revision."""
    r = repository.cli("show", "api")
    assert r.code == 0 and "# shop.Order" in r.out and "- `total` int, required" in r.out and "### User (object)" in r.out, r
    assert {d["format"] for d in repository.cli("show", "main:api", "--json").json()["documents"]} == {"avro", "graphql"}


# --- lock and approvals ----------------------------------------------------------------------------------------------------------------------------

def test_lock(repository):
    """Written once, the same bytes again; --check fails on any difference, also one that breaks nobody; a break is not locked by accident."""
    r = repository.cli("lock", "api")
    lock = repository.path / "api/contract.lock"
    text = lock.read_text()
    assert r.code == 0 and "written: 2 files" in r.out and '\n       "name": "Order",\n' in text, (r, text)
    assert repository.cli("lock", "api").code == 0 and lock.read_text() == text
    assert repository.cli("lock", "--check").code == repository.cli("lock", "--check", "api/order.avsc").code == 0
    repository.put("api/user.graphql", GRAPH.replace("me: User", "me: User you: User"))
    r = repository.cli("lock", "--check")
    assert r.code == 1 and "not as it was locked" in r.out and "`you`" in r.out and lock.read_text() == text, r
    assert repository.cli("diff").code == 0  # compatible
    assert repository.cli("lock").code == 0 and "you: User" in lock.read_text()
    repository.put("api/order.avsc", avro("string"))
    before = lock.read_text()
    r = repository.cli("lock", "api")
    assert r.code == 1 and "not written" in r.out and lock.read_text() == before, r
    report = repository.diff()
    assert report["old"] == "lock:api/contract.lock" and subjects(report) == ["shop.Order.total"]
    assert repository.diff("lock:api", "api")["changes"] == report["changes"] == repository.diff("api/contract.lock", "api")["changes"]
    assert repository.cli("lock", "--accept-breaking").code == 0 and repository.cli("lock", "--check").code == 0
    assert not list(repository.path.glob("api/*.tmp"))


def test_lock_against_a_revision(repository):
    """The lock that a branch has: what was agreed on there."""
    repository.cli("lock", "api")
    repository.commit("locked")
    repository.put("api/order.avsc", avro("string"))
    assert subjects(repository.diff("main:api/contract.lock", "api")) == ["shop.Order.total"]


def test_new_and_gone_files_of_a_lock(repository):
    """A file that is not in the lock, and one that is gone, fail --check."""
    repository.cli("lock", "api")
    repository.put("api/new.avsc", avro(name="New"))
    r = repository.cli("lock", "--check")
    assert r.code == 1 and "api/new.avsc: The file is not in the lock" in r.out, r
    (repository.path / "api/new.avsc").unlink()
    (repository.path / "api/user.graphql").unlink()
    r = repository.cli("lock", "--check")
    assert r.code == 1 and "api/user.graphql: The file is in the lock and gone" in r.out, r


def test_lock_that_was_edited(repository):
    """A lock that somebody edited or merged is no lock: place, remedy, and only an explicit step writes it anew."""
    repository.cli("lock", "api")
    lock = repository.path / "api/contract.lock"
    whole = lock.read_text()
    lock.write_text(whole.replace('"total"', '"sum"'))
    for words in (["diff"], ["lock", "--check"], ["lock"], ["check"]):
        r = repository.cli(*words)
        assert r.code == 2 and "api/contract.lock:6:1" in r.out + r.err and "edited or merged by hand" in r.out + r.err, (words, r)
    assert repository.cli("lock", "--accept-breaking").code == 0 and lock.read_text() == whole
    assert repository.cli("lock", "--check", "api").code == 0
    repository.put("other/x.avsc", avro(name="X"))
    r = repository.cli("lock", "--check", folder="other")
    assert r.code == 2 and "has no contract.lock" in r.out, r


def test_every_text_survives_the_lock(repository):
    """Line ends of Windows, a missing last line end, a byte order mark: the lock gives every byte back, and other YAML readers read it too."""
    import yaml
    texts = {"crlf.graphql": b"type Query { a: Int }\r\ntype B { c: Int }\r\n", "open.graphql": b"type D { e: Int }", "blank.graphql": b"\n\n  type F { g: Int }\n\n\n"}
    for name, text in texts.items():
        repository.put("texts/" + name, text)
    assert repository.cli("lock", "texts").code == 0
    read = yaml.safe_load((repository.path / "texts/contract.lock").read_text())
    for f in read["files"]:
        text = f["text"].replace("\n", "\r\n") if f.get("lines") == "crlf" else f["text"]
        assert text.encode() == texts[f["path"]], f
    assert repository.cli("lock", "--check", "texts").code == 0


def test_approvals(repository):
    """An approved break is shown with owner, reason and expiry and fails nothing; an expired one counts again; one too many is noted; a wrong line has its place."""
    repository.put("api/order.avsc", avro("string"))
    (change,) = repository.diff()["changes"]
    line = f'- {{ change: {change["fingerprint"]}, owner: billing, reason: "nobody reads it", expires: %s }}\n'
    for place in ("contract-approvals.yaml", "api/contract-approvals.yaml"):
        repository.put(place, line % "2099-12-31")
        report = repository.diff("main:api", "api")
        assert not report["failed"] and report["counts"]["approved"] == 1 and report["changes"][0]["approval"]["owner"] == "billing", report
        text = repository.cli("diff", "main:api", "api").out
        assert "approved  " in text and "by      billing, until 2099-12-31: nobody reads it" in text, text
        (repository.path / place).unlink()
    repository.put("contract-approvals.yaml", line % "2020-12-31")
    report = repository.diff("main:api", "api")
    assert report["failed"] and {c["kind"] for c in report["changes"]} == {"type-changed", "approval-expired"}, report
    assert report["changes"][1]["approval"] is None
    repository.put("api/contract-approvals.yaml", '- { change: 000000000000, owner: x, reason: y, expires: 2099-01-01 }\n')
    notes = repository.diff("main:api", "api")["notes"]
    assert any("no change 000000000000" in n["text"] and n["file"] == "api/contract-approvals.yaml" and n["line"] == 1 for n in notes), notes
    repository.put("api/contract-approvals.yaml", "- { chnge: 000000000000 }\n")
    r = repository.cli("diff", "main:api", "api")
    assert r.code == 2 and "api/contract-approvals.yaml:1:" in r.err and "did you mean `change`" in r.err, r


def test_lock_takes_what_is_approved(repository):
    """An approved break can be locked."""
    repository.cli("lock", "api")
    repository.put("api/order.avsc", avro("string"))
    (change,) = repository.diff()["changes"]
    repository.put("contract-approvals.yaml", f'- {{ change: {change["fingerprint"]}, owner: billing, reason: "agreed", expires: 2099-12-31 }}\n')
    assert repository.cli("lock", "api").code == 0
    assert repository.cli("lock", "--check", "api").code == 0


def test_check(repository):
    """Several contracts in one report; without a lock a contract is only read; --against compares with a revision."""
    repository.put("other/x.avsc", avro(name="X"))
    repository.cli("lock", "api")
    repository.commit("locked")
    r = repository.cli("check", "api", "other")
    assert r.code == 0 and "has no contract.lock" in r.out, r
    repository.put("api/order.avsc", avro("string"))
    repository.put("other/x.avsc", avro("string", name="X"))
    r = repository.cli("check", "api", "other", "--json")
    validate("ContractDiff", r.json())
    assert r.code == 1 and subjects(r.json()) == ["shop.Order.total"]
    r = repository.cli("check", "api", "other", "--against", "main", "--json")
    assert r.code == 1 and subjects(r.json()) == ["shop.Order.total", "shop.X.total"], r
    repository.put("other/x.avsc", "{")
    r = repository.cli("check", "api", "other", "--format", "github")
    assert r.code == 2 and "::error file=other/x.avsc,line=" in r.out and "api/order.avsc" in r.out, r


# --- bad input ------------------------------------------------------------------------------------------------------------------------------------------

def test_unreadable(repository):
    """A file that cannot be read: its place, exit status 2, and in the forms of CI a report that says so. Of a revision: which one."""
    repository.put("api/order.avsc", '{"type": "record",\n "name": "Order", "fields": [')
    r = repository.cli("diff")
    assert r.code == 2 and re.search(r"pleach: api/order\.avsc:\d+:\d+: ", r.err), r
    r = repository.cli("diff", "--format", "sarif")
    assert r.code == 2 and json.loads(r.out)["runs"][0]["results"][0]["level"] == "error", r
    assert repository.cli("diff", "--format", "junit").out.count("<failure") == 1
    assert repository.cli("diff", "--json").json()["file"] == "api/order.avsc"
    repository.commit("broken")
    repository.put("api/order.avsc", avro())
    r = repository.cli("diff", "main:api", "api")
    assert r.code == 2 and "(in main:api)" in r.err, r
    r = repository.cli("lock", "api")
    assert r.code == 0, r


def test_hostile_input(repository):
    """100 MB, 10,000 levels, binary, nothing at all: an error with place and remedy, within seconds."""
    big = repository.put("big/order.avsc", avro())
    with open(big, "r+b") as f:
        f.truncate(100 << 20)
    for words in (["diff", "main:api/order.avsc", "big/order.avsc"], ["lock", "big"]):
        r = repository.cli(*words, timeout=30)
        assert r.code == 2 and "big/order.avsc" in r.err + r.out and "64 MiB" in r.err + r.out, r
    with open(repository.put("big/data.json", "[]"), "r+b") as f:  # no contract, so nobody's business
        f.truncate(100 << 20)
    big.write_text(avro())
    assert repository.cli("diff", "big", "big", timeout=30).code == 0
    repository.put("deep/order.avsc", '{"type":"array","items":' * 10000 + '"int"' + "}" * 10000)
    r = repository.cli("diff", "deep", "deep", timeout=30)
    assert r.code == 2 and "deep/order.avsc" in r.err, r
    repository.put("binary/order.avsc", bytes(range(256)) * 100)
    r = repository.cli("diff", "binary", "binary", timeout=30)
    assert r.code == 2 and "binary/order.avsc" in r.err, r
    repository.put("nothing/order.avsc", "")
    assert repository.cli("diff", "nothing", "nothing", timeout=30).code == 2
    repository.put("none/readme.txt", "no contract")
    r = repository.cli("diff", "none", "none")
    assert r.code == 2 and "no contract in none" in r.err, r
    r = repository.cli("diff", "none/readme.txt", "none/readme.txt")
    assert r.code == 2 and "no contract of a kind that is known" in r.err and "Avro" in r.err, r


def test_long_reading_shows_progress(repository):
    """On a terminal, and gone at the end."""
    for i in range(600):
        repository.put(f"many/{i}.avsc", avro(name=f"X{i}"))
    ours, theirs = os.openpty()
    done = subprocess.run([BIN, "contract", "diff", "many", "many"], cwd=repository.path, stdout=subprocess.PIPE, stderr=theirs, timeout=60)
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError):
        while piece := os.read(ours, 65536):
            said += piece
    os.close(ours)
    assert done.returncode == 0 and b"256 of 600 files" in said and said.endswith(b"\r\x1b[K"), said
    assert pathlib.Path(BIN).exists()
