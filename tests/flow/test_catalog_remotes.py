"""Remote repositories in the catalogue: cloned without the contents that nobody reads, fetched again, force-pushed, vanished, too large, malicious. Remotes lie on this machine: by file://, git's
daemon, and git's http-backend."""

import contextlib
import http.server
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import time

import pytest
import yaml
from fleet import free_port, run, wait_for
from test_catalog import BACKSTAGE, NOBODY, Repository, services

ENV = {k: v for k, v in NOBODY.items() if k.lower() not in ("http_proxy", "https_proxy", "all_proxy")}


def git(*words, cwd=None):
    r = subprocess.run(["git", *map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=60, env=NOBODY)
    assert r.returncode == 0, r.stderr
    return r.stdout


class Remote(Repository):
    """A work tree whose commits are there at once; contents that change each time, so that a history without contents is much smaller."""

    def __init__(self, top, name, owner="billing", filters=True):
        super().__init__(top)
        self.url = f"file://{self.top}"
        self.git("config", "uploadpack.allowFilter", "true" if filters else "false")
        self.put("catalog-info.yaml", BACKSTAGE.format(name=name, owner=owner))
        self.put("CODEOWNERS", f"* @shop/{owner}\n")
        self.put(".mailmap", "Lou <lou@example.org> <lou@old.example.org>\n")
        for i in range(6):
            self.put("big.bin", os.urandom(100000).hex())
            self.commit(author="Lou <lou@old.example.org>")

    def owner(self, team):
        text = (self.top / "catalog-info.yaml").read_text()
        self.put("catalog-info.yaml", text[:text.rindex("owner:")] + f"owner: {team}" + text[text.rindex(" }"):])
        self.put("CODEOWNERS", f"* @shop/{team}\n")
        self.commit()


def clones(folder):
    return sorted(pathlib.Path(folder).glob("*/*.git"))


def has_contents(clone, path, revision="HEAD"):
    """Whether the clone has what a path had, without fetching it."""
    blob = git("ls-tree", revision, path, cwd=clone).split()[2]
    missing = git("rev-list", "--objects", "--all", "--missing=print", cwd=clone)
    return f"?{blob}" not in missing


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def look(tmp_path, cache):
    def look(*urls, env=None, code=0, timeout=60):
        (tmp_path / "here").mkdir(exist_ok=True)
        r = run("catalog", "--json", *[w for u in urls for w in ("--in", u)], cwd=tmp_path / "here", env={**ENV, "XDG_CACHE_HOME": str(cache), **(env or {})}, timeout=timeout)
        assert r.code == code, r
        return r.json()

    return look


def test_first_again_forced_vanished(tmp_path, cache, look):
    remote = Remote(tmp_path / "ledger", "ledger")
    other = Remote(tmp_path / "stock", "stock", filters=False)  # gives all its contents, as it knows no filters
    found = services(look(remote.url, other.url))
    assert {n: s["owner"] for n, s in found.items()} == {"ledger": "billing", "stock": "billing"}, found
    assert found["ledger"]["commits"] == 6 and found["ledger"]["truck_factor"] == 1
    ledger, stock = clones(cache / "pleach/clones") if clones(cache / "pleach/clones")[0].name == "ledger.git" else reversed(clones(cache / "pleach/clones"))
    assert has_contents(ledger, "catalog-info.yaml") and has_contents(ledger, "CODEOWNERS") and has_contents(ledger, ".mailmap") and not has_contents(ledger, "big.bin")
    assert has_contents(stock, "big.bin") and sum(p.stat().st_size for p in ledger.rglob("*") if p.is_file()) < 100000
    answer = look(remote.url)
    people = run("catalog", "ledger", "--json", "--in", remote.url, cwd=tmp_path / "here", env={**ENV, "XDG_CACHE_HOME": str(cache)}).json()["people"]
    assert [(p["name"], p["mail"], p["commits"]) for p in people] == [("Lou", "lou@example.org", 6)], people
    (r,) = answer["repositories"]
    assert r["origin"] == remote.url and r["path"] == str(ledger) and not r["note"], r
    r = run("catalog", "ledger", "--assign", "sales", "--in", remote.url, cwd=tmp_path / "here", env={**ENV, "XDG_CACHE_HOME": str(cache)})
    assert r.code == 3 and "without files" in r.err and not (ledger / "service.yaml").exists(), r
    for flag in ("--alike", "--copies"):
        assert run("catalog", flag, "--in", remote.url, "--in", other.url, cwd=tmp_path / "here", env={**ENV, "XDG_CACHE_HOME": str(cache)}).code == 0
    # Fetched again: only what is new.
    remote.owner("payments")
    assert services(look(remote.url))["ledger"]["owner"] == "payments"
    remote.owner("sales")
    # Git was ended in the middle of an earlier fetch: what it left behind hinders nobody.
    (ledger / "refs/heads/pleach.lock").write_text("")
    (ledger / "objects/pack/tmp_pack_x").write_text("x")
    assert services(look(remote.url))["ledger"]["owner"] == "sales" and not (ledger / "objects/pack/tmp_pack_x").exists()
    # Pushed by force, to another branch's history, which is the default one now.
    remote.git("checkout", "-q", "--orphan", "anew")
    remote.owner("logistics")
    remote.git("branch", "-D", "-q", "main")
    found = services(look(remote.url))
    assert found["ledger"]["owner"] == "logistics" and found["ledger"]["commits"] == 1, found
    # A remote that has filters and gives no single objects (protocol 0): all of it.
    config = tmp_path / "config"
    config.write_text("[protocol]\n\tversion = 0\n")
    third = Remote(tmp_path / "old", "old")
    assert services(look(third.url, env={"GIT_CONFIG_GLOBAL": str(config)}))["old"]["owner"] == "billing"
    (old,) = [c for c in clones(cache / "pleach/clones") if c.name == "old.git"]
    assert has_contents(old, "big.bin")
    third.owner("sales")
    assert services(look(third.url, env={"GIT_CONFIG_GLOBAL": str(config)}))["old"]["owner"] == "sales"
    # Vanished: the last state stays, the other is read all the same.
    (tmp_path / "ledger").rename(tmp_path / "away")
    other.owner("payments")
    answer = look(remote.url, other.url)
    assert {n: s["owner"] for n, s in services(answer).items()} == {"ledger": "logistics", "stock": "payments"}
    assert f"{remote.url}: it cannot be fetched" in answer["missing"], answer["missing"]
    # Never there.
    answer = look(f"file://{tmp_path}/nowhere", other.url)
    assert set(services(answer)) == {"stock"} and "nowhere: it cannot be fetched" in answer["missing"]
    # Empty.
    git("init", "-q", "--bare", tmp_path / "empty.git")
    answer = look(f"file://{tmp_path}/empty.git", other.url)
    assert set(services(answer)) == {"stock"} and "empty.git: " in answer["missing"], answer["missing"]


def test_nothing_is_run(tmp_path, cache, look):
    """Addresses that would run a program, or be taken for an option; hooks and configuration of the remote; passwords."""
    mark = tmp_path / "ran"
    script = tmp_path / "run.sh"
    script.write_text(f"#!/bin/sh\ntouch {mark}\nexec \"$@\"\n")
    script.chmod(0o755)
    remote = Remote(tmp_path / "evil", "evil")
    remote.put(".gitmodules", f"[submodule \"x\"]\n\tpath = x\n\turl = ext::{script}\n\tupdate = !{script}\n")
    remote.put(".gitattributes", "* filter=evil diff=evil\n")
    remote.commit()
    remote.git("config", "uploadpack.packObjectsHook", str(script))
    remote.git("config", "core.fsmonitor", str(script))
    remote.git("config", "core.sshCommand", str(script))
    for hook in ("post-checkout", "reference-transaction", "post-update", "pre-receive", "post-merge"):
        (tmp_path / f"evil/.git/hooks/{hook}").write_text(script.read_text())
        (tmp_path / f"evil/.git/hooks/{hook}").chmod(0o755)
    mark.unlink(missing_ok=True)
    assert set(services(look(remote.url))) == {"evil"} and not mark.exists()
    for url, word in ((f"ext::{script}", "helper"), (f"ext::sh -c {script}", "blanks"), (f"--upload-pack={script}://x", "no address"), ("-ux@host:x", "no address"), ("ssh://-oProxyCommand=x/y", "no host"),
                      ("git@-oProxyCommand=x:y", "no address"), ("ssh://git@-oProxyCommand=x/y", "no host"), ("fd::3", "helper"), ("http::https://x", "helper"), ("ftp://x/y", "not fetched"),
                      ("https://ada:secret1234@127.0.0.1/x.git", "credential helper"), ("https://secret1234@127.0.0.1/x.git", "credential helper"), ("ssh://ada:secret1234@127.0.0.1/x", "credential helper"),
                      ("https:///x", "no host"), ("file://x\ty", "blanks")):
        r = run("catalog", f"--in={url}", env={**ENV, "XDG_CACHE_HOME": str(cache)})
        assert r.code == 2 and word in r.err and "secret1234" not in r.out + r.err, (url, r)
        assert not mark.exists()
    # The worker does not trust who calls it either.
    r = run("crawl", "--clones", cache / "x", "--size", "1000000", "--", f"ext::{script}", f"-u{script}", env=ENV)
    assert not mark.exists() and r.out.count('"error"') in (0, 2), r
    # What git is told elsewhere to make of an address does not lead to a helper.
    config = tmp_path / "config"
    config.write_text(f"[url \"ext::{script} \"]\n\tinsteadOf = https://rewritten.example/\n")
    answer = look("https://rewritten.example/x.git", env={"GIT_CONFIG_GLOBAL": str(config)})
    assert not mark.exists() and "cannot be fetched" in answer["missing"] and "not allowed" in answer["missing"], answer["missing"]


@contextlib.contextmanager
def daemon(base):
    port = free_port()
    p = subprocess.Popen(["git", "daemon", "--reuseaddr", "--listen=127.0.0.1", f"--port={port}", f"--base-path={base}", "--export-all", base], env=NOBODY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         start_new_session=True)
    try:
        wait_for("git's daemon listens", lambda: socket.create_connection(("127.0.0.1", port), 1).close() is None)
        yield f"git://127.0.0.1:{port}"
    finally:
        os.killpg(p.pid, 9)
        p.wait(10)


@contextlib.contextmanager
def backend(base, password=None):
    """git http-backend, as a web server runs it."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            if password and self.headers.get("Authorization") != password:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="x"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            env = {**NOBODY, "GIT_PROJECT_ROOT": str(base), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": self.command,
                   "CONTENT_TYPE": self.headers.get("Content-Type", ""), "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""), "GIT_PROTOCOL": self.headers.get("Git-Protocol", "")}
            r = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=env, timeout=60)
            head, _, content = r.stdout.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
            self.send_response(int(fields.pop("Status", "200").split()[0]))
            for k, v in fields.items():
                self.send_header(k, v)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("way", (daemon, backend))
def test_over_the_network(way, tmp_path, cache, look):
    remote = Remote(tmp_path / "srv/ledger", "ledger")
    with way(tmp_path / "srv") as base:
        url = f"{base}/ledger/.git"
        assert services(look(url))["ledger"]["owner"] == "billing"
        (clone,) = clones(cache / "pleach/clones")
        assert clone.name == "ledger.git" and has_contents(clone, "catalog-info.yaml") and not has_contents(clone, "big.bin")
        remote.owner("sales")
        assert services(look(url))["ledger"]["owner"] == "sales"
        answer = look(url, f"{base}/nothing.git")
        assert "nothing.git: it cannot be fetched" in answer["missing"]
    answer = look(url)
    assert services(answer)["ledger"]["owner"] == "sales" and "it cannot be fetched" in answer["missing"]


def test_nobody_is_asked(tmp_path, look):
    """A remote that wants a password nobody gave: said, without a prompt."""
    Remote(tmp_path / "srv/ledger", "ledger")
    with backend(tmp_path / "srv", password="Basic YWRhOmxvdmU=") as base:
        answer = look(f"{base}/ledger/.git")
        assert not answer["services"] and "could not read Username" in answer["missing"], answer["missing"]


def test_in_a_fleet(make_fleet, tmp_path):
    """Control fetches by itself; one that is too large, and one that is gone, stop no other, and are told; the file's mistakes are told with their place."""
    remote = Remote(tmp_path / "ledger", "ledger")
    huge = Remote(tmp_path / "huge", "huge", filters=False)
    for i in range(40):
        huge.put(f"{i}.bin", os.urandom(100000).hex())
    huge.commit()
    f = make_fleet()
    f.add("back", owner="billing")
    f.config["catalog"] = {"repositories": [".", remote.url, huge.url, f"file://{tmp_path}/gone"], "clone_size": "2M"}
    f.put("pleach.yaml", yaml.safe_dump(f.config, sort_keys=False))
    f.up()

    def now():
        return f.request("GET", "/api/catalog").json()

    answer = wait_for("what is elsewhere is read", lambda: (lambda a: a if "ledger" in services(a) else None)(now()), 40, every=0.2)
    assert services(answer)["ledger"]["owner"] == "billing" and "back" in services(answer) and "huge" not in services(answer)
    assert "larger than 2 MiB" in answer["missing"] and "clone_size" in answer["missing"] and "gone: it cannot be fetched" in answer["missing"], answer["missing"]
    folder = f.root / ".pleach/catalog/clones"
    assert [p.name for p in clones(folder) if (p.parent / "fetched").exists()] == ["ledger.git"]
    assert sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) < 1 << 20
    # The command line without the fleet reads the same, and says the same.
    f.ok("down")
    remote.owner("sales")
    answer = f.ok("catalog", "--json").json()
    assert services(answer)["ledger"]["owner"] == "sales" and "larger than 2 MiB" in answer["missing"]
    f.config["catalog"]["repositories"] = [".", "ext::sh", "https://a:b@x/y"]
    f.put("pleach.yaml", yaml.safe_dump(f.config, sort_keys=False))
    r = run("check", cwd=f.root)
    assert r.code != 0 and "helper program" in r.out + r.err and "credential helper" in r.out + r.err, r


def test_a_git_that_hangs(tmp_path, cache, look):
    """A remote that answers nothing and a git that gets no further, at once: both are ended after a minute, with what they started, and are told; the others are there."""
    remote = Remote(tmp_path / "ledger", "ledger")
    slow = Remote(tmp_path / "here/slow", "slow")
    there = Remote(tmp_path / "here/there", "there")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"git://127.0.0.1:{silent.getsockname()[1]}/silent"
        real, mark = shutil.which("git"), f"sleep {100000 + os.getpid()}"  # so long that it would be found again
        wrapper = tmp_path / "bin/git"
        wrapper.parent.mkdir()
        wrapper.write_text(f"#!/bin/sh\ncase \"$PWD $*\" in */slow*' log '*) {mark} ;; esac\nexec {real} \"$@\"\n")
        wrapper.chmod(0o755)
        answers = {}

        def ask(name, *urls):
            answers[name] = look(*urls, env={"PATH": f"{wrapper.parent}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(tmp_path / name)}, timeout=120)

        asking = [threading.Thread(target=ask, args=("remote", url, remote.url)), threading.Thread(target=ask, args=("local", str(slow.top), str(there.top)))]
        for t in asking:
            t.start()
        for t in asking:
            t.join(150)
    assert set(services(answers["remote"])) == {"ledger"} and "silent: git said nothing for 60 seconds" in answers["remote"]["missing"], answers["remote"]["missing"]
    found = services(answers["local"])
    assert found["there"]["commits"] == 6 and found["slow"]["owner"] == "billing" and found["slow"]["commits"] == 0, found
    (note,) = [r["note"] for r in answers["local"]["repositories"] if r["path"] == str(slow.top)]
    assert "git log did nothing for a minute and was ended" in note, note
    assert subprocess.run(["pgrep", "-f", f"^{mark}"], capture_output=True).returncode == 1


def test_what_nobody_names_is_removed(tmp_path, cache, look):
    """A month after it was last fetched; not before, and nothing that is no clone."""
    ledger, stock, here = (Remote(tmp_path / n, n) for n in ("ledger", "stock", "here"))
    look(ledger.url, stock.url)
    folder = cache / "pleach/clones"
    (folder / "mine").mkdir()
    for clone in clones(folder):
        days = 31 if clone.name == "ledger.git" else 29
        os.utime(clone.parent / "fetched", (time.time() - days * 86400,) * 2)
    look(here.url)
    assert {p.name for p in clones(folder)} == {"stock.git", "here.git"} and {p.name for p in folder.iterdir() if not (p / "fetched").exists()} == {"mine"}
