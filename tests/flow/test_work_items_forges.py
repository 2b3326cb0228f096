"""Orphans as issues of GitHub and GitLab, and told to a webhook: one each, whatever people do to them and however the API fails. The forges are fakes of ours on this machine (forges.py)."""

import json
import os
import subprocess
import time

import pytest
from fleet import run, wait_for
from forges import TOKEN, GitHub, GitLab, GitLabBelow, Hook
from test_catalog import BACKSTAGE, Repository

ENV = {k: v for k, v in os.environ.items() if k.lower() not in ("http_proxy", "https_proxy", "all_proxy")}


@pytest.fixture
def work(tmp_path):
    """stock and till are nobody's; billing's invoicing is not."""
    top = tmp_path / "work"
    for name, text in (("stock", "FROM debian\n"), ("till", "FROM debian\n")):
        r = Repository(top / name)
        r.put("Dockerfile", text)
        r.commit()
    r = Repository(top / "invoicing")
    r.put("catalog-info.yaml", BACKSTAGE.format(name="invoicing", owner="billing"))
    r.commit()
    return top


@pytest.fixture(params=[GitHub, GitLab])
def forge(request):
    with request.param() as f:
        yield f


def environment(token=TOKEN, **more):
    return {**ENV, "GITHUB_TOKEN": token, "GITLAB_TOKEN": token, "PLEACH_WEBHOOK_TOKEN": token, **more}


def todo(where, work, *words, code=0, env=None):
    r = run("catalog", "--todo", where, "--in", work, *words, env=env or environment(), timeout=120)
    assert r.code == code, r
    assert TOKEN not in r.out + r.err
    return r


def kept(where, work, *words):
    """(raised, updated, reopened, closed, unchanged)"""
    a = todo(where, work, "--json", *words).json()
    return tuple(a[k] for k in ("raised", "updated", "reopened", "closed", "unchanged"))


def give(work, name, team="billing"):
    (work / name / "catalog-info.yaml").write_text(BACKSTAGE.format(name=name, owner=team))
    Repository(work / name).commit()


def take(work, name):
    (work / name / "catalog-info.yaml").unlink()
    Repository(work / name).commit()


def issues_of(forge, name):
    return [i for i in forge.issues if f"<!-- pleach:{name} reasons" in (forge.text(i) or "")]


def test_an_issue_each(forge, work):
    """Raised once, kept through what people do to it, closed with a comment when there is an owner, opened again and never raised a second time."""
    for i in range(250):  # more than two pages of other people's
        forge.add(f"other {i}", None if i % 3 else f"text {i}\r\n> <!-- pleach:stock reasons=no-owner -->")
    if isinstance(forge, GitHub):
        forge.add("a pull request", "<!-- pleach:stock reasons=no-owner -->", pull_request={})
    others = json.dumps(forge.issues)
    r = todo(forge.where(), work, "--dry-run")
    assert "would raise  stock" in r.out and "2 raised, 0 updated, 0 reopened, 0 closed, 0 unchanged" in r.out and "nothing was changed" in r.out and not forge.changes(), r
    answer = todo(forge.where(), work, "--json").json()
    assert [(s["action"], s["service"]) for s in answer["steps"]] == [("raise", "stock"), ("raise", "till")] and not answer["dry_run"], answer
    (stock,), (till,) = issues_of(forge, "stock")[-1:], issues_of(forge, "till")
    assert stock["title"] == "stock: in nobody's hands" and answer["steps"][0]["url"] in stock.values()
    assert "Nobody is said to own it." in forge.text(stock) and str(work) not in forge.text(stock), stock
    assert {t for _, _, t in forge.log} == {f"Bearer {TOKEN}"}
    assert kept(forge.where(), work) == (0, 0, 0, 0, 2)
    # A browser wrote it back with CR LF, somebody renamed it and wrote around the block.
    forge.write(stock, "Bea looks into it.\r\n\r\n" + forge.text(stock).replace("\n", "\r\n") + "\r\nSee also #3")
    stock["title"] = "Who has the stock?"
    text = forge.text(stock)
    assert kept(forge.where(), work) == (0, 0, 0, 0, 2) and forge.text(stock) == text
    # A part of the block was written over: it is as it was, the rest is not touched.
    forge.write(stock, text.replace("Nobody is said to own it", "I do not care"))
    assert kept(forge.where(), work) == (0, 1, 0, 0, 1)
    assert forge.text(stock).replace("\r", "") == text.replace("\r", "") and forge.text(stock).startswith("Bea looks into it.\r\n") and stock["title"] == "Who has the stock?"
    # Closed by a person for the same reason: stays so.
    forge.close(till)
    assert kept(forge.where(), work) == (0, 0, 0, 0, 2) and not forge.is_open(till)
    # An owner: closed with a comment, once. The one that is closed already is settled silently.
    give(work, "stock")
    give(work, "till")
    assert kept(forge.where(), work) == (0, 1, 0, 1, 0)
    assert not forge.is_open(stock) and "Settled: stock is owned by billing." in forge.text(stock) and "Bea looks into it." in forge.text(stock)
    assert len(forge.notes) == 1 and "is owned by billing now" in forge.notes[0][1], forge.notes
    assert kept(forge.where(), work) == (0, 0, 0, 0, 2)
    # Nobody's again: the same issues.
    take(work, "till")
    take(work, "stock")
    assert kept(forge.where(), work) == (0, 0, 2, 0, 0) and forge.is_open(till) and forge.is_open(stock)
    assert len(issues_of(forge, "till")) == 1
    # Copied by somebody: the younger one is closed.
    copy = forge.add("copy", forge.text(till))
    assert kept(forge.where(), work) == (0, 0, 0, 1, 2) and not forge.is_open(copy) and forge.is_open(till) and "The same as #" in forge.text(copy)
    # Not in the catalogue any more; another catalogue in the same project is not ours to touch.
    assert kept(forge.where() + "#other", work) == (2, 0, 0, 0, 0)
    (work / "till").rename(work.parent / "away")
    assert kept(forge.where(), work) == (0, 0, 0, 1, 1) and not forge.is_open(till)
    assert json.dumps(forge.issues[:250 + isinstance(forge, GitHub)]) == others


def test_pages_without_links(forge, work):
    """The next page is asked for where headers do not name it: GitLab's X-Next-Page, or nothing at all behind a proxy."""
    for i in range(230):
        forge.add(f"other {i}", "")
    assert kept(forge.where(), work) == (2, 0, 0, 0, 0)
    forge.links = False
    assert kept(forge.where(), work) == (0, 0, 0, 0, 2)


def test_failures(forge, work):
    """Each failure names place and remedy; what was done half-way is found again, and nothing is raised twice."""
    def fails(words, code=1, env=None, where=None):
        r = todo(where or forge.where(), work, code=code, env=env)
        assert all(w in r.err for w in words), r.err
        return r

    name = "GITHUB_TOKEN" if isinstance(forge, GitHub) else "GITLAB_TOKEN"
    fails([name, "401"], env=environment("wrong"))
    fails([name, "set"], code=2, env={k: v for k, v in environment().items() if not k.endswith("_TOKEN")})
    assert "would raise" in todo(forge.where(), work, "--dry-run", env={k: v for k, v in environment().items() if not k.endswith("_TOKEN")}).out
    fails(["no", "404", name], code=3, where=forge.where().replace("/o/r", "/o/none").replace("/sub/p", "/sub/none"))
    forge.settings = {"archived": True}
    fails(["is archived"])
    forge.settings = {"has_issues": False, "issues_access_level": "disabled"}
    fails(["has no issues"])
    forge.settings = {}
    for status, headers, words in ((500, {}, ["500"]), (403, {}, ["403", "right"]), (302, {"Location": "http://127.0.0.1:1/"}, ["leads from", "127.0.0.1:1"]), (204, {}, ["no JSON"])):
        forge.trouble = lambda m, p, a=(status, headers): (a[0], dict(a[1]), b"")
        fails(words)
    for body, words in ((b"<html>", ["no JSON"]), (b"{}", ["answers with"]), (b"[" * 100000, ["no JSON"]), (b'{"full_name": "o/r", "id": 42' + b" " * 100, ["no JSON"]), (b"[1, null, {}]", ["answers with"])):
        forge.trouble = lambda m, p, b=body: (200, {}, b)
        fails(words)
    forge.trouble = lambda m, p: (200, {}, b'[{"number": "x", "iid": -1}]') if "issues" in p else None
    fails(["no number"])
    forge.trouble = lambda m, p: (200, {"Link": '<http://127.0.0.1:1/evil>; rel="next"'}, b"[]") if "issues?" in p else None
    fails(["somewhere else", "127.0.0.1:1"])
    forge.trouble = lambda m, p: (200, {"Content-Length": "1000"}, b"[]")
    fails(["no whole answer"])
    forge.trouble = lambda m, p: (400, {}, json.dumps({"message": f"\x1b[31mbad {TOKEN}"}).encode())
    assert "\x1b" not in fails(["400"]).err
    forge.trouble = None
    assert not forge.issues
    # Raised, and the answer lost: found again by the next run.
    forge.trouble = lambda m, p: "after" if m == "POST" else None
    fails(["no whole answer"])
    forge.trouble = None
    assert len(forge.issues) == 1 and kept(forge.where(), work) == (1, 0, 0, 0, 1) and len(forge.issues) == 2
    # The second of two fails: what was done is said.
    for i in forge.issues:
        forge.write(i, forge.text(i).replace("Nobody", "Everybody"))
    count = [0]

    def second(method, path):
        count[0] += method in ("PATCH", "PUT")
        return (502, {}, b"") if method in ("PATCH", "PUT") and count[0] == 2 else None

    forge.trouble = second
    assert "before that: 0 raised, 1 updated" in fails(["502"]).err
    forge.trouble = None
    assert kept(forge.where(), work) == (0, 1, 0, 0, 1)
    r = run("catalog", "--todo", forge.where(), "--in", work, "--json", env=environment("wrong"))
    assert r.code == 1 and r.json()["error"] == "forbidden", r


def test_limits(forge, work):
    """Asked to wait a moment, it waits; asked to wait long, it says until when. Nothing is lost or done twice."""
    asked = [0]

    def soon(method, path):
        asked[0] += 1
        return (429, {"Retry-After": "1"}, b"{}") if asked[0] in (2, 5) else None

    forge.trouble = soon
    began = time.monotonic()
    assert kept(forge.where(), work) == (2, 0, 0, 0, 0) and time.monotonic() - began >= 2 and len(forge.issues) == 2
    reset = int(time.time()) + 3000
    for status, headers in ((403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}), (429, {"Retry-After": "3000"}), (429, {"RateLimit-Remaining": "0", "RateLimit-Reset": str(reset)})):
        forge.trouble = lambda m, p, a=(status, headers): (a[0], dict(a[1]), b"{}")
        began = time.monotonic()
        r = todo(forge.where(), work, code=1)
        assert "takes no more requests of ours before 20" in r.err and "run this again then" in r.err and time.monotonic() - began < 8, r
    forge.trouble = None
    assert kept(forge.where(), work) == (0, 0, 0, 0, 2)


def test_slow_and_huge(work):
    """Slow is waited for; what says nothing is given up; what never ends is cut off."""
    with GitHub() as forge:
        def slow(method, path):
            time.sleep(0.3)

        forge.trouble = slow
        assert kept(forge.where(), work) == (2, 0, 0, 0, 0)
        forge.trouble = lambda m, p: (200, {}, b"[" + b" " * (65 << 20) + b"]")
        assert "more than 64 MiB" in todo(forge.where(), work, code=1).err
        hang = [True]

        def silent(method, path):
            end = time.monotonic() + 40
            while hang[0] and time.monotonic() < end:
                time.sleep(0.1)

        forge.trouble = silent
        began = time.monotonic()
        assert "no whole answer" in todo(forge.where(), work, code=1).err and time.monotonic() - began < 30
        hang[0] = False


def test_gitlab_below_a_path(work):
    """A server with a relative URL root: two slashes say where the project begins. All pages are read there too."""
    with GitLabBelow() as forge:
        forge.page = 1
        assert kept(forge.where(), work) == (2, 0, 0, 0, 0)
        assert kept(forge.where(), work) == (0, 0, 0, 0, 2)
        assert len(forge.issues) == 2 and all(p.startswith("/tools/gitlab/api/v4/") for _, p, _ in forge.log), forge.log


def test_github_only(work):
    """A renamed repository is followed; certificates are verified; clear text and passwords in URLs are refused."""
    with GitHub() as forge:
        assert kept(forge.where().replace("/o/r", "/old/name.git/issues"), work) == (2, 0, 0, 0, 0)
        assert all(p.startswith("/api/v3/repos/o/r/") for m, p in forge.changes())
    r = todo("https://me:pw@github.com/o/r", work, code=2)
    assert "GITHUB_TOKEN" in r.err and "pw" not in r.err, r
    assert "OWNER/REPO" in todo("https://github.com/o", work, code=2).err
    assert "OWNER/REPO" in todo("https://github.com/o/r/pull/7", work, code=2).err
    assert "GROUP/PROJECT" in todo("https://gitlab.com/o", work, code=2).err
    assert "clear text" in todo("http://hooks.example/x", work, code=2).err
    assert "no URL" in todo("ftp://127.0.0.1/x", work, code=2).err
    assert "no header can hold" in todo("github+http://127.0.0.1:1/o/r", work, code=2, env=environment("a\nb")).err
    assert todo("github+http://127.0.0.1:1/o/r", work, code=4).err.count("127.0.0.1") >= 1
    assert "--todo" in run("catalog", "--dry-run", "--in", work).err


def test_certificates(work, tmp_path):
    """A server that cannot prove who it is gets no token; one whose authority is known does."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True, timeout=60)
    with GitHub(certificate=(cert, key)) as forge:
        r = todo(forge.where(), work, code=1)
        assert "does not prove who it is" in r.err and "SSL_CERT_FILE" in r.err and not forge.log, r
        a = todo(forge.where(), work, "--json", env=environment(SSL_CERT_FILE=str(cert))).json()
        assert a["raised"] == 2


def test_webhook(work, tmp_path):
    """Each change is told once; what was not taken is told again with the same key; the secret path is nowhere."""
    state = tmp_path / "state"
    env = environment(XDG_STATE_HOME=str(state))

    def told(code=0):
        r = todo(hook.where(), work, code=code, env=env)
        files = "".join(str(p) + (p.read_text() if p.is_file() else "") for p in state.rglob("*"))
        assert "secret-path" not in r.out + r.err + files
        return r

    with Hook() as hook:
        assert "2 raised" in todo(hook.where(), work, "--dry-run", env=env).out and not hook.notes
        hook.trouble = lambda m, p: "after" if len(hook.log) == 1 else None
        told(1)
        hook.trouble = None
        assert "2 raised, 0 updated, 0 reopened, 0 closed, 0 unchanged" in told().out
        assert [(n["action"], n["id"], n["reasons"]) for n in hook.notes] == [("raise", "stock", ["no-owner"])] * 2 + [("raise", "till", ["no-owner"])], hook.notes
        keys = [h["Idempotency-Key"] for h, _ in hook.bodies]
        assert keys[0] == keys[1] != keys[2] and hook.bodies[0][0]["Authorization"] == f"Bearer {TOKEN}"
        assert "0 raised, 0 updated, 0 reopened, 0 closed, 2 unchanged" in told().out and len(hook.notes) == 3
        give(work, "stock")
        assert "1 closed, 1 unchanged" in told().out and hook.notes[-1]["action"] == "close" and hook.notes[-1]["owner"] == "billing"
        take(work, "stock")
        assert "1 raised" in told().out and len(hook.notes) == 5
        hook.trouble = lambda m, p: (404, {}, b"")
        give(work, "till")
        assert "404" in told(3).err
    bare = {k: v for k, v in env.items() if k not in ("XDG_STATE_HOME", "HOME")}
    assert "XDG_STATE_HOME" in todo(hook.where(), work, code=2, env=bare).err


def test_in_a_fleet(make_fleet):
    """The running fleet's own orphans; what a webhook was told lies in the fleet."""
    f = make_fleet()
    f.add("back", owner="billing")
    f.put("services/bare/service.yaml", "service: bare # of nobody\n")
    f.up()

    def told():
        r = f.cli("catalog", "--todo", hook.where(), "--json")
        assert r.code == 0, r
        return r.json()

    with Hook() as hook:
        # What is not there yet may be told as well (billing is no team that is known); bare is nobody's.
        wait_for("bare is told", lambda: told() and "bare" in {n["id"] for n in hook.notes})
        assert list((f.root / ".pleach/catalog").glob("hook-*.json"))
        f.put("services/bare/service.yaml", "service: bare\nowner: sales\n")
        wait_for("bare is settled", lambda: told() and any(n["id"] == "bare" and n["action"] in ("close", "update") and "no-owner" not in n["reasons"] for n in hook.notes), seconds=40)
