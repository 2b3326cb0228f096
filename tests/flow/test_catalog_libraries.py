"""Built twice by different libraries: which are used for what, by whom, in which versions, and whom to ask. Lock files lie in working trees of repositories that are made here."""

import json
import subprocess

import pytest
import yaml
from fleet import SLOW, run, wait_for
from test_catalog import BACKSTAGE, CLIENTS, Repository, catalog

GROUP = "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {{ name: {name} }}\nspec: {{ type: team, children: [], members: [{members}], profile: {{ email: {name}@example.org }} }}"


def npm(**direct):
    """package-lock.json, version 3: what is asked for, and `debug` which these bring in."""
    packages = {"": {"name": "x", "dependencies": {k.replace("__", "/"): f"^{v}" for k, v in direct.items()}}}
    packages |= {f"node_modules/{k.replace('__', '/')}": {"version": v} for k, v in direct.items()} | {"node_modules/winston": {"version": "3.1.0"}}
    return json.dumps({"name": "x", "lockfileVersion": 3, "packages": packages}, indent=1)


def service(folder, name, owner, author, days=5, **files):
    r = Repository(folder / name)
    r.put("catalog-info.yaml", BACKSTAGE.format(name=name, owner=owner))
    for path, text in files.items():
        r.put(path.replace("__", "/").replace("_DOT_", ".").replace("_DASH_", "-"), text)
    r.commit(author=author, days=days)
    return r


def put(r, path, text):
    r.put(path, text)
    return r


@pytest.fixture
def work(tmp_path):
    """Three teams; axios in two services of billing, got in one of sales; both have express; a service of billing that is asleep has request. Python's requests is nobody's alternative to them."""
    put(service(tmp_path, "invoicing", "billing", "Ada <ada@example.org>"), "package-lock.json", npm(axios="1.6.0", express="4.18.2"))
    put(service(tmp_path, "dunning", "billing", "Ada <ada@example.org>", days=30), "package-lock.json", npm(axios="1.7.2"))
    put(service(tmp_path, "orders", "sales", "Sam <sam@example.org>"), "app/package-lock.json", npm(got="14.0.0", express="4.19.0"))
    put(service(tmp_path, "old", "billing", "Ada <ada@example.org>", days=800), "package-lock.json", npm(request="2.88.2"))
    put(service(tmp_path, "routes", "logistics", "Lou <lou@example.org>"), "requirements.txt", "requests==2.31.0\n")
    teams = Repository(tmp_path / "teams")
    teams.put("org.yaml", "\n---\n".join(GROUP.format(name=n, members=m) for n, m in (("billing", "ada@example.org"), ("sales", "sam@example.org"), ("logistics", "lou@example.org"))))
    teams.commit()
    return tmp_path


def choices(answer):
    return {(c["capability"], c["ecosystem"]): c for c in answer["choices"]}


def test_same_capability_by_different_libraries(work):
    """What teams have chosen differently stands first: which, in which versions, where, and who has solved it most often."""
    answer = catalog("--libraries", "--in", work)
    first = answer["choices"][0]
    assert (first["capability"], first["ecosystem"], first["divided"]) == ("http-client", "npm", True), first
    assert (first["teams"], first["services"], first["families"], first["common"], first["apart"]) == (2, 4, 3, "axios", 1), first
    assert [(x["library"], x["services"], x["teams"]) for x in first["libraries"]] == [("axios", 2, 1), ("got", 1, 1), ("request", 1, 1)], first
    uses = {(u["service"], x["library"]): u for x in first["libraries"] for u in x["uses"]}
    assert {(s, lib, u["owner"], u["version"]) for (s, lib), u in uses.items()} == {
        ("invoicing", "axios", "billing", "1.6.0"), ("dunning", "axios", "billing", "1.7.2"), ("orders", "got", "sales", "14.0.0"), ("old", "request", "billing", "2.88.2")}
    assert uses[("orders", "got")]["file"] == str(work / "orders/app/package-lock.json") and uses[("orders", "got")]["line"] > 1 and uses[("orders", "got")]["told"]
    assert [s for (s, _), u in uses.items() if u["asleep"]] == ["old"]
    # "old" does not count: nobody works on it.
    assert first["ask"] == {"team": "billing", "contact": "billing@example.org", "service": "dunning", "person": "Ada", "mail": "ada@example.org", "services": 2}, first["ask"]
    found = choices(answer)
    assert set(found) == {("http-client", "npm"), ("web-framework", "npm"), ("http-client", "pypi")}, set(found)
    assert not found[("web-framework", "npm")]["divided"] and found[("web-framework", "npm")]["teams"] == 2
    assert not found[("http-client", "pypi")]["divided"] and answer["divided"] == 1
    assert all(x["library"] != "winston" for c in answer["choices"] for x in c["libraries"]), "what others bring in counts"
    assert (answer["files"], answer["problems"], answer["cut"]) == (5, [], False)
    text = run("catalog", "--libraries", "--in", work).out
    assert "http-client, npm" in text.split("\n")[0] and "1 team uses nothing of axios" in text.split("\n")[0], text
    assert "ask  billing billing@example.org, who have it in 2 services; Ada <ada@example.org> is most active" in text, text
    assert "1.6.0, 1.7.2" in text or "1.7.2, 1.6.0" in text, text
    assert "Of 3 choices teams have made 1 differently. Lock files: 5" in text, text


def test_radar(work):
    """Rings from what is used, each with its rule and figures: most teams have express, only one has axios, request is left alone; languages and databases too."""
    put(service(work, "stock", "logistics", "Lou <lou@example.org>"), "package-lock.json", npm(express="4.18.2", pg="8.11.0"))
    compose = service(work, "ledger", "sales", "Sam <sam@example.org>")
    put(compose, "docker-compose.yml", "services:\n  ledger: { build: ., depends_on: [db] }\n  db: { image: postgres:15 }\n").commit(author="Sam <sam@example.org>")
    put(compose, "Dockerfile", "FROM debian\n").commit(author="Sam <sam@example.org>")
    answer = catalog("--radar", "--in", work)
    blips = {(b["kind"], b["ecosystem"], b["name"]): b for b in answer["blips"]}
    express = blips[("web-framework", "npm", "express")]
    assert (express["ring"], express["rule"], express["teams"], express["of_teams"], express["services"]) == ("adopt", "common", 3, 3, 3), express
    assert express["why"] == "3 services; 3 of 3 teams" and sorted(express["owners"]) == ["billing", "logistics", "sales"] and sorted(express["in"]) == ["invoicing", "orders", "stock"], express
    axios, got, request = (blips[("http-client", "npm", n)] for n in ("axios", "got", "request"))
    assert (axios["ring"], axios["why"]) == ("trial", "2 services; 1 of 2 teams") and got["ring"] == "assess", (axios, got)
    assert (request["ring"], request["rule"], request["why"]) == ("hold", "asleep", "1 service, asleep; 0 of 2 teams"), request
    postgresql = blips[("database", "", "postgresql")]
    assert (postgresql["ring"], postgresql["quadrant"]) == ("adopt", "languages and platforms") and sorted(postgresql["in"]) == ["ledger", "stock"], postgresql
    assert {r["ring"] for r in answer["rules"]} == {r["ring"] for r in answer["rings"]}
    order = [(answer["quadrants"].index(b["quadrant"]), [r["ring"] for r in answer["rings"]].index(b["ring"])) for b in answer["blips"]]
    assert order == sorted(order)
    text = run("catalog", "--radar", "--in", work).out
    assert "interfaces\n" in text and "adopt   at least two teams have it" in text and "3 services; 3 of 3 teams" in text, text
    assert run("catalog", "--radar", "--libraries", "--in", work).code == 2


def test_decisions(work):
    """Decisions of all teams: what one has open and another has decided, what two decided differently, and the most active of each service that it concerns."""
    adr = "# {0}\n\nDate: 2024-05-01\n\n## Status\n\n{1}\n"
    for name, author, decisions in (("invoicing", "Ada <ada@example.org>", (("1. Record architecture decisions", "Accepted"), ("2. Use Kafka for billing events", "Accepted"), ("3. Use MongoDB", "Superseded by 4"))),
                                    ("orders", "Sam <sam@example.org>", (("1. Record architecture decisions", "Accepted"), ("2. Use RabbitMQ for order events", "Accepted"))),
                                    ("routes", "Lou <lou@example.org>", (("1. Events over NATS instead of Kafka", "Proposed"),))):
        r = Repository(work / name)
        for i, (title, status) in enumerate(decisions):
            r.put(f"docs/adr/{i + 1:04}-x.md", adr.format(title, status))
        r.commit(author=author)
    answer = catalog("--decisions", "--in", work)
    decisions = answer["decisions"]
    assert [d["state"] for d in decisions] == ["open"] + ["taken"] * 4 + ["ended"], decisions
    assert answer["differ"] == 1 and not answer["cut"]
    (group,) = answer["groups"]
    assert (group["subject"], group["differs"], group["open"]) == ("broker", True, True), group
    mine = [decisions[i] for i in group["decisions"]]
    assert {(d["title"], tuple(d["choices"]), d["state"]) for d in mine} == {("1. Events over NATS instead of Kafka", ("nats",), "open"), ("2. Use Kafka for billing events", ("kafka",), "taken"), ("2. Use RabbitMQ for order events", ("rabbitmq",), "taken")}, mine
    kafka = next(d for d in mine if d["choices"] == ["kafka"])
    assert kafka["services"] == [{"service": "invoicing", "owner": "billing", "contact": "billing@example.org", "person": "Ada", "mail": "ada@example.org"}], kafka
    assert (kafka["file"], kafka["date"], kafka["repository"]) == ("docs/adr/0002-x.md", "2024-05-01", str(work / "invoicing")), kafka
    # What the text chooses, where the title asks.
    madr = Repository(work / "stockroom")
    madr.put("docs/decisions/0001-broker.md", "---\nstatus: accepted\n---\n# Kafka or NATS for stock events?\n\n## Decision Outcome\n\nChosen option: \"NATS\", because it is small.\n")
    madr.commit()
    asked = next(d for d in catalog("--decisions", "--in", work)["decisions"] if d["file"] == "docs/decisions/0001-broker.md")
    assert (asked["outcome"], asked["choices"], asked["topic"]) == ("NATS", ["nats"], "broker"), asked
    subprocess.run(["rm", "-rf", madr.top], check=True)
    text = run("catalog", "--decisions", "--in", work).out
    assert "broker  decided differently, and open elsewhere" in text and "billing billing@example.org: Ada <ada@example.org>" in text, text
    assert "Decisions: 6, open 1, taken 4. Decided differently by different teams: 1." in text, text


def faults(bom):
    r = subprocess.run(["node", "bom.mjs"], cwd=CLIENTS, input=json.dumps(bom), capture_output=True, text=True, timeout=60 * SLOW)
    assert r.returncode == 0, r.stderr
    return json.loads(r.stdout)


def test_bill_of_materials(work):
    """CycloneDX: every package of every lock file once, with its package URL, needed by those services that have it; valid by CycloneDX's own schema, whatever names files give."""
    odd = service(work, "odd", "sales", "Sam <sam@example.org>")
    put(odd, "package-lock.json", npm(**{"@angular__core": "17.0.0", 'we"ird ~ nämé': "1.0", "axios": "1.6.0"}))
    put(odd, "pom.xml", "<project><dependencies><dependency><groupId>org.slf4j</groupId><artifactId>slf4j-api</artifactId><version>2.0.9</version></dependency></dependencies></project>")
    mono = Repository(work / "mono")
    for name in ("alpha", "beta"):
        mono.put(f"services/{name}/catalog-info.yaml", BACKSTAGE.format(name=name, owner="x"))
    mono.put("go.mod", "module x\nrequire github.com/BurntSushi/toml v1.3.2\n")
    mono.put("services/beta/a/go.mod", "module x\nrequire github.com/BurntSushi/toml v1.3.2\n")
    mono.put("services/beta/b/go.mod", "module x\nrequire github.com/BurntSushi/toml v1.3.2\n")
    mono.commit()
    bom = json.loads(run("catalog", "--in", work, "--format", "cyclonedx").out)
    assert faults(bom) == []
    assert faults(bom | {"components": [{"type": "zoo", "name": "x"}]}) != [], "the schema is not looked at"
    packages = {c["bom-ref"]: c for c in bom["components"] if "purl" in c}
    holders = {c["bom-ref"]: c for c in bom["components"] if "purl" not in c}
    refs = [x["bom-ref"] for x in bom["services"] + bom["components"]]
    assert len(refs) == len(set(refs)) and len({c["purl"] for c in packages.values()}) == len(packages)
    needs = {d["ref"]: sorted(packages[r]["purl"] for r in d["dependsOn"] if r in packages) for d in bom["dependencies"]}
    assert len(needs) == len(bom["dependencies"]) and set(needs) <= set(refs) and all(set(d["dependsOn"]) <= set(refs) for d in bom["dependencies"])
    assert needs["invoicing"] == ["pkg:npm/axios@1.6.0", "pkg:npm/express@4.18.2", "pkg:npm/winston@3.1.0"], needs
    assert needs["odd"] == ["pkg:maven/org.slf4j/slf4j-api@2.0.9", "pkg:npm/%40angular/core@17.0.0", "pkg:npm/axios@1.6.0", "pkg:npm/we%22ird%20~%20n%C3%A4m%C3%A9@1.0", "pkg:npm/winston@3.1.0"], needs["odd"]
    assert needs["beta"] == ["pkg:golang/github.com/burntsushi/toml@v1.3.2"] and "alpha" not in needs, needs
    assert all(len(d["dependsOn"]) == len(set(d["dependsOn"])) for d in bom["dependencies"])
    (whole,) = [h for h in holders.values() if h["type"] == "application"]
    assert whole["name"] == "mono" and needs[whole["bom-ref"]] == needs["beta"], whole
    slf4j = next(c for c in packages.values() if "slf4j" in c["purl"])
    assert (slf4j["group"], slf4j["name"], slf4j["version"]) == ("org.slf4j", "slf4j-api", "2.0.9"), slf4j


def test_one_team_and_one_family_are_no_division(tmp_path):
    """Libraries that complete each other are one choice, and two of one team are its own matter."""
    put(service(tmp_path, "a", "x", "Ada <ada@example.org>"), "package-lock.json", npm(**{"@nestjs__core": "10.0.0", "@nestjs__common": "10.0.0"}))
    put(service(tmp_path, "b", "y", "Bob <bob@example.org>"), "package-lock.json", npm(**{"@nestjs__core": "10.0.0"}))
    put(service(tmp_path, "c", "z", "Cy <cy@example.org>"), "package-lock.json", npm(axios="1.0.0", got="14.0.0"))
    found = choices(catalog("--libraries", "--in", tmp_path))
    assert (found[("web-framework", "npm")]["families"], found[("web-framework", "npm")]["divided"]) == (1, False), found
    assert (found[("http-client", "npm")]["families"], found[("http-client", "npm")]["divided"]) == (2, False), found


def test_whose_a_lock_file_is(tmp_path):
    """The service whose folder is nearest above; a workspace's file is the repository's; of two files of which one tells better only that one counts; what is not the project's own is not looked at."""
    mono = Repository(tmp_path / "mono")
    for name in ("alpha", "beta"):
        mono.put(f"services/{name}/catalog-info.yaml", BACKSTAGE.format(name=name, owner="x"))
    mono.put("services/alpha/deep/er/Cargo.lock", 'version = 3\n[[package]]\nname = "me"\nversion = "0.1.0"\ndependencies = ["reqwest"]\n[[package]]\nname = "reqwest"\nversion = "0.11.0"\nsource = "registry+https://x"\n')
    mono.put("package-lock.json", npm(axios="1.0.0"))
    mono.put("services/beta/go.mod", "module beta\nrequire github.com/go-resty/resty/v2 v2.7.0\n")
    mono.put("services/beta/go.sum", "github.com/gorilla/mux v1.8.0 h1:x=\n")
    mono.put("services/beta/node_modules/y/package-lock.json", npm(got="14.0.0"))
    mono.commit(author="Ada <ada@example.org>")
    inner = service(tmp_path / "mono/services/beta", "inner", "y", "Bob <bob@example.org>")
    put(inner, "package-lock.json", npm(superagent="8.0.0"))
    (mono.top / "services/beta/out").mkdir()
    (mono.top / "services/beta/out/package-lock.json").symlink_to(mono.top / "package-lock.json")
    (mono.top / "services/beta/up").symlink_to(tmp_path)
    outer = catalog("--libraries", "--in", tmp_path)
    assert all(u["service"] != "inner" for c in outer["choices"] for x in c["libraries"] for u in x["uses"]) and outer["files"] == 3, "a repository within another is not that one's"
    answer = catalog("--libraries", "--in", tmp_path, "--in", inner.top)
    uses = {(x["library"], u["service"], u["whole"], u["owner"]) for c in answer["choices"] for x in c["libraries"] for u in x["uses"]}
    assert uses == {("reqwest", "alpha", False, "x"), ("axios", "mono", True, "x"), ("github.com/go-resty/resty/v2", "beta", False, "x"), ("superagent", "inner", False, "y")}, uses
    assert answer["files"] == 4, answer


def test_given_up(work):
    """Libraries that were given up, by the lock file's own words or the table, with what to use instead; those that others bring in are told and cost nothing."""
    old = service(work, "old", "sales", "Sam <sam@example.org>")
    put(old, "package-lock.json", json.dumps({"lockfileVersion": 3, "packages": {
        "": {"dependencies": {"request": "2", "fine": "1"}}, "node_modules/request": {"version": "2.88.2", "deprecated": "request has been deprecated, see https://github.com/request/request/issues/3142"},
        "node_modules/har-validator": {"version": "5.1.5", "deprecated": "this library is no longer supported"}, "node_modules/fine": {"version": "1.0.0"}}}, indent=1))
    old.commit()
    r = run("catalog", "old", "--json", "--in", work)
    one = r.json()
    assert [(x["library"], x["own"], x["since"], x["line"] > 0) for x in one["abandoned"]] == [("request", True, "2020-02", True), ("har-validator", False, "", True)], one["abandoned"]
    assert one["abandoned"][0]["why"].startswith("request has been deprecated") and "undici" in one["abandoned"][0]["instead"]
    facet = {f["facet"]: f for f in one["score"]["facets"]}["libraries"]
    assert facet["value"] == 0.5 and facet["measured"] == "request 2.88.2 (use fetch, undici or got)" and facet["gain"] > 0, facet
    text = run("catalog", "old", "--in", work).out
    assert "given up  request 2.88.2 since 2020-02: request has been deprecated" in text and "1 libraries that others bring in are given up" in text, text
    put(old, "package-lock.json", json.dumps({"lockfileVersion": 3, "packages": {"": {}, "node_modules/fine": {"version": "1.0.0"}}}))
    facet = {f["facet"]: f for f in run("catalog", "old", "--json", "--in", work).json()["score"]["facets"]}["libraries"]
    assert facet["value"] == 1 and facet["measured"] == "none in 1 lock file", facet


def test_hostile_files_stop_nothing_else(work):
    """Each wrong file is told with its place and what to do; all others are read."""
    bad = service(work, "bad", "sales", "Sam <sam@example.org>")
    put(bad, "package-lock.json", '{\n "lockfileVersion": 3,\n "packages": [1]\n}')
    put(bad, "a/Cargo.lock", "[[package]]\nname = \n")
    put(bad, "b/yarn.lock", "<<<<<<< ours\n# yarn lockfile v1\n")
    put(bad, "c/package-lock.json", "[" * 100000)
    put(bad, "d/poetry.lock", "\xff\x00")
    put(bad, "e/pnpm-lock.yaml", "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(f"{c}: &{c} [{','.join(['*' + p] * 9)}]" for p, c in zip("abcdefgh", "bcdefghi")) + "\nlockfileVersion: '9.0'\n")
    put(bad, "f/requirements.txt", "requests==2.0.0\n")
    (bad.top / "g").mkdir()
    (bad.top / "g/go.mod").mkdir()
    answer = catalog("--libraries", "--in", work)
    problems = {p["file"][len(str(work)) + 5:]: p for p in answer["problems"]}
    assert {"package-lock.json", "a/Cargo.lock", "b/yarn.lock", "c/package-lock.json"} <= set(problems), problems
    assert problems["package-lock.json"]["line"] == 3 and problems["a/Cargo.lock"]["line"] == 2 and "let the tool write the file anew" in problems["b/yarn.lock"]["message"], problems
    found = choices(answer)
    assert found[("http-client", "npm")]["services"] == 4
    assert {u["service"] for u in found[("http-client", "pypi")]["libraries"][0]["uses"]} == {"routes", "bad"}
    text = run("catalog", "--libraries", "--in", work).out
    assert "cannot be read: " in text and "bad/a/Cargo.lock:2: " in text, text


def test_words_that_do_not_go_together(work):
    r = run("catalog", "--libraries", "--copies", "--in", work)
    assert r.code == 2 and "one at a time" in r.err, r
    r = run("catalog", "invoicing", "--libraries", "--in", work)
    assert r.code == 2 and "leave the name out" in r.err, r
    r = run("catalog", "--radar", "--format", "cyclonedx", "--in", work)
    assert r.code == 2 and "not as cyclonedx" in r.err, r
    r = run("catalog", "--libraries", "--todo", "x.md", "--in", work)
    assert r.code == 2 and "of all owners" in r.err, r


def test_in_a_fleet(make_fleet):
    """Control answers the same, notices a lock file that changes without a commit, and the command asks it."""
    f = make_fleet()
    f.add("back", owner="billing")
    clones = f.root / "clones"
    put(service(clones, "one", "billing", "Ada <ada@example.org>"), "package-lock.json", npm(axios="1.6.0"))
    two = put(service(clones, "two", "sales", "Sam <sam@example.org>"), "package-lock.json", npm(axios="1.6.0"))
    two.put("docs/adr/0001-kafka.md", "# Use Kafka\n\nStatus: proposed\n")
    two.commit(author="Sam <sam@example.org>")
    f.put("services/back/package-lock.json", npm(express="4.0.0"))
    f.config["catalog"] = {"repositories": [".", "clones"], "every": "1s"}
    f.put("pleach.yaml", yaml.safe_dump(f.config, sort_keys=False))
    f.up()
    answer = wait_for("lock files are read", lambda: (lambda a: a if a["choices"] else None)(f.request("GET", "/api/duplicates/libraries").json()), 60 * SLOW, every=0.3)
    assert answer["divided"] == 0 and set(choices(answer)) == {("http-client", "npm"), ("web-framework", "npm")}, answer
    assert choices(answer)[("web-framework", "npm")]["libraries"][0]["uses"][0]["service"] == "back"
    put(two, "package-lock.json", npm(got="14.0.0"))
    answer = wait_for("the change is seen", lambda: (lambda a: a if a["divided"] else None)(f.request("GET", "/api/duplicates/libraries").json()), 60 * SLOW, every=0.3)
    assert [x["library"] for x in choices(answer)[("http-client", "npm")]["libraries"]] == ["got", "axios"], answer
    radar = f.request("GET", "/api/duplicates/radar").json()
    assert {(b["name"], b["ring"]) for b in radar["blips"] if b["ecosystem"]} == {("axios", "assess"), ("got", "assess"), ("express", "assess")}, radar
    assert f.ok("catalog", "--radar", "--json").json()["blips"] == radar["blips"]
    (decision,) = f.request("GET", "/api/duplicates/decisions").json()["decisions"]
    assert (decision["state"], decision["choices"], decision["services"][0]["owner"]) == ("open", ["kafka"], "sales"), decision
    assert "Use Kafka" in f.ok("catalog", "--decisions").out
    bom = f.request("GET", "/api/catalog/export/cyclonedx").json()
    assert faults(bom) == [] and {c["purl"] for c in bom["components"]} >= {"pkg:npm/got@14.0.0", "pkg:npm/axios@1.6.0", "pkg:npm/express@4.0.0"}, bom
    assert f.request("GET", "/api/duplicates/libraries/x").status == 404
    assert f.request("POST", "/api/duplicates/libraries").status == 405
    assert f.ok("catalog", "--libraries", "--json").json()["divided"] == 1
    assert "http-client, npm" in f.ok("catalog", "--libraries").out
