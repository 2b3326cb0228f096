"""The broker of pacts below /pact-broker of control, as Pact's own clients use it (npm's @pact-foundation/pact-cli and @pact-foundation/pact), bare, killed
while it takes pacts, and fed with what it must refuse."""

import http.client
import json
import subprocess
import threading

import fleet
import pytest
from fleet import SANITIZED, SLOW, wait_for
from pact_broker import CLIENTS, Broker, Control, a_broker
from pact_provider import Server

KILLS = 3 if SANITIZED else 12


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    yield from a_broker(tmp_path_factory.mktemp("pacts"))


def test_publish_and_deploy_by_the_cli(broker):
    """From a published pact to a recorded deployment with pact-cli alone: what is unknown, failed and well is told apart, and so are exit codes."""
    b = broker
    b.cli("create-or-update-pacticipant", "--name", "api", "--main-branch", "main", "--repository-url", "https://example.org/api.git", "--display-name", "The API")
    out = b.cli("publish", b.file(b.pact("web", "api", "one")), "--consumer-app-version", "1.0", "--branch", "feat/login", "--tag", "dev,pr/7", "--build-url", "https://ci.example.org/1")
    assert "Created web version 1.0 with branch feat/login and tags dev, pr/7" in out and "successfully published for web version 1.0 and provider api" in out
    version = b.ok("GET", "/pacticipants/web/versions/1.0")
    assert [x["name"] for x in version["_embedded"]["branches"]] == ["feat/login"] and [x["name"] for x in version["_embedded"]["tags"]] == ["dev", "pr/7"]
    assert version["buildUrl"] == "https://ci.example.org/1"
    assert b.ok("GET", "/pacticipants/web/branches/feat/login/latest-version")["number"] == b.ok("GET", "/pacticipants/web/branches/feat%2Flogin/latest-version")["number"] == "1.0"
    assert "There is no verified pact" in b.cli("can-i-deploy", "--pacticipant", "web", "--version", "1.0", "--to-environment", "production", code=1)

    b.verified("api", "web", "9", False, "main", [{"interactionDescription": "one", "success": False, "mismatches": [{"identifier": "$.name", "description": "Expected one, got two"}]}])
    b.cli("record-deployment", "--pacticipant", "api", "--version", "9", "--environment", "production")
    assert "failed" in b.cli("can-i-deploy", "--pacticipant", "web", "--version", "1.0", "--to-environment", "production", code=1)
    assert "failed" in b.cli("can-i-merge", "--pacticipant", "web", "--version", "1.0", code=1)
    assert b.may("web", "1.0", "production") | {"reason": ""} == {"deployable": False, "reason": "", "success": 0, "failed": 1, "unknown": 0}
    b.cli("can-i-deploy", "--pacticipant", "web", "--version", "1.0", "--to-environment", "production", "--ignore", "api")
    b.cli("can-i-deploy", "--pacticipant", "web", "--version", "1.0", "--to-environment", "production", "--dry-run")

    b.verified("api", "web", "10", True, "main")
    b.cli("record-deployment", "--pacticipant", "api", "--version", "10", "--environment", "production")
    for args in (["--to-environment", "production"], []):
        assert "All required verification results are published and successful" in b.cli("can-i-deploy", "--pacticipant", "web", "--version", "1.0", *args)
    b.cli("can-i-deploy", "--pacticipant", "web", "--branch", "feat/login", "--to-environment", "production")
    b.cli("can-i-deploy", "--pacticipant", "web", "--version", "1.0", "--pacticipant", "api", "--version", "10")
    b.cli("can-i-deploy", "--pacticipant", "web", "--version", "1.0", "--pacticipant", "api", "--version", "9", code=1)
    b.cli("can-i-deploy", "--pacticipant", "web", "--latest", "dev", "--to-environment", "production")
    b.cli("can-i-merge", "--pacticipant", "web", "--version", "1.0")
    b.cli("create-version-tag", "--pacticipant", "api", "--version", "10", "--tag", "prod")
    assert b.cli("can-i-deploy", "--pacticipant", "web", "--version", "1.0", "--to", "prod")
    found = json.loads(b.cli("can-i-deploy", "--pacticipant", "web", "--version", "1.0", "--to-environment", "production", "--output", "json").split("\n\n")[0])
    assert found["summary"]["deployable"] is True and found["matrix"][0]["provider"]["version"]["number"] == "10"
    assert b.cli("can-i-deploy", "--pacticipant", "nobody", "--version", "1", "--to-environment", "production", code=1)
    assert b.cli("can-i-deploy", "--pacticipant", "web", "--version", "1.0", "--to-environment", "nowhere", code=1)
    assert "No pacts or verifications have been published for version 7" in b.cli("can-i-deploy", "--pacticipant", "web", "--version", "7", "--to-environment", "production", code=1)


def test_several_versions_in_an_environment(broker):
    """Deployments replace each other, instances and releases stand side by side; each one that runs must fit, whatever another one says."""
    b = broker
    b.publish(b.pact("shop", "stock", "a"), "1", "main")
    b.verified("stock", "shop", "1", True)
    b.cli("record-deployment", "--pacticipant", "stock", "--version", "1", "--environment", "production", "--application-instance", "blue")
    assert b.may("shop", "1", "production")["deployable"] is True
    b.ok("PUT", "/pacticipants/stock/versions/2", {})
    b.cli("record-deployment", "--pacticipant", "stock", "--version", "2", "--environment", "production", "--application-instance", "green")
    both = b.may("shop", "1", "production")
    assert both["deployable"] is None and both["unknown"] == 1 and both["success"] == 1 and "(2)" in both["reason"], both
    b.cli("record-undeployment", "--pacticipant", "stock", "--environment", "production", "--application-instance", "green")
    assert b.may("shop", "1", "production")["deployable"] is True
    b.cli("record-release", "--pacticipant", "stock", "--version", "2", "--environment", "production")
    assert b.may("shop", "1", "production")["deployable"] is None
    b.cli("record-support-ended", "--pacticipant", "stock", "--version", "2", "--environment", "production")
    assert b.may("shop", "1", "production")["deployable"] is True
    b.verified("stock", "shop", "3", True)
    b.cli("record-deployment", "--pacticipant", "stock", "--version", "3", "--environment", "production", "--application-instance", "blue")
    env = b.ok("GET", "/environments")["_embedded"]["environments"]
    uuid = next(e["uuid"] for e in env if e["name"] == "production")
    there = b.ok("GET", f"/environments/{uuid}/deployed-versions/currently-deployed?pacticipant=stock")["_embedded"]["deployedVersions"]
    assert [d["_embedded"]["version"]["number"] for d in there] == ["3"]
    # The provider's side: a consumer that runs there must be verified by the version that comes.
    b.cli("record-deployment", "--pacticipant", "shop", "--version", "1", "--environment", "production")
    b.ok("PUT", "/pacticipants/stock/versions/4", {})
    assert b.may("stock", "4", "production")["deployable"] is None and b.may("stock", "3", "production")["deployable"] is True


def test_the_same_content_is_verified_already(broker):
    """Another version with the same interactions, however they are ordered and written, takes over the results; a changed one does not."""
    b = broker
    pact = b.pact("same", "api", "x", "y")
    b.publish(pact, "1", "main")
    b.verified("api", "same", "10", True)
    pact["interactions"].reverse()
    pact["metadata"]["tool"] = {"version": "2"}
    pact["interactions"][0] = dict(reversed(pact["interactions"][0].items()))
    answer = b.publish(pact, "2", "main")
    assert any("verified" in n["text"] for n in answer["notices"]), answer["notices"]
    assert b.may("same", "2", "production")["deployable"] is True
    pact["interactions"][0]["response"]["status"] = 201
    b.publish(pact, "3", "main")
    assert b.may("same", "3", "production")["deployable"] is None
    assert b.ask("PUT", "/pacts/provider/api/consumer/same/version/3", b.pact("same", "api", "z")).status == 409


def test_environments_pacticipants_versions_tags(broker):
    """The rest of what pact-cli can do, seen in what the broker answers afterwards."""
    b = broker
    made = json.loads(b.cli("create-environment", "--name", "staging", "--display-name", "Staging", "--contact-name", "Ann", "--contact-email-address", "ann@example.org", "--output", "json"))
    b.cli("update-environment", "--uuid", made["uuid"], "--name", "staging", "--display-name", "Stage", "--production")
    assert "Stage" in b.cli("describe-environment", "--uuid", made["uuid"]) and "staging" in b.cli("list-environments")
    assert b.ok("GET", f"/environments/{made['uuid']}")["production"] is True
    b.cli("delete-environment", "--uuid", made["uuid"])
    assert b.ask("GET", f"/environments/{made['uuid']}").status == 404
    b.cli("create-or-update-version", "--pacticipant", "tool", "--version", "5", "--branch", "feat/a/b", "--tag", "t1")
    assert [x["name"] for x in b.ok("GET", "/pacticipants/tool/versions/5")["_embedded"]["branches"]] == ["feat/a/b"]
    b.cli("delete-version-tag", "--pacticipant", "tool", "--version", "5", "--tag", "t1")
    assert b.ok("GET", "/pacticipants/tool/versions/5")["_embedded"]["tags"] == []
    b.cli("create-version-tag", "--pacticipant", "tool", "--version", "6", "--tag", "t2", "--auto-create-version")
    b.cli("delete-branch", "--branch", "feat/a/b", "--pacticipant", "tool")
    assert b.ok("GET", "/pacticipants/tool/branches")["_embedded"]["branches"] == []
    assert "tool" in b.cli("list-pacticipants") and "tool" in b.cli("describe-pacticipant", "--name", "tool")
    assert "6" in b.cli("describe-version", "--pacticipant", "tool", "--version", "6")
    assert "web" in b.cli("list-latest-pact-versions")
    b.publish(b.pact("states", "api", "s", states=["a user", "no user"]), "1", "main")
    b.ok("PATCH", "/pacticipants/states", {"mainBranch": "main"})
    for args in ([], ["--branch", "main"]):
        assert "a user" in b.cli("provider-states", "list", "--provider", "api", *args)
    assert {"name": "no user", "consumers": ["states"]} in b.ok("GET", "/pacts/provider/api/provider-states/branch/main")["providerStates"]
    assert b.ok("GET", "/pacts/provider/api/provider-states/environment/test") == {"providerStates": []}
    b.cli("get-pacts", "--provider", "api", "--branch", "main", "--latest", "--download", "--download-dir", b.tmp / "got")
    assert any("states" in p.name for p in (b.tmp / "got").iterdir())


def test_for_verification(broker):
    """Which pacts a provider is given: by selectors, each content once, with pending and work in progress; results as work in progress prove nothing."""
    b = broker
    for consumer, names in (("c1", ["a"]), ("c2", ["b"])):
        b.publish(b.pact(consumer, "prov", *names), "1", "main", ["dev"])
        b.ok("PATCH", f"/pacticipants/{consumer}", {"mainBranch": "main"})

    def asked(*selectors, **more):
        found = b.ok("POST", "/pacts/provider/prov/for-verification", {"consumerVersionSelectors": list(selectors), "providerVersionBranch": "main", **more})
        return {p["_links"]["self"]["name"].split(" between ")[1].split(" (")[0]: p for p in found["_embedded"]["pacts"]}

    assert set(asked({"mainBranch": True})) == {"c1", "c2"} and set(asked({"consumer": "c1", "latest": True})) == {"c1"}
    assert set(asked({"tag": "dev", "latest": True})) == {"c1", "c2"} and not asked({"branch": "none"}) and set(asked({"branch": "none", "fallbackBranch": "main"})) == {"c1", "c2"}
    assert set(asked({"matchingBranch": True})) == {"c1", "c2"}
    assert not asked({"deployedOrReleased": True})
    b.ok("PUT", "/pacticipants/c2/versions/1/tags/x", {})
    env = next(e["uuid"] for e in b.ok("GET", "/environments")["_embedded"]["environments"] if e["name"] == "test")
    b.ok("POST", f"/pacticipants/c2/versions/1/deployed-versions/environment/{env}", {})
    assert set(asked({"deployedOrReleased": True})) == set(asked({"environment": "test"})) == {"c2"}
    for bad in ({"mainBranch": True, "branch": "x"}, {"fallbackBranch": "x"}, {"latest": True, "environment": "test"}, {"environment": "nowhere"}, {}):
        assert b.ask("POST", "/pacts/provider/prov/for-verification", {"consumerVersionSelectors": [bad]}).status == 400, bad

    pending = asked({"mainBranch": True}, includePendingStatus=True)
    assert all(p["verificationProperties"]["pending"] for p in pending.values()) and any("pending" in n["text"] for n in pending["c1"]["verificationProperties"]["notices"])
    b.verified("prov", "c1", "1", True, "main")
    pending = asked({"mainBranch": True}, includePendingStatus=True)
    assert not pending["c1"]["verificationProperties"]["pending"] and pending["c2"]["verificationProperties"]["pending"]

    b.publish(b.pact("c1", "prov", "a", "new"), "2", "feat/new")
    assert set(asked({"mainBranch": True}, includePendingStatus=True)) == {"c1", "c2"}
    wip = b.ok("POST", "/pacts/provider/prov/for-verification", {"consumerVersionSelectors": [{"mainBranch": True}], "providerVersionBranch": "main", "includePendingStatus": True,
                                                                 "includeWipPactsSince": "2020-01-01"})["_embedded"]["pacts"]
    work = [p for p in wip if p["verificationProperties"].get("wip")]
    assert len(wip) == 3 and len(work) == 1 and work[0]["verificationProperties"]["pending"] and "feat/new" in work[0]["verificationProperties"]["notices"][0]["text"]
    later = b.ok("POST", "/pacts/provider/prov/for-verification", {"consumerVersionSelectors": [{"mainBranch": True}], "providerVersionBranch": "main", "includePendingStatus": True,
                                                                   "includeWipPactsSince": "2199-01-01"})["_embedded"]["pacts"]
    assert len(later) == 2


def test_verified_by_the_real_verifier_and_by_ours(broker):
    """npm's Verifier and `pleach contract verify` fetch pending and work in progress from here and publish what came of it; a failure of what is pending fails no build."""
    b = broker
    done = subprocess.run(["node", CLIENTS / "broker_verifier.mjs", b.url], capture_output=True, text=True, timeout=60 * SLOW, env=b.env)
    assert done.returncode == 0, done
    told = json.loads(done.stdout.strip().split("\n")[-1])
    assert told == {"good": "passed", "pending": "passed", "known": "failed"}, (told, done.stderr[-2000:])
    assert b.may("vweb", "1", "production")["deployable"] is None
    results = b.ok("GET", f"/matrix?q[][pacticipant]=vweb&q[][version]=1&q[][pacticipant]=vapi&latestby=cvpv")
    assert {(r["provider"]["version"]["number"], r["verificationResult"]["success"]) for r in results["matrix"]} == {("good", True), ("pending", True), ("known", False)}
    detail = b.fleet.api("/api/integrations/vweb/vapi")
    failed = next(r for v in detail["versions"] for r in v["results"] if not r["success"] and r["provider_version"] == "known")
    assert failed["failures"] and failed["failures"][0]["mismatches"], failed


def test_by_our_own_commands(broker):
    """From a consumer's pact file to a recorded deployment with `pleach contract` alone, at the running fleet's broker: nothing else is told where it is."""
    b, cli = broker, broker.fleet.cli
    file = b.file(b.pact("own", "ownapi", "echo"))
    r = cli("contract", "publish", file, "--app-version", "1.0", "--branch", "main", "--tag", "dev", "--tag", "x", "--build-url", "https://ci.example.org/3")
    assert r.code == 0 and "own version 1.0 with branch main and tags dev, x" in r.out and "published" in r.out, r
    version = b.ok("GET", "/pacticipants/own/versions/1.0")
    assert version["buildUrl"] == "https://ci.example.org/3" and len(version["_embedded"]["tags"]) == 2
    r = cli("contract", "can-i-deploy", "own", "1.0", "--to", "production")
    assert r.code == 1 and "Not yet known" in r.out and "ownapi" in r.out, r
    with Server(lambda *_: (200, {"Content-Type": "application/json"}, {"name": "echo"})) as p:
        verify = ("contract", "verify", "--provider", p.url, "--provider-name", "ownapi", "--provider-version", "7", "--branch", "feat/x", "--publish", "--selector", '{"branch":"main"}')
        r = cli(*verify)
        assert r.code == 0 and "published the results of 1 pact as version 7" in r.err, r
    assert cli("contract", "can-i-deploy", "own", "1.0", "--to", "production").code == 1
    r = cli("contract", "deployed", "ownapi", "7", "--to", "production")
    assert r.code == 0 and r.out == "ownapi 7 is deployed in production\n", r
    r = cli("contract", "can-i-deploy", "own", "1.0", "--to", "production")
    assert r.code == 0 and "Yes: own 1.0 may be deployed to production" in r.out and "fits" in r.out, r
    assert cli("contract", "can-i-deploy", "own", "1.0", "--to", "production", "--json").json()["summary"]["deployable"] is True
    with Server(lambda *_: (200, {"Content-Type": "application/json"}, {"name": "other"})) as p:
        assert cli(*verify[:3], p.url, *verify[4:7], "8", *verify[8:]).code == 1
    r = cli("contract", "can-i-deploy", "ownapi", "8")
    assert r.code == 1 and "No: ownapi 8 should not be deployed beside the newest of the others" in r.out and "does not fit" in r.out, r
    # As --instance and as a release it stands beside the other; --undo takes it away.
    assert cli("contract", "deployed", "ownapi", "8", "--to", "production", "--instance", "green").code == 0
    assert cli("contract", "can-i-deploy", "own", "1.0", "--to", "production").code == 1
    assert cli("contract", "deployed", "ownapi", "8", "--to", "production", "--instance", "green", "--undo", "--json").json() == {"recorded": False}
    assert cli("contract", "deployed", "ownapi", "8", "--to", "production", "--release").code == 0
    assert cli("contract", "can-i-deploy", "own", "1.0", "--to", "production").code == 1
    r = cli("contract", "deployed", "ownapi", "8", "--to", "production", "--release", "--undo")
    assert r.code == 0 and "no longer released" in r.out and cli("contract", "can-i-deploy", "own", "1.0", "--to", "production").code == 0
    many = cli("contract", "publish", file, b.file(b.pact("own2", "ownapi", "echo")), "--app-version", "2", "--json", "--broker", b.url).json()
    assert len(many) == 2 and all(m["notices"] for m in many)
    for words, told in ((("publish", file), "--app-version"), (("publish", b.tmp / "nowhere.json", "--app-version", "1"), "nowhere.json"), (("deployed", "ownapi", "8"), "--to"),
                        (("deployed", "ownapi", "8", "--to", "mars"), "test, production"), (("deployed", "ownapi", "8", "--to", "test", "--undo"), "not recorded"),
                        (("can-i-deploy", "nobody", "1", "--to", "production"), "nobody"), (("publish", file, "--app-version", "1", "--broker", "http://127.0.0.1:1"), "127.0.0.1:1")):
        r = cli("contract", *words)
        assert r.code in (2, 4) and told in r.err, (words, r)
    no_pact = b.tmp / "no.json"
    no_pact.write_text('{"interactions": []}')
    assert "no consumer" in cli("contract", "publish", no_pact, "--app-version", "1").err
    r = fleet.run("contract", "can-i-deploy", "own", "1", cwd=b.tmp)
    assert r.code == 4 and "--broker" in r.err, r


def test_console_answers(broker):
    """What the console shows: pairs with their newest result and how those fit that run in each environment."""
    b = broker
    found = b.fleet.api("/api/integrations")
    assert {e["name"] for e in found["environments"]} == {"test", "production"}
    pair = next(i for i in found["integrations"] if (i["consumer"], i["provider"]) == ("shop", "stock"))
    assert pair["latest"]["result"] == "success" and pair["environments"] == [{"environment": "production", "consumer_version": "1", "provider_version": "3", "result": "success",
                                                                               "verified_ms": pair["environments"][0]["verified_ms"]}] and not pair["pending"]
    detail = b.fleet.api("/api/integrations/web/api")
    assert detail["pact"]["consumer"]["name"] == "web" and detail["versions"][0]["consumer_version"] == "1.0"
    bad = next(r for r in detail["versions"][0]["results"] if not r["success"])
    assert bad["failures"] == [{"interaction": "one", "mismatches": ["$.name: Expected one, got two"]}]
    assert b.fleet.request("GET", "/api/integrations/web/nobody").status == 404 and b.fleet.request("GET", "/api/integrations/web").status == 404


def test_what_is_refused(broker):
    """Bad input gets a clear error and harms nobody."""
    b = broker
    huge = b"{" + b" " * (50 << 20) + b"}"
    r = b.fleet.request("PUT", "/pact-broker/pacts/provider/p/consumer/c/version/1", huge, {"Content-Type": "application/json"})
    assert r.status == 413 and "10 MiB" in r.json()["error"], r
    for body, words in (({"pacticipantName": "x"}, "contracts"), ({"pacticipantName": "x", "pacticipantVersionNumber": "1", "contracts": [{"consumerName": "x", "providerName": "y",
                        "specification": "pact", "contentType": "application/json", "content": "!!!"}]}, "content")):
        r = b.ask("POST", "/contracts/publish", body)
        assert r.status == 400 and words in r.text, r
    assert b.ask("PUT", "/pacts/provider/p/consumer/c/version/1", {"consumer": {"name": "other"}, "provider": {"name": "p"}, "interactions": []}).status == 400
    assert b.ask("PUT", "/pacticipants/" + "x" * 300 + "/versions/1", {}).status == 400
    for query in ("", "q[][pacticipant]=nobody", "q[][pacticipant]=web&q[][version]=1&q[][tag]=x", "q[pacticipant=x", "q[][pacticipant]=%zz", "q[][pacticipant]=web&latestby=x",
                  "&".join(f"q[][pacticipant]={i}" for i in range(100)), "q[][pacticipant]=web&q[][version]=1.0&environment=nowhere"):
        r = b.ask("GET", "/matrix?" + query)
        assert r.status == 400 and r.json()["errors"], (query, r)
    assert b.fleet.request("POST", "/pact-broker/pacticipants", b'{"name":"evil"}', {"Content-Type": "application/json", "Origin": "https://evil.example"}).status == 403
    assert b.ask("GET", "/pacticipants/nobody").status == 404 and b.ask("DELETE", "/matrix").status == 405


def test_deleting(broker):
    """What is deleted is gone with what hangs on it, and nothing else."""
    b = broker
    b.publish(b.pact("gone", "api", "g"), "1", "main")
    b.publish(b.pact("stays", "api", "g"), "1", "main")
    b.ok("DELETE", "/integrations/provider/api/consumer/gone")
    assert b.ask("GET", "/pacts/provider/api/consumer/gone/latest").status == 404 and b.latest("api", "stays")
    b.ok("DELETE", "/pacticipants/gone")
    assert b.ask("GET", "/pacticipants/gone").status == 404 and b.may("stays", "1", "production")["deployable"] is None
    b.ok("DELETE", "/pacticipants/stays/versions/1")
    assert b.ask("GET", "/pacticipants/stays/versions/1").status == 404


def test_everything_answers(broker):
    """Routes that no client above asks for."""
    b = broker
    b.publish(b.pact("all", "api", "r"), "1", "main", ["dev"])
    b.ok("PATCH", "/pacticipants/all", {"mainBranch": "main"})
    b.verified("api", "all", "10", True)
    b.ok("PUT", "/pacticipants/all/labels/team", {})
    sha = b.latest("api", "all")["_links"]["self"]["href"]
    assert sha
    for path in ("/", "/dashboard", "/integrations", "/metrics", "/pacticipants/label/team", "/pacticipants/all/labels/team", "/pacticipants/all/versions", "/pacticipants/all/latest-version",
                 "/pacticipants/all/main-branch/latest-version", "/pacticipants/all/latest-version/dev", "/pacticipants/all/versions/1/tags", "/pacticipants/all/versions/1/tags/dev",
                 "/pacticipants/all/branches/main", "/pacticipants/all/branches/main/versions", "/pacticipants/all/branches/main/versions/1",
                 "/pacticipants/all/versions/1/can-i-deploy?environment=production", "/pacticipants/all/versions/1/can-i-deploy/to-environment/production",
                 "/matrix/provider/api/consumer/all", "/pacts/provider/api/latest", "/pacts/provider/api/latest/dev", "/pacts/provider/api/tag/dev", "/pacts/provider/api/branch/latest",
                 "/pacts/provider/api/branch", "/pacts/provider/api/branch/main/latest", "/pacts/provider/api/branch/main", "/pacts/provider/api", "/pacts/provider/api/for-verification",
                 "/pacts/provider/api/consumer/all/latest/dev", "/pacts/provider/api/consumer/all/branch", "/pacts/provider/api/consumer/all/branch/latest",
                 "/pacts/provider/api/consumer/all/branch/main/latest", "/pacts/provider/api/consumer/all/branch/main", "/pacts/provider/api/consumer/all/versions",
                 "/pacts/provider/api/consumer/all/version/1", "/verification-results/consumer/all/version/1/latest"):
        b.ok("GET", path)
    link = b.latest("api", "all")["_links"]["pb:publish-verification-results"]["href"].split("/pact-broker", 1)[1]
    content = link.rsplit("/verification-results", 1)[0].split("/metadata/")[0]
    b.ok("GET", content), b.ok("GET", content + "/verification-results/latest"), b.ok("GET", content + "/verification-results/1")
    b.ok("POST", content + "/verification-results", {"providerApplicationVersion": "11", "success": True})
    badge = b.ask("GET", "/pacts/provider/api/consumer/all/latest/badge.svg")
    assert badge.status == 200 and "verified" in badge.text and badge.headers["content-type"].startswith("image/svg+xml")
    env = next(e["uuid"] for e in b.ok("GET", "/environments")["_embedded"]["environments"] if e["name"] == "test")
    d = b.ok("POST", f"/pacticipants/all/versions/1/deployed-versions/environment/{env}", {})
    r = b.ok("POST", f"/pacticipants/all/versions/1/released-versions/environment/{env}", {})
    b.ok("GET", f"/pacticipants/all/versions/1/deployed-versions/environment/{env}"), b.ok("GET", f"/pacticipants/all/versions/1/released-versions/environment/{env}")
    b.ok("GET", f"/deployed-versions/{d['uuid']}"), b.ok("GET", f"/released-versions/{r['uuid']}"), b.ok("GET", f"/environments/{env}/released-versions/currently-supported")
    b.ok("PATCH", "/pacticipants/all/versions/1", {"buildUrl": "https://ci.example.org/2"})
    b.ok("PATCH", "/pacts/provider/api/consumer/all/version/1", b.pact("all", "api", "r", "more"))
    assert len(b.latest("api", "all")["interactions"]) == 2
    b.ok("DELETE", "/pacticipants/all/labels/team")
    b.ok("DELETE", "/pacticipants/all/branches/main/versions/1")
    b.ok("DELETE", "/pacts/provider/api/consumer/all/version/1")
    b.ok("PUT", "/pacticipants/all", {"name": "all"}), b.ok("POST", "/pacticipants", {"name": "another"})


def test_nothing_acknowledged_is_lost(make_fleet, tmp_path):
    """kill -9 again and again while pacts and results come: each that was acknowledged is there afterwards, once, and the matrix says the same."""
    f = make_fleet().add("idle")
    control, b, known, stop = Control(f), Broker(f, tmp_path), {}, threading.Event()
    control.start()

    def feed():
        for k in range(20000):
            if stop.is_set():
                return
            try:
                b.publish(b.pact("killed", "kapi", f"i{k}"), str(k), "main")
                known[k] = None
                b.verified("kapi", "killed", str(k), k % 2 == 0)
                known[k] = k % 2 == 0
            except (OSError, http.client.HTTPException):
                stop.wait(0.01)
    writer = threading.Thread(target=feed)
    writer.start()
    try:
        for _ in range(KILLS):
            enough = len(known) + 5
            wait_for("some are taken", lambda: len(known) >= enough, 20)
            control.end(9)
            control.start()
    finally:
        stop.set()
        writer.join()
    rows = b.ok("GET", "/matrix?q[][pacticipant]=killed&q[][pacticipant]=kapi")["matrix"]
    found = {}
    for r in rows:
        found.setdefault(int(r["consumer"]["version"]["number"]), []).append(r["verificationResult"] and r["verificationResult"]["success"])
    for k, success in known.items():
        assert k in found, k
        if success is not None:
            assert success in found[k], (k, success, found[k])
    assert len(found) == len(b.ok("GET", "/pacticipants/killed/versions?size=1000")["_embedded"]["versions"])
    control.end(15)
