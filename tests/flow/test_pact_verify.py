"""`pleach contract verify` and `stub`: pacts that pact-js writes, against providers that fit and that do not; npm's pact-verifier beside it on the same ones, and on
the stub; messages, gRPC, filters, reports, a broker, bad input."""

import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree

import fleet
import pytest
from fleet import ROOT, run, validate
from pact_provider import JSON, Orders, Server, get, metadata_header, pact

CLIENTS = ROOT / "tests/clients"
QUIET = {**os.environ, "PACT_DO_NOT_TRACK": "true"}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The folder of pacts that pact-js wrote, and what its consumer got."""
    folder = tmp_path_factory.mktemp("pacts")
    done = subprocess.run(["node", "pact_consumer.mjs", str(folder)], cwd=CLIENTS, env=QUIET, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout.splitlines()[-1])


def verify(provider, *words, code=None, **more):
    """The report as JSON, held against its published schema."""
    url = provider.url if hasattr(provider, "url") else provider
    r = run("contract", "verify", *words, "--provider", url, "--json", **more)
    assert r.code in (0, 1), r
    report = r.json()
    validate("ContractVerification", report)
    assert report["success"] == (r.code == 0)
    assert code is None or r.code == code, r
    return report


def results(report):
    """Description to result, of all pacts."""
    return {i["description"]: i["result"] for p in report["pacts"] for i in p["interactions"]}


def only(report):
    return report["pacts"][0]["interactions"][0]


def put(folder, name, content):
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_pacts_of_pact_js_fit(written):
    """States are set up with their parameters and torn down, values of a state go into the request; the pacts of a folder are run."""
    with Server(Orders()) as p:
        report = verify(p, written[0], "--states", p.url + "/_states", "--teardown", "--provider-version", "1.2.3", code=0)
        assert report["counts"] == {"all": 4, "success": 4, "failed": 0, "error": 0, "pending": 0, "skipped": 0} and report["version"] == "1.2.3"
        assert p.answer.states[:2] == [("setup", "an order of today"), ("teardown", "an order of today")] and ("setup", "") in p.answer.states
        assert [c[1] for c in p.calls if c[0] == "GET"] == ["/v1/orders/31", "/v1/orders/5?verbose=true", "/v1/orders/404"]
        asked = next(c for c in p.calls if c[1].startswith("/v1/orders/5"))
        assert asked[2]["accept"] == "application/json" and asked[2]["user-agent"].startswith("pleach/")
        posted = next(c for c in p.calls if c[:2] == ("POST", "/v1/orders"))
        assert json.loads(posted[3]) == {"customer": "ada", "items": ["AB-1"]} and posted[2]["content-type"].startswith("application/json")


@pytest.mark.parametrize("bend,wrong", [("missing", "a request for an order"), ("type", "a request for an order"), ("empty", "a request for an order"), ("date", "a request for an order"),
                                        ("content", "a request for an order"), ("status", "an order"), ("regex", "the order that the state made"), ("state", "a request for an order"), ("", None)])
def test_agrees_with_pacts_own_verifier(written, tmp_path, bend, wrong):
    """npm's pact-verifier and ours come to the same verdict on each interaction of each provider."""
    with Server(Orders(bend)) as p:
        ours = results(verify(p, written[0], "--states", p.url + "/_states", code=1 if wrong else 0))
    with Server(Orders(bend)) as p:
        out = tmp_path / "npm.json"
        done = subprocess.run([CLIENTS / "node_modules/.bin/pact-verifier", *(w for f in sorted(written[0].glob("*.json")) for w in ("-f", str(f))), "--hostname", "127.0.0.1", "-p", str(p.port), "-s", p.url + "/_states", "-j", str(out)],
                              env=QUIET, capture_output=True, text=True, timeout=120)
        theirs = {r["description"]: r["result"] for r in json.loads(out.read_text())["interactionResults"]}
    assert {d: r == "success" for d, r in ours.items()} == {d: r == "OK" for d, r in theirs.items()}, (ours, theirs)
    assert (done.returncode != 0) == bool(wrong)
    assert [d for d, r in ours.items() if r != "success"] == ([wrong] if wrong else [])


def test_differences_are_told_with_their_place(tmp_path):
    """For people, for programs, as JUnit."""
    expected = {"id": 5, "name": "x", "items": [1, 2]}
    path = put(tmp_path, "p.json", json.dumps(pact(get("/o/5", "an order", 201, expected, headers={"X-Kind": ["a"]}, states=["it exists"])), indent=1))
    with Server(lambda *_: (200, {**JSON, "X-Kind": "b"}, {"id": 6, "items": [1]})) as p:
        i = only(verify(p, path, code=1))
        r = run("contract", "verify", path, "--provider", p.url, "--no-color", cwd=tmp_path)
        junit = tmp_path / "r.xml"
        x = run("contract", "verify", path, "--provider", p.url, "--format", "junit", "--output", junit, "--provider-name", "orders")
    found = {(m["attribute"], m["path"]) for m in i["mismatches"]}
    assert {("status", ""), ("header", "X-Kind"), ("body", "$.id"), ("body", "$.name")} <= found or {("body", "$")} <= found, found
    assert i["result"] == "failed" and i["line"] > 1 and i["states"] == ["it exists"]
    assert r.code == 1 and f"p.json:{i['line']}:" in r.out and "header X-Kind:" in r.out and "given it exists" in r.out and "1 interaction of 1 pact: 1 differs" in r.out
    assert "--states" in r.out
    suite = ElementTree.parse(junit).getroot()[0]
    assert x.code == 1 and suite.get("name") == "orders" and suite.get("failures") == "1" and suite.find("testcase/failure") is not None


def test_headers_filters_time(tmp_path):
    path = put(tmp_path, "p.json", pact(get("/a", "first of all", request={"headers": {"Authorization": ["old"]}}), get("/b", "second", states=["s one"]), get("/slow", "a slow one"),
                                        get("/c", "never fits", 500), get("/d", "pending", 500, pending=True)))

    def answer(method, path, query, headers, body):
        return None if path == "/slow" else (200, {}, "")

    with Server(answer) as p:
        report = verify(p, path, "--header", "Authorization: Bearer new", "--header", "X-Tenant: acme", "--timeout", "300ms", "--parallel", "2", code=1)
        assert results(report) == {"first of all": "success", "second": "success", "a slow one": "error", "never fits": "failed", "pending": "failed"}
        slow = report["pacts"][0]["interactions"][2]
        assert slow["error"]["error"] == "timeout" and "300 ms" in slow["error"]["message"]
        assert report["counts"]["pending"] == 1 and report["counts"]["failed"] == 1
        assert all(c[2]["authorization"] == "Bearer new" and c[2]["x-tenant"] == "acme" for c in p.calls)
        assert results(verify(p, path, "--interaction", "first*all"))["second"] == "skipped"
        assert [d for d, r in results(verify(p, path, "--state", "one", code=0)).items() if r != "skipped"] == ["second"]
        assert results(verify(p, path, "--no-state", "--interaction", "second", code=0))["second"] == "skipped"
        assert set(results(verify(p, path, "--consumer", "mobile", code=0)).values()) == {"skipped"}
        left = results(verify(p, put(tmp_path, "q.json", pact(get("/c", "one", 500), get("/c", "two", 500))), "--fail-fast", "--parallel", "1", code=1))
        assert left == {"one": "failed", "two": "skipped"}


def test_messages(tmp_path):
    """Messages by HTTP, as Pact's verifiers ask for them; calls with a request."""
    message = {"type": "Asynchronous/Messages", "description": "an event", "providerStates": [{"name": "s", "params": {"n": 1}}],
               "contents": {"content": {"id": 1, "kind": "made"}, "contentType": "application/json", "encoded": False},
               "matchingRules": {"body": {"$.id": {"matchers": [{"match": "integer"}]}}}, "metadata": {"topic": "orders", "contentType": "application/json"}}
    asking = {"type": "Synchronous/Messages", "description": "a question", "request": {"contents": {"content": {"q": 1}, "contentType": "application/json", "encoded": False}},
              "response": [{"contents": {"content": {"a": 2}, "contentType": "application/json", "encoded": False}}]}
    path = put(tmp_path, "p.json", pact(message, asking))
    old = put(tmp_path, "old.json", {"consumer": {"name": "web"}, "provider": {"name": "orders"}, "messages": [{"description": "an event", "contents": {"id": 3, "kind": "made"}, "metaData": {"topic": "orders"}}],
                                     "metadata": {"pactSpecification": {"version": "3.0.0"}}})
    kind = "made"

    def answer(method, path, query, headers, body):
        asked = json.loads(body)
        assert (method, path) == ("POST", "/messages")
        if asked["description"] == "a question":
            return 200, JSON, {"a": asked["request"]["contents"]["content"]["q"] + 1}
        return 200, metadata_header({"topic": "orders", "contentType": "application/json"}), {"id": 3, "kind": kind}

    with Server(answer) as p, Server(lambda *_: (404, {}, "")) as nothing:
        report = verify(nothing, path, old, "--messages", p.url + "/messages", code=0)
        assert report["counts"]["success"] == 3
        assert p.asked("/messages")[0] == {"description": "an event", "providerStates": [{"name": "s", "params": {"n": 1}}]}
        kind = "lost"
        assert results(verify(nothing, path, "--messages", p.url + "/messages", code=1)) == {"an event": "failed", "a question": "success"}
        i = only(verify(nothing, path, code=1))
        assert i["result"] == "error" and "404" in i["error"]["message"]


def test_wrong_use_and_bad_input(tmp_path):
    """Each with its reason and exit status: 2 for what the user gave, 4 for who is not there."""
    fine = put(tmp_path, "fine.json", pact(get()))
    closed = f"http://127.0.0.1:{fleet.free_port()}"

    def refused(code, words, *arguments, **more):
        r = run("contract", "verify", *arguments, **more)
        assert r.code == code and words in r.err, r

    refused(2, "--provider is missing", fine)
    refused(4, "cannot be reached", fine, "--provider", closed)
    refused(4, "is not known", fine, "--provider", "http://no-such-host.invalid:80")
    refused(4, "https://localhost:1 cannot be reached", fine, "--provider", "https://localhost:1")
    refused(2, "no URL", fine, "--provider", "http://localhost:99999")
    with Server(lambda *_: (200, {}, "")) as p:
        at = ("--provider", p.url)
        refused(2, "PACT is missing", *at, env={**os.environ, "PACT_BROKER_BASE_URL": ""})
        refused(2, "'Name: value'", fine, *at, "--header", "nonsense")
        refused(2, "from 1 to 64", fine, *at, "--parallel", "0")
        refused(2, "no duration", fine, *at, "--timeout", "soon")
        refused(2, "text, json or junit", fine, *at, "--format", "sarif")
        refused(2, "--provider-version", fine, *at, "--publish")
        refused(2, "only a part", fine, *at, "--publish", "--provider-version", "1", "--interaction", "x")
        refused(2, "a broker gave", fine, *at, "--publish", "--provider-version", "1")
        refused(2, "cannot read", tmp_path / "nothing.json", *at)
        refused(2, "bad.json:1:", put(tmp_path, "bad.json", "{"), *at)
        empty = tmp_path / "empty"
        empty.mkdir()
        refused(2, "ends in .json", empty, *at)
        large = tmp_path / "large.json"
        with open(large, "wb") as f:
            f.write(b'{"consumer":{"name":"')
            f.seek(50 << 20)
            f.write(b'"}}')
        refused(2, "50 MiB", large, *at)
        # Rules that nobody can fit are the pact's fault, and said so; the others are judged all the same.
        odd = pact(get("/a", "unknown", body={"a": 1}, rules={"$.a": {"match": "telepathy"}}), get("/a", "explodes", body={"a": "x"}, rules={"$.a": {"match": "regex", "regex": "^(([a-z])+.)+[A-Z]([a-z])+$"}}),
                   get("/a", "no regex", body={"a": "x"}, rules={"$.a": {"match": "regex", "regex": "("}}), get("/a", "fine"))
        with Server(lambda *_: (200, JSON, {"a": "a" * 60})) as q:
            report = verify(q, put(tmp_path, "odd.json", odd), code=1)
        got = results(report)
        assert got["fine"] == "success" and got["unknown"] == got["explodes"] == got["no regex"] == "failed"
        faults = {i["description"]: [m["fault"] for m in i["mismatches"]] for i in report["pacts"][0]["interactions"]}
        assert any(faults["unknown"]) and any(faults["no regex"])


class Broker:
    """As much of a Pact broker as a verifier asks of it."""

    def __init__(self, content, pending=False):
        self.content, self.pending, self.published, self.named, self.asked, self.password = content, pending, [], [], None, None

    def __call__(self, method, path, query, headers, body):
        base = "http://elsewhere.example"  # a broker behind a proxy: only paths of links count
        if self.password and headers.get("authorization") != self.password:
            return 401, JSON, {"error": "who are you?"}
        hal = {"Content-Type": "application/hal+json"}
        if path == "/broker":
            return 200, hal, {"_links": {"pb:provider-pacts-for-verification": {"href": base + "/broker/for/{provider}", "templated": True}}}
        if path == "/broker/for/orders%20of%20us" and method == "POST":
            self.asked = json.loads(body)
            return 200, hal, {"_embedded": {"pacts": [{"shortDescription": "latest", "verificationProperties": {"pending": self.pending, "wip": False, "notices": [
                {"when": "before_verification", "text": "because you asked"}]}, "_links": {"self": {"href": base + "/broker/pact/1", "name": "Pact between web and orders"}}}]}}
        if path == "/broker/pact/1":
            return 200, hal, {**self.content, "_links": {"pb:provider": {"href": base + "/broker/pacticipants/orders"}, "pb:publish-verification-results": {"href": base + "/broker/results"}}}
        if path == "/broker/pacticipants/orders":
            return 200, hal, {"_links": {"pb:branch-version": {"href": base + "/broker/branches/{branch}/{version}"}, "pb:version-tag": {"href": base + "/broker/tags/{tag}/{version}"}}}
        if method == "PUT":
            self.named.append(path)
            return 200, hal, {}
        if path == "/broker/results":
            self.published.append(json.loads(body))
            return 201, hal, {}
        return 404, JSON, {"error": "nothing here"}


def test_broker(tmp_path):
    """Which pacts, by whose words; results with branch and tags; who we are; pending."""
    content = pact(get("/a", "one", _id="1a"), get("/b", "two", 404, _id="2b"))
    broker = Broker(content)
    environment = {**os.environ, "PACT_BROKER_TOKEN": "", "PACT_BROKER_USERNAME": "", "PACT_BROKER_PASSWORD": ""}
    with Server(lambda *_: (200, {}, "")) as p, Server(broker) as b:
        words = ("--broker", b.url + "/broker/", "--provider-name", "orders of us", "--provider-version", "7", "--branch", "feat/x", "--tag", "dev", "--tag", "eu")
        report = verify(p, *words, "--selector", '{"mainBranch": true}', "--pending", "--wip-since", "2026-01-01", "--publish", "--build-url", "http://ci/1", code=1, env=environment)
        assert results(report) == {"one": "success", "two": "failed"} and report["branch"] == "feat/x" and report["provider"] == "orders of us"
        assert broker.asked == {"consumerVersionSelectors": [{"mainBranch": True}], "includePendingStatus": True, "includeWipPactsSince": "2026-01-01", "providerVersionBranch": "feat/x",
                                "providerVersionTags": ["dev", "eu"]}
        assert broker.named == ["/broker/branches/feat%2Fx/7", "/broker/tags/dev/7", "/broker/tags/eu/7"]
        told = broker.published[0]
        assert told["providerApplicationVersion"] == "7" and told["success"] is False and told["buildUrl"] == "http://ci/1" and told["verifiedBy"]["implementation"] == "pleach"
        assert [(t["interactionId"], t["success"]) for t in told["testResults"]] == [("1a", True), ("2b", False)]
        assert told["testResults"][1]["mismatches"][0]["attribute"] == "status"
        broker.pending = True
        assert verify(p, *words, code=0, env=environment)["counts"]["pending"] == 1
        r = run("contract", "verify", *words, "--provider", p.url, "--no-color", env=environment)
        assert "because you asked" in r.out and "pending" in r.out and r.code == 0
        verify(p, b.url + "/broker/pact/1", code=1, env=environment)
        broker.password = "Bearer secret"
        verify(p, *words, code=0, env={**environment, "PACT_BROKER_TOKEN": "secret"})
        broker.password = "Basic YWRhOmxvdmU="
        verify(p, *words, code=0, env={**environment, "PACT_BROKER_USERNAME": "ada", "PACT_BROKER_PASSWORD": "love"})
        refused = run("contract", "verify", *words, "--provider", p.url, env=environment)
        assert refused.code == 2 and "PACT_BROKER_TOKEN" in refused.err
        broker.password = None
        r = run("contract", "verify", *words, "--provider", p.url, "--selector", "main", env=environment)
        assert r.code == 2 and "--selector" in r.err
        r = run("contract", "verify", "--broker", p.url, "--provider-name", "x", "--provider", p.url, env=environment)
        assert r.code == 2 and ("no JSON" in r.err or "no Pact broker" in r.err)
        r = run("contract", "verify", "--broker", b.url, "--provider", p.url, env=environment)
        assert r.code == 2 and "--provider-name" in r.err


def test_service_of_the_fleet(make_fleet, tmp_path):
    """--provider NAME is a service of the running fleet: by the gateway where it is exposed, else its instance."""
    f = make_fleet(gateway={"expose": ["shown"]})
    f.add("shown")
    f.add("hidden")
    f.up()
    path = put(tmp_path, "p.json", pact(get("/status/204", "anything", 204)))
    for service in ("shown", "hidden"):
        r = f.cli("contract", "verify", path, "--provider", service, "--json")
        assert r.code in (0, 1) and only(r.json())["error"] is None, r
    r = f.cli("contract", "verify", path, "--provider", "nobody")
    assert r.code != 0 and "no service nobody" in r.err
