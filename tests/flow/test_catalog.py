"""The catalogue: what repositories say of services, whose they are, what contradicts it, which are nobody's. Repositories are made here, with the real git."""

import json
import os
import pathlib
import subprocess
import time

import pytest
import yaml
from fleet import BIN, ROOT, SHOP, SLOW, run, wait_for

CLIENTS = ROOT / "tests/clients"
BACKSTAGE = """apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {{ name: {name}, description: makes {name} }}
spec: {{ type: service, lifecycle: production, owner: {owner} }}
"""
NOBODY = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


class Repository:
    def __init__(self, top):
        self.top = pathlib.Path(top)
        self.top.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", ".")

    def git(self, *words, env=None):
        r = subprocess.run(["git", "-c", "user.name=X", "-c", "user.email=x@example.org", *words], cwd=self.top, capture_output=True, text=True, timeout=60, env=NOBODY | (env or {}))
        assert r.returncode == 0, r.stderr
        return r.stdout

    def put(self, name, text):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def commit(self, message="change", author="Ada <ada@example.org>", days=0):
        date = f"@{int(time.time()) - days * 86400} +0000"
        self.git("add", "-A")
        self.git("commit", "-q", "--author", author, "--date", date, "-m", message, env={"GIT_COMMITTER_DATE": date})


def catalog(*words, cwd=None):
    r = run("catalog", "--json", *words, cwd=cwd)
    assert r.code == 0, r
    return r.json()


def services(answer):
    return {s["service"]: s for s in answer["services"]}


def crawl(*words):
    """What the worker prints, a line for each repository; its last line apart."""
    r = run("crawl", *words)
    assert r.code == 0, r
    lines = [json.loads(line) for line in r.out.splitlines()]
    assert lines[-1]["done"], lines
    return lines[:-1], lines[-1]


@pytest.fixture
def work(tmp_path):
    """A folder with three clones: billing's, one that nobody owns, and one that says nothing but what its Dockerfile says."""
    invoicing = Repository(tmp_path / "invoicing")
    invoicing.put("catalog-info.yaml", BACKSTAGE.format(name="invoicing", owner="billing"))
    invoicing.put("CODEOWNERS", "* @shop/payments\n")
    invoicing.put(".mailmap", "Lou <lou@example.org> <lou@old.example.org>\n")
    for i in range(6):
        invoicing.put(f"src/{i}.c", f"{i}\n")
        invoicing.commit(author="Lou <lou@old.example.org>" if i % 2 else "Lou <lou@example.org>", days=10)
    for i in range(9):
        invoicing.put("package-lock.json", f"{{\"v\": {i}}}\n")
        invoicing.commit(author="renovate[bot] <bot@renovateapp.com>", days=5)
    teams = Repository(tmp_path / "teams")
    teams.put("org.yaml", "\n---\n".join(
        f"apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {{ name: {name} }}\nspec: {{ type: team, children: [], members: [{members}] }}"
        for name, members in (("billing", "ada"), ("payments", ""), ("logistics", "lou@example.org"), ("gone", "gus"))))
    teams.commit()
    old = Repository(tmp_path / "old")
    old.put("catalog-info.yaml", BACKSTAGE.format(name="old-pay", owner="gone"))
    old.put("pay.c", "x\n")
    old.commit(author="Gus <gus@example.org>", days=800)
    bare = Repository(tmp_path / "deep/er/stock")
    bare.put("Dockerfile", "FROM debian\nEXPOSE 9000\n")
    bare.commit(author="Ada <ada@example.org>")
    return tmp_path


def test_no_file_needed(work):
    """Without a fleet: owners with how sure that is, the contradiction in words, orphans with who to ask; bots and aliases counted as what they are."""
    answer = catalog("--in", work)
    assert answer["counts"] == {"entries": 3, "services": 3, "owned": 2, "conflicts": 1, "orphans": 2, "problems": 0}, answer["counts"]
    found = services(answer)
    x = found["invoicing"]
    assert x["conflict"] == "catalog-info.yaml:4 says billing; CODEOWNERS:1 says payments; 6 of 6 commits of the last year are by logistics", x
    assert x["commits"] == 6 and x["truck_factor"] == 1 and x["declared"] and x["repository"] == str(work / "invoicing")
    assert found["stock"]["owner"] == "" and [o["reason"] for o in found["stock"]["orphan"]] == ["no-owner"] and not found["stock"]["declared"]
    assert found["stock"]["next_owner"] == "billing" and "ada" not in found["stock"]["next_why"], found["stock"]
    assert [o["reason"] for o in found["old-pay"]["orphan"]] == ["inactive-owner"], found["old-pay"]
    assert "Gus wrote" in found["old-pay"]["next_why"] or found["old-pay"]["next_owner"] == "", found["old-pay"]
    one = catalog("invoicing", "--in", work)
    owner = next(v for v in one["values"] if v["key"] == "owner")
    assert [(c["source"], c["says"], c["file"], c["line"]) for c in owner["claims"]] == [
        ("backstage", "billing", "catalog-info.yaml", 4), ("codeowners", "payments", "CODEOWNERS", 1), ("git", "logistics", "", 0)], owner
    assert [(p["name"], p["mail"], p["team"], p["commits"]) for p in one["people"]] == [("Lou", "lou@example.org", "logistics", 6)], one["people"]
    text = run("catalog", "--in", work).out
    assert "contradicted" in text and "inactive-owner" in text and "Services: 3" in text, text
    text = run("catalog", "invoicing", "--in", work).out
    assert "who" not in text.split("\n")[0] and "billing" in text and "catalog-info.yaml:4" in text and "6 of 6 commits" in text, text
    text = run("catalog", "--orphans", "--in", work).out
    assert "ask     billing" in text and "No member of its owner" in text, text
    text = run("catalog", "--teams", "--in", work).out
    assert "logistics" in text and "payments" in text, text
    assert set(services(catalog("--owner", "gone", "--in", work))) == {"old-pay"}
    assert run("catalog", "--strict", "--in", work).code == 1
    text = run("advise", "--in", work).out
    assert "3 services of" in text and "Nobody knows who owns what" in text and "not known: what was seen" in text, text
    r = run("catalog", "nobody", "--in", work)
    assert r.code != 0 and "no service is called `nobody`" in r.err, r
    r = run("catalog", "--in", work, "--format", "xml")
    assert r.code == 2 and "backstage" in r.err, r
    r = run("catalog", "--json", "--in", work / "nowhere")
    assert r.code == 4 or "no such folder" in r.err + r.out, r


def judged(text):
    entities = json.dumps(list(yaml.safe_load_all(text)))
    r = subprocess.run(["node", "entities.mjs"], cwd=CLIENTS, input=entities, capture_output=True, text=True, timeout=60 * SLOW)
    assert r.returncode == 0, r.stderr
    return json.loads(r.stdout)


def test_export(work):
    """Backstage's own catalogue model takes every entity, odd names included; CycloneDX has the form of its schema's required parts, each reference leading somewhere."""
    odd = Repository(work / "odd")
    odd.put("catalog-info.yaml", BACKSTAGE.format(name='"Ödd  näme/with: {everything} ' + "x" * 80 + '"', owner='"team: «x»"'))
    odd.put("opslevel.yml", "service:\n  name: other\n  dependencies: [ { alias: invoicing }, { alias: stock } ]\n")
    odd.commit()
    entities = judged(run("catalog", "--in", work, "--format", "backstage").out)
    assert len(entities) >= 9 and all(e["valid"] is True for e in entities), entities
    names = {f"{e['kind'].lower()}:default/{e['name']}" for e in entities}
    assert all(e["owner"] in names for e in entities if e["kind"] == "Component"), entities
    assert all(d in names for e in entities for d in e["dependsOn"])
    assert sum(len(e["dependsOn"]) for e in entities) == 2
    bom = json.loads(run("catalog", "--in", work, "--format", "cyclonedx").out)
    assert (bom["bomFormat"], bom["specVersion"], bom["version"]) == ("CycloneDX", "1.5", 1)
    refs = [s["bom-ref"] for s in bom["services"]]
    assert len(refs) == len(set(refs)) and "invoicing" in refs
    assert all(d["ref"] in refs and set(d["dependsOn"]) <= set(refs) for d in bom["dependencies"])
    # What Backstage accepts, and gives back, is read as it was said.
    again = Repository(work.parent / f"{work.name}-again")
    again.put("all.yaml", run("catalog", "--in", work, "--format", "backstage").out)
    again.put("catalog-info.yaml", "\n---\n".join(d for d in run("catalog", "--in", work, "--format", "backstage").out.split("---\n") if "kind: Component" in d))
    again.commit()
    found = services(catalog("--in", again.top))
    assert found["invoicing"]["owner"] == services(catalog("--in", work))["invoicing"]["owner"]


def test_copied_code(work):
    """The same code in two services: which, how much, where; other white space, comments and a place within a bigger file hide nothing, and code within one service is its own matter."""
    code = "".join(f"    total_{i} = prices[{i}] * amounts[{i}] + tax({i})\n" for i in range(20))
    (work / "invoicing/src/sum.py").write_text("def total(prices, amounts):\n" + code + "    return total_0\n")
    (work / "invoicing/src/again.py").write_text("def again(prices, amounts):\n" + code)
    (work / "old/lib").mkdir()
    (work / "old/lib/other.py").write_text("import os\n\n\nclass X:\n" + code.replace("    ", "\t\t").replace("tax(7)", "tax(7)  # of the year") + "\n\nprint(1)\n")
    answer = catalog("--copies", "--in", work)
    (pair,) = answer["pairs"]
    assert {pair["a"]["service"], pair["b"]["service"]} == {"invoicing", "old-pay"} and pair["lines"] >= 20, pair
    place = pair["places"][0]
    sides = {(place["a_file"], place["a_from"], place["a_to"]), (place["b_file"], place["b_from"], place["b_to"])}
    assert (str(work / "old/lib/other.py"), 4, 24) in sides, place
    assert answer["files"] >= 9
    text = run("catalog", "--copies", "--in", work).out
    assert "lib/other.py:4-24" in text and "1 pairs of services share code" in text, text


def test_work_items(work, tmp_path):
    """Orphans in a file of Markdown: each once, kept up to date, closed by itself; what people wrote there stays."""
    todo = tmp_path / "ORPHANS.md"

    def keep():
        r = run("catalog", "--todo", todo.name, "--in", work, cwd=tmp_path)
        assert r.code == 0, r
        return r.out.split(": ", 1)[1].strip()

    assert keep() == "2 added, 0 still open, 0 closed."
    text = todo.read_text()
    assert "- [ ] **stock**: Nobody is said to own it. Ask billing: " in text and "<!-- pleach:old-pay -->" in text, text
    assert keep() == "0 added, 2 still open, 0 closed." and todo.read_text() == text
    todo.write_text(text.replace("# Services", "# Our services").replace("- [ ] **stock**", "Talked to Bea.\n- [x] **stock**"))
    assert keep() == "0 added, 2 still open, 0 closed."  # ticked off, and still nobody's
    assert run("catalog", "stock", "--assign", "billing", "--in", work).code == 0
    Repository(work / "deep/er/stock").commit()
    assert keep() == "0 added, 1 still open, 1 closed."
    text = todo.read_text()
    assert "# Our services" in text and "Talked to Bea.\n- [x] **stock**" in text and "- [ ] **old-pay**" in text, text
    assert keep() == "0 added, 1 still open, 0 closed." and todo.read_text() == text
    r = run("catalog", "nobody", "--todo", "x", "--in", work)
    assert r.code == 3 and "no service is called" in r.err, r
    r = run("catalog", "--owner", "billing", "--todo", "x", "--in", work)
    assert r.code == 2 and "of all owners" in r.err, r
    r = run("catalog", "old-pay", "--todo", "one.md", "--json", "--in", work, cwd=tmp_path)
    assert r.json()["raised"] == 1 and r.json()["items"] == [{"id": "old-pay", "number": "", "url": "", "open": True}], r
    r = run("catalog", "--todo", "none.md", "--no-new", "--in", work, cwd=tmp_path)
    assert "0 added" in r.out and not (tmp_path / "none.md").exists(), r
    assert "--no-new goes with --todo" in run("catalog", "--no-new", "--in", work).err
    r = run("catalog", "--todo", tmp_path / "no/such/x.md", "--in", work)
    assert r.code != 0, r


def test_assign(work, make_fleet):
    """One command gives a service to a team, in the file that says it, or a new one; nothing else of the file changes, and a wrong name changes nothing."""
    def assign(name, team, *words, cwd=None):
        r = run("catalog", name, "--assign", team, "--json", *words, cwd=cwd)
        return r.json() if r.code == 0 else r

    done = assign("invoicing", "logistics", "--in", work)
    text = (work / "invoicing/catalog-info.yaml").read_text()
    assert done == {"service": "invoicing", "owner": "logistics", "before": "billing", "file": str(work / "invoicing/catalog-info.yaml"), "line": 4, "created": False}, done
    assert text == BACKSTAGE.format(name="invoicing", owner="logistics")
    done = assign("stock", "billing", "--in", work)
    assert done["created"] and (work / "deep/er/stock/service.yaml").read_text() == "service: stock\nowner: billing\n", done
    Repository(work / "deep/er/stock").commit()
    assert services(catalog("--in", work))["stock"]["owner"] == "billing"
    before = (work / "old/catalog-info.yaml").read_text()
    for name, team, words in (("old-pay", "a: b", "no name of a team"), ("old-pay", "", "no name of a team"), ("nobody", "billing", "no service is called")):
        r = assign(name, team, "--in", work)
        assert r.code != 0 and words in r.err + r.out, r
    assert (work / "old/catalog-info.yaml").read_text() == before
    # Changed meanwhile, and not committed: the line says something else now.
    (work / "old/catalog-info.yaml").write_text("# new\n" + before)
    r = assign("old-pay", "billing", "--in", work)
    assert r.code != 0 and "has changed" in r.err + r.out and (work / "old/catalog-info.yaml").read_text() == "# new\n" + before, r
    r = run("catalog", "--assign", "billing")
    assert r.code == 2 and "name the service" in r.err, r
    f = make_fleet()
    f.add("back", owner="billing")
    f.put("services/bare/service.yaml", "service: bare # of nobody\n")
    assert assign("back", "sales", cwd=f.root)["before"] == "billing"
    assert assign("bare", "sales", cwd=f.root)["line"] == 2
    assert (f.root / "services/bare/service.yaml").read_text() == "service: bare # of nobody\nowner: sales\n"
    assert {n: s["owner"] for n, s in services(catalog(cwd=f.root)).items()} == {"back": "sales", "bare": "sales"}
    text = run("catalog", "bare", "--assign", "billing", cwd=f.root).out
    assert "bare is billing's now, no more sales's" in text and "Commit it." in text, text


def test_unchanged_is_not_read_again(work):
    lines, done = crawl(work)
    assert (done["read"], done["unchanged"], done["failed"]) == (4, 0, 0)
    known = work / "known.jsonl"
    known.write_text("\n".join(json.dumps(x) for x in lines))
    lines, done = crawl("--known", known, work)
    assert (done["read"], done["unchanged"]) == (0, 4) and all(x["unchanged"] for x in lines)
    r = Repository(work / "invoicing")
    r.put("src/new.c", "new\n")
    r.commit()
    lines, done = crawl("--known", known, work)
    assert (done["read"], done["unchanged"]) == (1, 3)
    r.git("gc", "-q")  # refs are packed now
    r.git("pack-refs", "--all")
    lines, done = crawl("--known", known, work)
    assert (done["read"], done["unchanged"]) == (1, 3)
    shares = [crawl("--share", f"{i}/2", work)[0] for i in range(2)]
    assert sorted(x["path"] for s in shares for x in s) == sorted(x["path"] for x in crawl(work)[0])
    assert run("crawl", "--share", "2/2", work).code == 2


def test_kinds_of_clones(work, tmp_path):
    """Bare, shallow, without blobs, a linked work tree, a detached head, a folder of a repository, a folder without git: each says the same."""
    source = Repository(work / "invoicing")
    plain = {k: v for k, v in services(catalog("--in", source.top))["invoicing"].items() if k not in ("repository", "commits", "score")}

    def same(folder, *without):
        x = services(catalog("--in", folder))["invoicing"]
        assert {k: v for k, v in x.items() if k in plain and k not in without} == {k: v for k, v in plain.items() if k not in without}, folder
        return x

    source.git("clone", "-q", "--bare", str(source.top), str(tmp_path / "bare.git"))
    same(tmp_path / "bare.git")
    source.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    same(tmp_path / "linked")
    source.git("clone", "-q", "--depth", "1", f"file://{source.top}", str(tmp_path / "shallow"))
    shallow = same(tmp_path / "shallow", "last_commit_ms", "truck_factor", "files", "conflict", "owner_confidence")
    assert shallow["commits"] == 0 and shallow["truck_factor"] == 0  # the commit at the edge wrote nothing of it
    assert "cut off" in catalog("--in", tmp_path / "shallow")["repositories"][0]["note"]
    source.git("-c", "uploadpack.allowFilter=true", "-c", "uploadpack.allowAnySHA1InWant=true", "clone", "-q", "--no-checkout", "--filter=blob:limit=100k",
               "-u", "git -c uploadpack.allowFilter=true upload-pack", f"file://{source.top}", str(tmp_path / "partial"))
    same(tmp_path / "partial")
    subprocess.run(["cp", "-r", source.top, tmp_path / "copy"], check=True)
    subprocess.run(["rm", "-rf", tmp_path / "copy/.git"], check=True)
    files = services(catalog("--in", tmp_path / "copy"))["invoicing"]
    assert files["owner"] == "billing" and files["commits"] == 0 and files["conflict"].endswith("CODEOWNERS:1 says payments")
    mono = Repository(tmp_path / "mono")
    mono.put("CODEOWNERS", "/a/ @shop/billing\n/b/ @shop/sales\n")
    for name in "ab":
        mono.put(f"{name}/Dockerfile", "FROM debian\n")
    mono.commit()
    assert set(services(catalog("--in", mono.top / "a"))) == {"a"}
    assert services(catalog("--in", mono.top / "a"))["a"]["owner"] == "billing"
    # A folder of clones is one within a repository too, which ignores it; a folder with a submodule is the repository's.
    subprocess.run(["cp", "-r", source.top, mono.top / "a/invoicing"], check=True)
    assert set(services(catalog("--in", mono.top / "a"))) == {"invoicing"}
    (mono.top / "a/invoicing/.git").rename(mono.top / ".git/modules-invoicing")
    (mono.top / "a/invoicing/.git").write_text("gitdir: ../../.git/modules-invoicing\n")
    assert set(services(catalog("--in", mono.top / "a"))) == {"a"}
    empty = Repository(tmp_path / "nothing/yet")
    answer = catalog("--in", empty.top)
    assert "no commit yet" in answer["missing"] and not answer["services"], answer


def test_malicious(tmp_path):
    """A repository that means ill: nothing of it is run, nothing outside of it is read, nothing is written; and the crawl of the others goes on."""
    fine = Repository(tmp_path / "all/fine")
    fine.put("catalog-info.yaml", BACKSTAGE.format(name="fine", owner="x"))
    fine.commit()
    bad = Repository(tmp_path / "all/bad")
    secret = tmp_path / "secret"
    secret.write_text(BACKSTAGE.format(name="secret", owner="x"))
    ran = tmp_path / "ran"
    script = tmp_path / "all/bad/evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {ran}\n")
    script.chmod(0o755)
    bad.put("Dockerfile", "FROM debian\n")
    (bad.top / "link").mkdir()
    (bad.top / "link/catalog-info.yaml").symlink_to(secret)
    (bad.top / "up").symlink_to(tmp_path)
    bad.put("docker-compose.yml", "services:\n  out: { build: ../../../.. }\n  root: { build: / }\n")
    bad.put("big/catalog-info.yaml", "# " + "x" * (2 << 20) + "\n" + BACKSTAGE.format(name="big", owner="x"))
    bad.put("bytes/catalog-info.yaml", "")
    (bad.top / "bytes/catalog-info.yaml").write_bytes(b"\xff\x00\xfe" * 100)
    bad.put("laughs/catalog-info.yaml", "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(f"{c}: &{c} [{','.join(['*' + p] * 9)}]" for p, c in zip("abcdefgh", "bcdefghi")) + "\nkind: Component\nmetadata: { name: laughs }\n")
    bad.put("deep/catalog-info.yaml", "[" * 5000)
    bad.put(".gitmodules", f'[submodule "x"]\n\tpath = sub\n\turl = ext::{script}\n\tupdate = !{script}\n')
    bad.put(".gitattributes", "* filter=evil diff=evil merge=evil\n")
    bad.put("names/a\nb\tc/Dockerfile", "FROM debian\n")
    bad.put(".mailmap", "x" * 100000 + " <" + "y" * 100000 + ">\n")
    bad.commit(author="\"}],'; <a\\b@example.org>")
    bad.git("update-index", "--add", "--cacheinfo", f"160000,{bad.git('rev-parse', 'HEAD').strip()},sub")
    bad.git("commit", "-q", "-m", "a submodule")
    for name in ("post-checkout", "pre-commit", "post-index-change", "reference-transaction", "fsmonitor-watchman"):
        hook = bad.top / ".git/hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
        hook.chmod(0o755)
    for key, value in {"core.fsmonitor": script, "core.hooksPath": tmp_path / "all/bad", "core.sshCommand": script, "core.pager": script, "diff.external": script, "diff.evil.textconv": script, "diff.evil.command": script,
                       "filter.evil.clean": script, "filter.evil.smudge": script, "filter.evil.process": script, "gpg.program": script, "log.showSignature": "true", "credential.helper": f"!{script}",
                       "remote.origin.url": f"ext::{script}", "remote.origin.promisor": "true", "remote.origin.partialclonefilter": "blob:none", "extensions.partialClone": "origin",
                       "protocol.ext.allow": "always", "core.alternateRefsCommand": script, "core.askPass": script}.items():
        bad.git("config", key, str(value))
    # A blob that is missing: git would fetch it from the promisor, which is a program.
    missing = bad.git("rev-parse", "HEAD:docker-compose.yml").strip()
    (bad.top / ".git/objects" / missing[:2] / missing[2:]).unlink()
    before = sorted((str(p), p.lstat().st_mtime_ns) for p in bad.top.rglob("*"))
    began = time.monotonic()
    answer = catalog("--in", tmp_path / "all")
    assert time.monotonic() - began < 20 * SLOW
    assert not ran.exists(), "a program of the repository was run"
    assert sorted((str(p), p.lstat().st_mtime_ns) for p in bad.top.rglob("*")) == before, "something was written"
    found = services(answer)
    assert found["fine"]["owner"] == "x" and "secret" not in found and "big" not in found, found
    problems = {p["file"]: p for r in answer["repositories"] for p in r["problems"]}
    assert "deep/catalog-info.yaml" in problems, answer["missing"]
    assert problems["deep/catalog-info.yaml"]["line"] == 1, problems
    assert all(s["repository"] in ("", str(bad.top), str(fine.top)) for s in answer["services"])


def test_a_hundred_thousand_files(tmp_path):
    """One repository, 100,000 files of 250 services and 330 kB of CODEOWNERS: by git, moved as a whole, unchanged, and as a folder without git."""
    r = Repository(tmp_path / "mono")
    day = int(time.time()) - 86400
    rules = "".join(f"/area{k // 5}/team{k}/ @shop/t{k % 40}\n" + "".join(f"/area{k // 5}/team{k}/pkg{p}/*.gen @shop/gen{p % 7}\n" for p in range(35)) for k in range(250))
    assert len(rules) > 330_000
    files = {"CODEOWNERS": rules} | {f"area{k // 5}/team{k}/Dockerfile": "FROM debian\n" for k in range(250)} | {f"area{k // 2000}/team{k // 400}/pkg{k // 40}/f{k}.py": f"x = {k}\n" for k in range(100_000)}

    def change(day, files, moves=(), first=False, who="Ada <ada@example.org>"):
        return (f"commit refs/heads/main\nauthor {who} {day} +0000\ncommitter x <x@example.org> {day} +0000\ndata 1\nx\n" + ("" if first else "from refs/heads/main^0\n")
                + "".join(f"R {a} {b}\n" for a, b in moves) + "".join(f"M 644 inline {name}\ndata {len(text)}\n{text}\n" for name, text in files.items()))

    subprocess.run(["git", "fast-import", "--quiet"], cwd=r.top, check=True, env=NOBODY, input=change(day, files, first=True).encode())

    def look(folder):
        began = time.monotonic()
        answer = catalog("--in", folder, cwd=tmp_path)
        took = time.monotonic() - began
        found = services(answer)
        assert len(found) == 250 and {n: s["owner"] for n, s in found.items()} == {f"team{k}": f"t{k % 40}" for k in range(250)}, answer["missing"]
        assert took < 20 * SLOW, took
        (repository,) = answer["repositories"]
        assert not repository["problems"] and not repository.get("note"), repository
        return found

    first = look(r.top)
    assert first["team7"]["files"] == 401 and first["team249"]["truck_factor"] == 1 and first["team249"]["commits"] == 1
    # All of it moves, by one commit of somebody who wrote nothing of it: who did is remembered.
    moved = change(day + 60, {"CODEOWNERS": "".join(line.replace(f"/area{k}/", f"/zone{k}/") + "\n" for line in rules.splitlines() for k in (int(line[5:line.index("/", 1)]),))},
                   [(f"area{k}", f"zone{k}") for k in range(50)], who="Bo <bo@example.org>")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=r.top, check=True, env=NOBODY, input=moved.encode())
    again = look(r.top)
    assert again["team3"]["commits"] == 1 and again["team3"]["last_commit_ms"] == first["team3"]["last_commit_ms"], again["team3"]
    lines, _ = crawl(r.top)
    assert {a["mail"] for s in lines[0]["units"] for a in s["people"]["by"]} == {"ada@example.org"}
    assert sum("zone" in json.dumps(s) for s in lines[0]["units"]) == 250
    known = tmp_path / "known.jsonl"
    known.write_text("\n".join(json.dumps(x) for x in lines))
    began = time.monotonic()
    assert crawl("--known", known, r.top)[1]["unchanged"] == 1 and time.monotonic() - began < 1 * SLOW
    r.git("checkout", "-q", "-f", "main")
    (r.top / ".git").rename(tmp_path / "git")
    bare = look(r.top)
    assert bare["team3"]["commits"] == 0


def reads(f, *folders):
    f.config["catalog"] = {"repositories": list(folders), "every": "1s"}
    f.put("pleach.yaml", yaml.safe_dump(f.config, sort_keys=False))


def test_releases(tmp_path, make_fleet):
    """Releases by tags, annotated and light, of one service or a whole repository; a new tag is noticed though no commit is; two repositories in lock-step are told, and what that means for the fleet."""
    f = make_fleet()
    shop = {name: Repository(f.root / "clones" / name) for name in ("pos", "till")}
    for name, r in shop.items():
        r.put("catalog-info.yaml", BACKSTAGE.format(name=name, owner="sales" if name == "pos" else "billing"))
        r.commit(days=300)
    now = int(time.time())
    for i in range(1, 9):
        for k, r in enumerate(shop.values()):
            at = f"@{now - i * 9 * 86400 - i * 5000 + k * 900} +0000"
            r.git("tag", "-a", "-m", "release", f"v1.{9 - i}", env={"GIT_COMMITTER_DATE": at})
    mono = Repository(f.root / "clones/mono")
    for name in ("alpha", "beta"):
        mono.put(f"{name}/Dockerfile", "FROM debian\n")
    mono.commit(days=3)
    mono.git("tag", "v2.0.0")
    mono.git("tag", "latest")
    reads(f, "clones")

    def one(name):
        return f.cli("catalog", name, "--json").json()

    pos = one("pos")
    assert [r["version"] for r in pos["releases"]] == [f"v1.{9 - i}" for i in range(1, 9)] and pos["releases_year"] == 8, pos["releases"]
    assert [(w["service"], w["owner"], w["together"], w["of"]) for w in pos["released_with"]] == [("till", "billing", 8, 8)] and pos["released_with"][0]["by_habit"] < 1, pos["released_with"]
    assert [(r["version"], r["whole"]) for r in one("alpha")["releases"]] == [("v2.0.0", True)] and one("alpha")["released_with"] == []
    mono.git("tag", "alpha/v2.1.0")
    assert [r["version"] for r in one("alpha")["releases"]] == ["v2.1.0", "v2.0.0"] and [r["version"] for r in one("beta")["releases"]] == ["v2.0.0"]
    mono.git("pack-refs", "--all")
    mono.git("tag", "-d", "v2.0.0")
    assert [r["version"] for r in one("alpha")["releases"]] == ["v2.1.0"] and one("beta")["releases"] == []
    text = f.cli("catalog", "pos").out
    assert "Releases: 8 in the last year" in text and "in lock-step with till of billing: 8 of 8 times within an hour" in text, text
    advice = f.cli("advise", "--json").json()
    (breaking,) = [p for p in advice["pains"] if p["pain"] == "breaking changes"]
    assert advice["figures"]["lockstep"] == 1 and breaking["state"] == "now" and any("released within an hour of each other, as pos and till, 8 of 8 times" in r for r in breaking["reasons"]), breaking


def test_moves_and_renames(make_fleet):
    """In a fleet what services are is remembered: one keeps its id when its folder moves, when it is renamed, and when both happen at once with some files changed."""
    f = make_fleet()
    f.add("back", owner="billing")
    mono = Repository(f.root / "mono")
    for name in ("alpha", "beta", "gamma"):
        mono.put(f"services/{name}/Dockerfile", f"FROM {name}\n")
        for i in range(10):
            mono.put(f"services/{name}/{i}.c", f"{name} {i}\n")
    mono.commit()
    reads(f, "mono")

    def found():
        r = f.cli("catalog", "--json")
        assert r.code == 0, r
        return services(r.json())

    assert {n: s["id"] for n, s in found().items()} == {"alpha": "alpha", "beta": "beta", "gamma": "gamma", "back": "back"}
    mono.git("mv", "services/alpha", "alpha")  # moves
    mono.git("mv", "services/gamma", "gamma-next")  # moves, under another name, with changes
    mono.put("gamma-next/1.c", "changed\n")
    mono.put("gamma-next/2.c", "changed\n")
    mono.put("services/beta/catalog-info.yaml", BACKSTAGE.format(name="beta-api", owner="billing"))  # is named
    mono.commit()
    x = found()
    assert (x["alpha"]["id"], x["alpha"]["was"], x["alpha"]["root"]) == ("alpha", "", "alpha")
    assert (x["gamma-next"]["id"], x["gamma-next"]["was"]) == ("gamma", "gamma")
    assert (x["beta-api"]["id"], x["beta-api"]["was"]) == ("beta", "beta")
    assert found() == x
    assert f.cli("catalog", "gamma", "--json").json()["service"] == "gamma-next"


def test_in_a_fleet(make_fleet):
    """Control crawls by itself, lays traffic over it, answers, and has findings: a contradicted owner, an inactive one, an abandoned service that is still called."""
    f = make_fleet()
    f.add("front", calls={"back": {"timeout": "1s", "on_failure": "it says so"}})
    f.add("back", owner="billing")
    clones = f.root / "clones"
    back = Repository(clones / "back-code")
    back.put("catalog-info.yaml", BACKSTAGE.format(name="back", owner="payments"))
    back.put("main.c", "x\n")
    back.commit(author="Gus <gus@example.org>", days=500)
    quiet = Repository(clones / "quiet")
    quiet.put("catalog-info.yaml", BACKSTAGE.format(name="quiet", owner="nobody-knows"))
    quiet.commit(author="Gus <gus@example.org>")
    broken = Repository(clones / "broken")
    broken.put("RUNBOOK.md", "# Broken\n## Service Tier\nGold\n## Whatever\nx\n")
    broken.commit()
    legacy = Repository(clones / "legacy")
    legacy.put("catalog-info.yaml", BACKSTAGE.format(name="legacy", owner="gone"))
    legacy.commit(author="Zed <zed@example.org>", days=500)
    f.config["teams"]["gone"] = {"members": ["zed@example.org"]}
    reads(f, ".", "clones")
    f.config["catalog"]["rules"] = [{"name": "no-echo", "query": "echo -level:fatal", "most": 1, "weight": 4, "raise": "be quiet"}, {"name": "no-panic", "query": "level:fatal"}]
    f.put("pleach.yaml", yaml.safe_dump(f.config, sort_keys=False))
    f.up()
    for _ in range(3):
        assert f.get("/front/v1/call/back/v1/echo").status == 200
    answer = wait_for("the traffic is in it", lambda: (lambda a: a if services(a)["back"]["callers"] else None)(f.request("GET", "/api/catalog").json()), 60, every=0.3)
    x = services(answer)
    assert x["back"]["owner"] == "billing" and "payments" in x["back"]["conflict"] and x["back"]["in_fleet"] and x["back"]["seen_ms"], x["back"]
    assert [o["reason"] for o in x["back"]["orphan"]] == ["abandoned"], x["back"]
    assert [o["reason"] for o in x["quiet"]["orphan"]] == ["unknown-owner", "never-seen"], x["quiet"]
    assert answer["missing"] == "" and answer["counts"]["problems"] == 1
    assert {s["service"] for s in f.request("GET", "/api/catalog?orphans=true").json()["services"]} == {s for s, v in x.items() if v["orphan"]}
    assert {s["service"] for s in f.request("GET", "/api/catalog?owner=billing").json()["services"]} == {"back"}
    one = f.request("GET", "/api/catalog/back").json()
    assert [(c["service"], c["calls"]) for c in one["called_by"]] == [("front", 3)] and one["called_by"][0]["owner"] == "sales", one["called_by"]
    assert {v["key"] for v in one["values"]} >= {"owner", "type", "description", "runs", "alias"} - {"alias"}
    assert f.request("GET", "/api/catalog/nobody").status == 404
    assert f.request("GET", "/api/catalog/export/xml").status == 404
    assert f.request("POST", "/api/catalog").status == 405
    assert all(e["valid"] is True for e in judged(f.request("GET", "/api/catalog/export/backstage").text))
    assert f.request("GET", "/api/catalog/export/cyclonedx").json()["bomFormat"] == "CycloneDX"
    assert all(e["valid"] is True for e in judged(f.ok("catalog", "--format", "backstage").out))
    kinds = wait_for("findings", lambda: (lambda k: k if {"owner-contradicted", "owner-inactive", "abandoned", "orphan"} <= set(k) else None)({x["kind"]: x for x in f.request("GET", "/api/findings").json()["findings"]}), 60, every=0.3)
    assert "says payments" in kinds["owner-contradicted"]["sentence"] and kinds["abandoned"]["service"] == "back" and kinds["orphan"]["service"] == "quiet"
    assert kinds["owner-inactive"]["service"] == "legacy" and "No member of gone" in kinds["owner-inactive"]["sentence"]
    text = f.ok("catalog").out
    assert "back" in text and "abandoned" in text and "RUNBOOK.md:4:1" in text, text
    assert "called by  front of sales  3 calls" in f.ok("catalog", "back").out
    # The score: what was measured of what runs here, what would raise it, and its day.
    score = {x["facet"]: x for x in one["score"]["facets"]}
    assert score["health"]["measured"] == "/healthz answers for 1 of 1" and score["health"]["value"] == 1, score
    assert score["knowledge"]["value"] == 0 and "1 of 1" not in score["knowledge"]["measured"][:5] and not score["spare"]["measurable"], score
    for unseen in ("objectives", "journeys"):
        assert not score[unseen]["measurable"] and score[unseen]["gain"] == 0 and score[unseen]["measured"].startswith("not measured yet: "), score[unseen]
    front = {x["facet"]: x for x in f.request("GET", "/api/catalog/front").json()["score"]["facets"]}
    assert (front["timeouts"]["value"], front["on-failure"]["value"], front["traces"]["measured"]) == (1, 1, "0 of its 3 calls began a new trace"), front
    assert abs(one["score"]["points"] + sum(x["gain"] for x in one["score"]["facets"]) - 100) < 1
    assert len(one["score_days"]) in (1, 2) and abs(one["score_days"][-1]["points"] - one["score"]["points"]) <= 0.6, one["score_days"]
    text = f.ok("catalog", "--score").out
    assert "TIER" in text and "front" in text and "+" in text, text
    text = f.ok("catalog", "back").out
    assert "How well it can be run" in text and "-  Objectives are set and their alerts reach the owner: not measured yet" in text, text
    # The fleet's own rules, by queries.
    def rules():
        facets = {x["facet"]: x for x in f.request("GET", "/api/catalog/back").json()["score"]["facets"]}
        return facets if facets["no-echo"]["measurable"] else None

    own = wait_for("the rules are measured", rules, 60, every=0.3)
    assert own["no-echo"]["value"] == 0 and own["no-echo"]["raise"] == "be quiet" and "match `echo -level:fatal`; at most 1 may" in own["no-echo"]["measured"], own["no-echo"]
    assert own["no-panic"]["value"] == 1 and own["no-panic"]["measured"].startswith("0 lines"), own["no-panic"]
    assert "no-echo" in f.ok("catalog", "back").out
    # Advice from all of it: what hurts now and why, by figures; findings count.
    advice = f.request("GET", "/api/advice").json()
    states = {p["pain"]: p for p in advice["pains"]}
    assert len(states) == 10 and states["orphaned services"]["state"] == "now" and states["ownership at scale"]["state"] == "now", states
    assert advice["figures"]["services"] == 4 and advice["figures"]["edges"] == 1 and advice["figures"]["cross_team_edges"] == 1, advice["figures"]
    assert f.request("GET", "/api/advice/x").status == 404
    text = f.ok("advise", "--all").out
    assert "in nobody's hands" in text and "wasted  A service mesh." in text and "now  Services that nobody looks after" in text, text
    assert f.ok("advise", "--json").json()["figures"] == advice["figures"]
    # Built twice: two teams with one interface; what changes in a file is noticed, though nothing was committed.
    assert f.request("GET", "/api/duplicates/x").status == 404
    assert f.request("GET", "/api/duplicates").json()["pairs"] == []
    for name in ("quiet", "legacy"):
        (clones / name / "openapi.yaml").write_text((SHOP / "services/orders/contract/openapi.yaml").read_text().replace("invoice", "bill" if name == "quiet" else "invoice"))
        Repository(clones / name).commit(author="Gus <gus@example.org>")
    (pair,) = wait_for("the pair", lambda: f.request("GET", "/api/duplicates").json()["pairs"], 60, every=0.3)
    assert {pair["a"]["service"], pair["b"]["service"]} == {"quiet", "legacy"} and pair["alike"] > 0.5 and "operations are the same" in pair["reasons"][0], pair
    wait_for("the finding", lambda: [x for x in f.request("GET", "/api/findings").json()["findings"] if x["kind"] == "built-twice"], 60, every=0.3)
    text = f.ok("catalog", "--alike").out
    assert "% alike" in text and "quiet" in text and "legacy" in text and "1 pairs" in text, text
    assert "% alike" in run("catalog", "--alike", "--in", clones).out
    # A commit is noticed by itself.
    quiet.put("catalog-info.yaml", BACKSTAGE.format(name="quiet", owner="sales"))
    quiet.commit(author="Gus <gus@example.org>")
    wait_for("the commit is seen", lambda: services(f.request("GET", "/api/catalog").json())["quiet"]["owner"] == "sales", 60, every=0.3)


def test_around_the_shop():
    """What the demo shows of the repositories around the shop: each thing that is wrong with them is found."""
    env = os.environ | {"PATH": f"{pathlib.Path(BIN).parent}:{os.environ['PATH']}"}
    r = subprocess.run([SHOP / "around/show.sh"], capture_output=True, text=True, timeout=120 * SLOW, env=env)
    assert r.returncode == 0, r.stderr
    for seen in ("fax-gateway    telephony", "unknown-owner", "label-printer  nobody", "no-owner", "pricing        billing", "contradicted", "cannot be read: warehouse/RUNBOOK.md:9:1: `Whom To Call`",
                 "ask     logistics: 1 of those who wrote it is of logistics, with 3 of 3 files\n", "ask     Gus Grand <gus@shop.example>", "order-hub and orders", "3 of 3 operations are the same",
                 "order-hub/partner_prices.py:1-58\n    pricing/tiers.py:1-58", "http-client, pypi  HTTP clients: 3 libraries of 4 teams",
                 "broker  decided differently"):
        assert seen in r.stdout, (seen, r.stdout)
