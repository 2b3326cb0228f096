"""The catalogue asks a Backstage: its entities count as its files do, through the newer API and the older; what is wrong there is said, and in a fleet the last good answer stays.

The server is a fake on this machine; its entities are held against Backstage's own model (npm's @backstage/catalog-model) before they are served."""

import base64
import http.server
import json
import os
import ssl
import subprocess
import threading
import time
import urllib.parse

import pytest
import yaml
from fleet import SLOW, run, wait_for
from test_catalog import BACKSTAGE, CLIENTS, Repository, catalog, services

TOKEN = "tok-2718281828459045"
ENV = {k: v for k, v in os.environ.items() if k.lower() not in ("http_proxy", "https_proxy", "all_proxy", "backstage_token")}


def entity(kind, name, spec, relations=(), **annotations):
    """As the API gives it: with uid, etag, namespace, relations, the place it was read from."""
    return {
        "apiVersion": "backstage.io/v1alpha1", "kind": kind,
        "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}", "etag": "abc",
                     "annotations": {"backstage.io/managed-by-location": f"url:https://git.example/{name}/blob/main/catalog-info.yaml", **annotations}},
        "spec": spec, "relations": [{"type": t, "targetRef": r} for t, r in relations]}


def component(name, owner="group:default/payments", relations=(), annotations=None, **spec):
    return entity("Component", name, {"type": "service", "lifecycle": "production", "owner": owner, **spec}, relations, **(annotations or {}))


GROUPS = [entity("Group", "payments", {"type": "team", "children": [], "members": ["ada"], "profile": {"email": "payments@example.org"}}, [("hasMember", "user:default/ada")]),
          entity("User", "ada", {"profile": {"email": "ada@example.org"}, "memberOf": ["payments"]}, [("memberOf", "group:default/payments")])]


def check(entities):
    """By Backstage's model, which is of what files say: the API adds relations."""
    said = [{k: v for k, v in e.items() if k != "relations"} for e in entities]
    r = subprocess.run(["node", "entities.mjs"], cwd=CLIENTS, input=json.dumps(said), capture_output=True, text=True, timeout=60 * SLOW)
    assert r.returncode == 0, r.stderr
    assert all(e["valid"] is True for e in json.loads(r.stdout)), r.stdout
    return entities


class Backstage:
    """entities; newer: it knows by-query; page: the most it gives at once; trouble(path) may answer in its place."""

    def __init__(self, entities, newer=True, page=500, token=None):
        self.entities, self.newer, self.page, self.token, self.log, self.trouble = entities, newer, page, token, [], None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16  # head and body in one piece, else each answer waits for an acknowledgement

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.log.append((self.path, self.headers.get("Authorization")))
                status, body = outer.answer(self.path, self.headers.get("Authorization"))
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path, authorization):
        trouble = self.trouble(path) if self.trouble else None
        if trouble:
            return trouble
        if self.token and authorization != f"Bearer {self.token}":
            return 401, {"error": {"name": "AuthenticationError", "message": "Missing credentials"}}
        split = urllib.parse.urlsplit(path)
        query = urllib.parse.parse_qs(split.query)
        size = min(int(query["limit"][0]), self.page)
        kinds = {f.removeprefix("kind=") for f in query.get("filter", [])}
        if split.path == "/api/catalog/entities/by-query" and self.newer:
            if "cursor" in query:
                assert "filter" not in query, path  # it is in the cursor, and together they are refused
                state = json.loads(base64.b64decode(query["cursor"][0]))
            else:
                state = {"from": 0, "kinds": sorted(kinds)}
            wanted = [e for e in self.entities if e["kind"].lower() in state["kinds"]]
            part, end = wanted[state["from"]:state["from"] + size], state["from"] + size
            following = {"nextCursor": base64.b64encode(json.dumps({**state, "from": end}).encode()).decode()} if end < len(wanted) else {}
            return 200, {"items": part, "totalItems": len(wanted), "pageInfo": following}
        if split.path == "/api/catalog/entities":
            wanted = [e for e in self.entities if e["kind"].lower() in kinds]
            return 200, wanted[int(query["offset"][0]):][:size]
        return 404, {"error": {"name": "NotFoundError", "message": "Not found"}}


@pytest.mark.parametrize("newer", (True, False))
def test_import(newer, tmp_path):
    """Both APIs, all pages; entities are claims of the source backstage, with the place that their annotation names; relations say what the spec does not."""
    many = [component(f"service-{i:04}") for i in range(2600)]
    orphan = component("frozen", annotations={"backstage.io/orphan": "true"})
    ledger = component("ledger", "payments", dependsOn=["component:default/service-0001", "resource:default/ledger-db"], system="money", providesApis=["ledger-api"])
    bare = component("bare", relations=[("ownedBy", "group:default/other"), ("dependsOn", "component:default/ledger"), ("dependsOn", "resource:default/bucket"), ("consumesApi", "api:default/ledger-api"),
                                        ("partOf", "system:default/money"), ("partOf", "component:default/ledger")])
    with Backstage(check([*GROUPS, ledger, bare, orphan, *many]), newer=newer) as b:
        answer = catalog("--import", f"backstage={b.url}/")
        found = services(answer)
        assert len(found) == 2602 and "frozen" not in found
        (r,) = answer["repositories"]
        assert r["path"] == f"backstage={b.url}/" and "1 entities whose file is gone" in r["note"] and not r["problems"], r
        x = found["ledger"]
        assert x["owner"] == "payments" and x["declared"] and [o["reason"] for o in x["orphan"]] == [], x
        one = catalog("ledger", "--import", f"backstage={b.url}")
        values = {v["key"]: v for v in one["values"]}
        claim = values["owner"]["claims"][0]
        assert (claim["source"], claim["says"], claim["file"], claim["line"]) == ("backstage", "payments", "https://git.example/ledger/blob/main/catalog-info.yaml", 0), claim
        assert values["calls"]["value"] == "service-0001" and values["needs"]["value"] == "ledger-db" and values["system"]["value"] == "money"
        values = {v["key"]: [c["value"] for c in v["claims"]] for v in catalog("bare", "--import", f"backstage={b.url}")["values"]}
        assert values["owner"] == ["group:default/payments"] and values["calls"] == ["ledger"] and values["needs"] == ["bucket"] and values["consumes"] == ["ledger-api"] and values["system"] == ["money"], values
        (team,) = [t for t in answer["teams"] if t["team"] == "payments"]
        assert team["known"] and team["contact"] == "payments@example.org" and sorted(team["members"]) == ["ada", "ada@example.org"], team
        assert "https://git.example/ledger/blob/main/catalog-info.yaml," in run("catalog", "ledger", "--import", f"backstage={b.url}").out
        assert run("advise", "--import", f"backstage={b.url}/api/catalog").code == 0
        assert all(p.startswith("/api/catalog/entities") for p, _ in b.log)


def test_beside_files(tmp_path):
    """The same said by a clone's file and by Backstage counts once; another word contradicts, and names its place."""
    clone = Repository(tmp_path / "work/ledger")
    clone.put("catalog-info.yaml", BACKSTAGE.format(name="ledger", owner="payments"))
    clone.commit()
    with Backstage(check([component("ledger")])) as b:
        alone = services(catalog("--in", tmp_path / "work"))["ledger"]
        both = services(catalog("--in", tmp_path / "work", "--import", f"backstage={b.url}"))["ledger"]
        assert both["owner_confidence"] == alone["owner_confidence"] and not both["conflict"], (alone, both)
        b.entities = check([component("ledger", "sales")])
        both = services(catalog("--in", tmp_path / "work", "--import", f"backstage={b.url}"))["ledger"]
        assert both["owner"] == "payments" and "https://git.example/ledger/blob/main/catalog-info.yaml says sales" in both["conflict"], both["conflict"]
        for flag in ("--alike", "--copies"):
            assert run("catalog", flag, "--in", tmp_path / "work", "--import", f"backstage={b.url}").code == 0
        r = run("catalog", "ledger", "--assign", "sales", "--in", tmp_path / "work", "--import", f"backstage={b.url}")
        assert r.code == 0 and "owner: sales" in (tmp_path / "work/ledger/catalog-info.yaml").read_text(), r


def test_certificates(tmp_path):
    """Over TLS too, from the confined process; a server that does not prove who it is gets no token."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True, timeout=60)
    with Backstage([component("ledger")], token=TOKEN) as b:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        b.server.socket = context.wrap_socket(b.server.socket, server_side=True)
        where = f"backstage={b.url.replace('http:', 'https:')}"
        answer = run("catalog", "--json", "--import", where, env={**ENV, "BACKSTAGE_TOKEN": TOKEN}).json()
        assert "does not prove who it is" in answer["missing"] and not b.log, answer["missing"]
        answer = run("catalog", "--json", "--import", where, env={**ENV, "BACKSTAGE_TOKEN": TOKEN, "SSL_CERT_FILE": str(cert)}).json()
        assert set(services(answer)) == {"ledger"} and b.log[0][1] == f"Bearer {TOKEN}"


def test_refused(tmp_path):
    """Tokens, refusals and hostile answers: said with place and remedy; one entity that is wrong stops no other."""
    def said(words=(), env=None, where=None):
        r = run("catalog", "--json", "--import", where or f"backstage={b.url}", env={**ENV, **(env or {})})
        assert TOKEN not in r.out + r.err and r.code == 0, r
        answer = r.json()
        assert all(w in answer["missing"] for w in words), answer["missing"]
        return answer

    with Backstage([component("ledger")], token=TOKEN) as b:
        said(["BACKSTAGE_TOKEN", "is not set", "Missing credentials"])
        said(["BACKSTAGE_TOKEN", "expired"], env={"BACKSTAGE_TOKEN": "wrong"})
        assert len(said(env={"BACKSTAGE_TOKEN": TOKEN})["services"]) == 1
        b.token = None
        for body, words in ((b"<html>", ["no JSON"]), (b"[" * 100000, ["no JSON"]), ({"items": 7}, ["no list of entities"]), ([], ["no list of entities"]), (b'{"items": [', ["no JSON"]),
                            (b"[" + b" " * (65 << 20), ["more than 64 MiB"])):
            b.trouble = lambda p, x=body: (200, x)
            assert said(words)["services"] == []
        b.trouble = lambda p: (200, {"items": [], "pageInfo": {"nextCursor": "x"}})
        said(["pages"])
        b.trouble = lambda p: (200, {"items": [component(f"a{i}") for i in range(500)], "pageInfo": {"nextCursor": "x"}})
        said(["20000 entities"])
        b.trouble = lambda p: (404, {})
        said(["404"])
        b.trouble = lambda p: (500, {})
        said(["500"])
        deep = {}
        for _ in range(50):
            deep = {"a": deep}
        b.trouble = None
        b.entities = [component("good"), component(""), component("x" * 100000, "y" * 100000), {**component("deep"), "spec": deep}, {"kind": "Component", "metadata": 7}, component("-->", "\u0007\nowner"),
                      component("odd", dependsOn=[7, None, {"a": 1}], relations=[("dependsOn", "")])]
        answer = said()
        assert {"good", "deep", "odd", "-->"} <= set(services(answer)) and answer["repositories"][0]["problems"], answer["repositories"]
    said(["gave no whole answer"])
    for where, word in ((f"backstage=http://me:{TOKEN}@127.0.0.1:1", "password"), ("backstage", "backstage=URL"), ("cortex=http://127.0.0.1:1", "backstage=URL"), ("backstage=file:///etc/passwd", "backstage=URL")):
        r = run("catalog", "--import", where, env=ENV)
        assert r.code == 2 and word in r.err and TOKEN not in r.err, r


def test_in_a_fleet(make_fleet):
    """Control asks by itself, with the token of its file; when Backstage is away, or answers nonsense, the last good import stays, and that is said."""
    f = make_fleet()
    f.add("back", owner="billing")
    with Backstage(check([*GROUPS, component("ledger")]), token=TOKEN) as b:
        f.put("backstage.token", TOKEN + "\n")
        f.config["catalog"] = {"every": "1s", "backstage": b.url, "backstage_token": "backstage.token"}
        f.put("pleach.yaml", yaml.safe_dump(f.config, sort_keys=False))
        f.up()

        def now():
            return f.request("GET", "/api/catalog").json()

        wait_for("Backstage's services are there", lambda: "ledger" in services(now()), 30, every=0.2)
        assert services(now())["ledger"]["owner"] == "payments" and {"back", "ledger"} <= set(services(now()))
        asked = len(b.log)
        time.sleep(1)
        # Away: another fleet file makes a new round, which asks a new address.
        f.config["catalog"]["backstage"] = b.url + "/"
        b.trouble = lambda p: (500, {})
        f.put("pleach.yaml", yaml.safe_dump(f.config, sort_keys=False))
        answer = wait_for("that it is away is said", lambda: (lambda a: a if "500" in a["missing"] else None)(now()), 40, every=0.2)
        assert len(b.log) > asked
        assert "ledger" not in services(answer)  # of another address nothing is known yet
        b.trouble = None
        wait_for("it is back", lambda: "ledger" in services(now()) and not now()["missing"], 60, every=0.3)
        f.ok("down")
        b.trouble = lambda p: (200, b"<html>")
        f.up()
        answer = wait_for("the fleet has started anew", lambda: (lambda a: a if "no JSON" in a["missing"] else None)(now()), 40, every=0.2)
        assert services(answer)["ledger"]["owner"] == "payments", answer
        text = " ".join(p.read_text(errors="replace") for p in (f.root / ".pleach").rglob("*") if p.is_file() and p.stat().st_size < 1 << 20)
        assert TOKEN not in text
        (f.root / "backstage.token").unlink()
        answer = wait_for("the file that is gone is said", lambda: (lambda a: a if "backstage.token" in a["missing"] else None)(now()), 40, every=0.2)
        assert "ledger" in services(answer)
    f.config["catalog"]["backstage"] = "ftp://x"
    f.put("pleach.yaml", yaml.safe_dump(f.config, sort_keys=False))
    r = run("check", cwd=f.root)
    assert r.code != 0 and "URL of a Backstage" in r.out + r.err, r
