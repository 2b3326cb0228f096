"""`pleach check --change`: whose a change is. Repositories made here, with the real git; the rules in force are those of the base."""

import json
import subprocess

import pytest
from fleet import BIN, run

FLEET = """fleet: shop
teams:
  billing: { members: ["@ada", bob@example.org] }
  sales: { members: [cy@example.org] }
  lonely: {}
services: [./services/*]
"""
SERVICE = "service: {name}\nowner: {owner}\nownership: {ownership}\nrun: {{ command: [./x] }}\n"


class Repository:
    def __init__(self, path):
        self.top = path / "repository"
        self.top.mkdir()
        self.put("pleach.yaml", FLEET)
        self.service("invoicing", "billing", "strong", "serves:\n  - { version: v1, path: /v1, schema: api/openapi.yaml }\n")
        self.service("orders", "sales", "weak", "calls: { invoicing: { timeout: 1s } }\n")
        self.service("stock", "sales", "collective")
        self.put("services/invoicing/api/openapi.yaml", "openapi: 3.0.0\n")
        self.put("services/invoicing/main.c", "int main;\n" * 40)
        self.put("services/stock/a.c", "1\n")
        self.put("README.md", "shop\n")
        self.git("init", "-q", "-b", "main", ".")
        self.commit("first", "Cy <cy@example.org>")

    def git(self, *words):
        r = subprocess.run(["git", "-c", "user.name=X", "-c", "user.email=x@example.org", *words], cwd=self.top, capture_output=True, text=True, timeout=60)
        assert r.returncode == 0, r.stderr
        return r.stdout

    def put(self, name, text):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def service(self, name, owner, ownership, more=""):
        self.put(f"services/{name}/service.yaml", SERVICE.format(name=name, owner=owner, ownership=ownership) + more)

    def commit(self, message, author="Dan <dan@example.org>"):
        self.git("add", "-A")
        self.git("commit", "-q", "--author", author, "-m", message)

    def branch(self, files, message="change", author="Dan <dan@example.org>"):
        """The files changed on a branch of their own, which stays checked out."""
        self.git("checkout", "-q", "-B", "change", "main")
        for name, text in files.items():
            self.put(name, text)
        self.commit(message, author)

    def check(self, *words, range_="main..change", folder=None):
        r = run("check", "--change", range_, "--json", *words, cwd=folder or self.top)
        answer = json.loads(r.out)
        r.services = {s["service"]: s for s in answer["change"]["services"]} if "change" in answer else None
        r.answer, r.notes = answer, "\n".join(answer.get("notes", []))
        return r

    def text(self, *words):
        return run("check", "--change", "main..change", *words, cwd=self.top)


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


def test_strong(repository):
    """Without the owner's agreement it fails, and who to ask is said; the team's own change does not need one."""
    repository.branch({"services/invoicing/main.c": "int other;\n"})
    r = repository.check()
    assert r.code == 1 and r.answer["change"]["missing"] == 1, r
    s = r.services["invoicing"]
    assert s["standing"] == "missing" and s["owner"] == "billing" and s["members"] == ["@ada", "bob@example.org"] and s["files"] == 1
    text = repository.text()
    assert text.code == 1 and "billing must agree and has not; ask one of @ada, bob@example.org" in text.out and "1 owner has not agreed." in text.out, text
    r = repository.text("--format", "github")
    assert r.code == 1 and r.out.startswith("::error file=services/invoicing/main.c,line=1,title=invoicing%2C ownership strong::billing must agree and has not; ask one of @ada"), r
    for author in ("Bob <BOB@example.org>", "Ada L <12+ada@users.noreply.example.org>", "ada <x@example.org>"):
        repository.branch({"services/invoicing/main.c": "int mine;\n"}, author=author)
        r = repository.check()
        assert r.code == 0 and r.services["invoicing"]["from"] == "its own change", (author, r)
    # Somebody else's commit in the same change: it is not theirs alone any more.
    repository.put("services/invoicing/main.c", "int both;\n")
    repository.commit("more")
    assert repository.check().code == 1


@pytest.mark.parametrize("trailer, agrees", [
    ("Approved-by: Bob <bob@example.org>", True), ("Acked-by: @ada", True), ("Reviewed-by: billing", True), ("Approved-by: Cy <cy@example.org>", False),
    ("Signed-off-by: Bob <bob@example.org>", False), ("Approved-by: Bob <bob@example.org.evil.test>", False),
])
def test_trailers(repository, trailer, agrees):
    repository.branch({"services/invoicing/main.c": "int x;\n"}, f"change\n\n{trailer}")
    r = repository.check()
    assert (r.code == 0) == agrees, r
    if agrees:
        assert r.services["invoicing"]["from"].startswith("trailer of ")


def review(login, state):
    return {"user": {"login": login}, "state": state, "submitted_at": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize("text, agrees", [
    ("# who\nada\n", True), ("@ADA\n", True), ("bob@example.org\n", True), ("eve\n", False),
    (json.dumps([review("ada", "APPROVED")]), True),
    (json.dumps([review("ada", "APPROVED"), review("ada", "COMMENTED")]), True),
    (json.dumps([review("ada", "APPROVED"), review("ada", "CHANGES_REQUESTED")]), False),
    (json.dumps([review("ada", "CHANGES_REQUESTED"), review("ada", "APPROVED")]), True),
    (json.dumps([review("ada", "APPROVED"), review("Ada", "DISMISSED")]), False),
    (json.dumps([review("eve", "APPROVED")]), False),
    (json.dumps({"approved": True, "approved_by": [{"user": {"username": "ada"}}]}), True),
    (json.dumps({"approved": True, "approved_by": [{"user": {"username": "eve"}}]}), False),
])
def test_approvals(repository, tmp_path, text, agrees):
    """A file of people, GitHub's reviews, GitLab's approvals."""
    repository.branch({"services/invoicing/main.c": "int x;\n"})
    (tmp_path / "approvals").write_text(text)
    r = repository.check("--approvals", str(tmp_path / "approvals"))
    assert (r.code == 0) == agrees, r


@pytest.mark.parametrize("text, says", [("{", "approvals:1:"), ('{"a": 1}', "neither GitHub's list of reviews nor GitLab's approvals"), ("3\n" * 2000, "more than 1000 people")])
def test_wrong_approvals(repository, tmp_path, text, says):
    repository.branch({"services/invoicing/main.c": "int x;\n"})
    (tmp_path / "approvals").write_text(text)
    r = run("check", "--change", "main..change", "--approvals", str(tmp_path / "approvals"), cwd=repository.top)
    assert r.code == 2 and says in r.err, r


def test_weak_and_collective(repository):
    """Weak reminds; collective names who knows the code best, robots left out. Neither fails."""
    for i, who in enumerate(["Dan <dan@example.org>"] * 3 + ["dependabot[bot] <d@example.org>"] * 5):
        repository.put("services/stock/a.c", f"{i}\n")
        repository.commit("stock", who)
    repository.branch({"services/stock/a.c": "x\n", "services/orders/b.c": "y\n", "README.md": "z\n"})
    r = repository.check()
    assert r.code == 0, r
    assert r.services["orders"]["standing"] == "reminded" and r.services["stock"]["standing"] == "open"
    assert [(k["who"], k["commits"]) for k in r.services["stock"]["knowers"]] == [("Dan <dan@example.org>", 3), ("Cy <cy@example.org>", 1)]
    assert r.answer["change"]["outside"] == ["README.md"]
    text = repository.text()
    assert "sales should look at it; nothing fails" in text.out and "who knows it Dan <dan@example.org>, 3 commits" in text.out and "no service's README.md" in text.out, text


def test_the_base_rules(repository):
    """A change cannot take a service over: its owner, its model and the members of the owner are those of the base. A contract's callers are told."""
    fleet = FLEET.replace("[\"@ada\", bob@example.org]", "[dan@example.org]")
    repository.branch({"pleach.yaml": fleet, "services/invoicing/service.yaml": SERVICE.format(name="invoicing", owner="sales", ownership="collective"),
                       "services/invoicing/api/openapi.yaml": "openapi: 3.1.0\n"})
    r = repository.check()
    s = r.services["invoicing"]
    assert r.code == 1 and s["standing"] == "missing" and s["owner"] == "billing" and s["nextOwner"] == "sales" and s["nextOwnership"] == "collective", r
    assert s["callers"] == [{"service": "orders", "owner": "sales"}] and s["contract"] == "services/invoicing/api/openapi.yaml"
    text = repository.text()
    assert "gives it from billing to sales" in text.out and "collective instead of strong" in text.out and "sales of orders: it calls invoicing" in text.out, text


def test_moves_and_news(repository):
    """Files of a service that moves are its own in both places; a service that the base does not have is judged by its own words."""
    repository.git("checkout", "-q", "-B", "change", "main")
    repository.git("mv", "services/invoicing", "services/invoices")
    repository.service("new", "lonely", "strong")
    repository.commit("move")
    r = repository.check()
    assert r.code == 1 and set(r.services) == {"invoicing", "new"}, r
    assert r.services["invoicing"]["standing"] == "missing" and r.services["invoicing"]["files"] == 6
    assert r.services["new"]["new"] and "add `members:` to the team `lonely`" in repository.text().out


def test_several_fleets(repository):
    """Fleets of one repository do not mix: names, teams and files that no fleet names. A team that the change invents cannot agree for a service that is there already."""
    repository.put("examples/pleach.yaml", "fleet: other\nteams: { billing: { members: [dan@example.org] } }\nservices: [./*/service.yaml, .]\n")
    repository.put("examples/invoicing/service.yaml", SERVICE.format(name="invoicing", owner="billing", ownership="strong"))
    repository.put("tests/data/invoicing/service.yaml", SERVICE.format(name="invoicing", owner="nobody", ownership="weak"))
    repository.service("ghost", "ghosts", "strong")
    repository.commit("another fleet")
    fleet = FLEET.replace("lonely: {}", "lonely: {}\n  ghosts: { members: [dan@example.org] }")
    repository.branch({"examples/invoicing/a.c": "x\n", "services/invoicing/main.c": "y\n", "tests/data/invoicing/b.c": "z\n", "services/ghost/c.c": "g\n", "pleach.yaml": fleet})
    r = repository.check()
    standings = {(s["file"], s["standing"], s["nextOwner"]) for s in r.answer["change"]["services"]}
    assert standings == {("examples/invoicing/service.yaml", "agreed", ""), ("services/invoicing/service.yaml", "missing", ""), ("services/ghost/service.yaml", "missing", "")}, r
    assert set(r.answer["change"]["outside"]) == {"pleach.yaml", "tests/data/invoicing/b.c"} and not r.answer["notes"], r


def test_beside_codeowners(repository):
    """The repository's own rules beside the model: what they do not ask for, and what they ask for although nobody has to. Without members single code owners count."""
    repository.branch({"services/invoicing/main.c": "x\n"})
    assert "the repository has no CODEOWNERS" in repository.check().services["invoicing"]["rule"]
    repository.git("checkout", "-q", "main")
    repository.put(".github/CODEOWNERS", "/services/stock/ @shop/sales\n/services/stock/free/ @eve\n/services/invoicing/*.c @shop/Billing\n")
    repository.service("alone", "lonely", "strong")
    repository.put("services/alone/x.c", "x\n")
    repository.commit("rules")
    repository.branch({"services/invoicing/main.c": "x\n", "services/invoicing/api/openapi.yaml": "y\n", "services/stock/free/a.c": "z\n"})
    r = repository.check()
    assert "of 2 files .github/CODEOWNERS asks billing for 1; add `/services/invoicing/ @ORGANISATION/billing`" in r.services["invoicing"]["rule"], r
    assert r.services["stock"]["rule"] == ".github/CODEOWNERS:2 asks @eve, though its ownership is collective"
    repository.branch({"services/alone/x.c": "y\n"}, "x\n\nApproved-by: @eve")
    assert repository.check().code == 1
    repository.git("checkout", "-q", "main")
    repository.put(".github/CODEOWNERS", "/services/alone/ @eve\n")
    repository.commit("eve")
    repository.branch({"services/alone/x.c": "y\n"}, "x\n\nApproved-by: @eve")
    r = repository.check()
    assert r.code == 0 and r.services["alone"]["by"] == "@eve", r


def test_bare_and_wrong(repository, tmp_path):
    """A bare repository, as in a server's hook; revisions that are not there; files that are wrong are told and stop nobody."""
    repository.branch({"services/invoicing/main.c": "int x;\n", "services/odd/service.yaml": "service: [\n"})
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(repository.top), str(bare)], check=True, timeout=60)
    r = repository.check(folder=bare)
    assert r.code == 1 and r.services["invoicing"]["standing"] == "missing", r
    assert any("services/odd/service.yaml:" in n for n in r.answer["notes"])
    assert repository.check(range_="main...change").services == r.services and repository.check(range_="main").services == r.services
    for range_ in ("main..nowhere", "--help..main", "a..b"):
        r = run("check", f"--change={range_}", cwd=repository.top)
        assert r.code == 2 and "there is no commit" in r.err, r
    r = run("check", "--change", "main..change", "--format", "sarif", cwd=repository.top)
    assert r.code == 2 and "text, json or github" in r.err
    r = run("check", "--change", "main..main", cwd=repository.top)
    assert r.code == 0 and "touches no file" in r.out


HOOK = """#!/bin/sh
# As in docs/ownership.md: refuses a push to main that a strongly owned service's owner has not agreed to.
while read old new ref; do
	[ "$ref" = refs/heads/main ] || continue
	"$PLEACH" check --change "$old..$new" >&2 || exit 1
done
"""


def test_hook(repository, tmp_path):
    """A server's hook: what is pushed is judged before it is taken, by the rules that the server has."""
    bare = tmp_path / "server.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(repository.top), str(bare)], check=True, timeout=60)
    (bare / "hooks" / "pre-receive").write_text(HOOK)
    (bare / "hooks" / "pre-receive").chmod(0o755)

    def push():
        return subprocess.run(["git", "push", "-q", str(bare), "change:main"], cwd=repository.top, capture_output=True, text=True, timeout=60,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PLEACH": str(BIN)})

    repository.branch({"services/invoicing/main.c": "int x;\n"})
    r = push()
    assert r.returncode != 0 and "billing must agree and has not" in r.stderr and "pre-receive hook declined" in r.stderr, r
    repository.branch({"services/invoicing/main.c": "int x;\n"}, "change\n\nApproved-by: Bob <bob@example.org>")
    r = push()
    assert r.returncode == 0 and "billing agrees: Bob <bob@example.org> (trailer of" in r.stderr, r


RULE = {"type": "pull_request", "ruleset_source_type": "Repository", "ruleset_source": "shop/shop", "ruleset_id": 42,
        "parameters": {"required_approving_review_count": 1, "dismiss_stale_reviews_on_push": True, "require_code_owner_review": True, "require_last_push_approval": False, "required_review_thread_resolution": False}}


def without(**changes):
    return RULE | {"parameters": RULE["parameters"] | changes}


def test_owners_files(repository):
    """Gerrit's and Kubernetes' OWNERS of the base beside the model: whom they ask for the touched files, whatever the change writes into them itself."""
    change = {"services/invoicing/main.c": "int x;\n", "services/invoicing/doc/use.md": "x\n"}
    repository.branch(change)
    assert "no CODEOWNERS" in repository.check().services["invoicing"]["rule"]

    def rules(files, of="invoicing", change=change, **more):
        repository.git("checkout", "-q", "main")
        for path in repository.top.rglob("OWNERS*"):
            path.unlink()
        for path, text in files.items():
            repository.put(path, text)
        repository.commit("OWNERS")
        repository.branch(change, **more)
        r = repository.check()
        return r.services[of], r

    # Bob is of billing.
    s, r = rules({"services/OWNERS": "bob@example.org\n"})
    assert s["rule"] == "" and s["standing"] == "missing", s
    s, r = rules({"services/OWNERS": "bob@example.org\n", "services/invoicing/OWNERS": "per-file *.md = eve@example.org\nper-file *.md = set noparent\n"})
    assert s["rule"] == "of 2 files OWNERS asks billing for 1; name its people in `services/invoicing/OWNERS`", s
    assert "rules        of 2 files OWNERS asks billing for 1" in repository.text().out, repository.text()
    s, r = rules({"services/invoicing/OWNERS": "file: /teams/BILLING\n", "teams/OWNERS_NOT": "x", "teams/BILLING": "bob@example.org\n"})
    assert s["rule"] == "", s
    s, r = rules({"OWNERS": "*\n", "services/invoicing/OWNERS": "include nowhere\ninclude other:/OWNERS\n"})
    assert "asks billing for 0" in s["rule"], s
    assert "services/invoicing/OWNERS:1:1: `nowhere` is not in the repository" in r.notes and "services/invoicing/OWNERS:2:1: `other:/OWNERS` is of another project" in r.notes, r.notes
    # What the change says of itself does not count.
    s, r = rules({"services/OWNERS": "eve@example.org\n"}, change=change | {"services/OWNERS": "bob@example.org\n"})
    assert "asks billing for 0" in s["rule"], s
    # Kubernetes': a team's alias, its people, a filter; and a collective service of which somebody is asked.
    for text, rule in (("approvers:\n  - billing\n", ""), ("approvers:\n  - sig-bills\n", ""), ("filters:\n  '.*':\n    approvers: [Sig-Bills]\n", ""), ("approvers: [eve]\nreviewers: [bob]\n", "asks billing for 0")):
        s, r = rules({"services/invoicing/OWNERS": text, "OWNERS_ALIASES": "aliases:\n  sig-bills: [eve, bob@example.org]\n"})
        assert (rule in s["rule"]) if rule else s["rule"] == "", (text, s)
    s, r = rules({"services/invoicing/OWNERS": "filters:\n  '\\.c$':\n    approvers: [bob@example.org]\n"})
    assert "the filter `\\.c$` is not read here: only `.*` is" in r.notes, r.notes
    s, r = rules({"services/stock/OWNERS": "approvers: [\n"}, of="stock", change={"services/stock/count.c": "int y;\n"})
    assert "services/stock/OWNERS:" in r.notes, r.notes
    s, r = rules({"services/stock/OWNERS": "# all of us\neve@example.org\n"}, of="stock", change={"services/stock/count.c": "int y;\n"})
    assert s["rule"] == "services/stock/OWNERS:2 asks eve@example.org, though its ownership is collective", s


def test_what_the_forge_asks_for(repository, tmp_path):
    """The branch's own rules, as GitHub and GitLab answer them, beside what ownership means: where strong ownership is this check's alone, where it has holes, where a forge asks for more."""
    repository.branch({"services/invoicing/main.c": "int x;\n"})
    file = tmp_path / "protection.json"
    file.write_text(json.dumps([RULE]))
    assert "asks code owners, and the repository has no CODEOWNERS, so it asks nobody" in run("check", "--change", "main..change", "--protection", file, cwd=repository.top).out
    repository.git("checkout", "-q", "main")
    repository.put(".github/CODEOWNERS", "* @shop/billing\n")
    repository.commit("CODEOWNERS")
    repository.branch({"services/invoicing/main.c": "int x;\n"})

    def says(answer, range_="main..change"):
        file.write_text(answer if isinstance(answer, str) else json.dumps(answer))
        r = run("check", "--change", range_, "--protection", file, "--json", cwd=repository.top)
        assert r.code in (0, 1), r
        return json.loads(r.out)["protection"]

    branch = {"url": "https://api.github.com/repos/shop/shop/branches/main/protection", "required_pull_request_reviews": {"dismiss_stale_reviews": True, "require_code_owner_reviews": True, "required_approving_review_count": 1},
              "enforce_admins": {"enabled": True}, "allow_force_pushes": {"enabled": False}}
    gitlab = {"id": 1, "name": "main", "push_access_levels": [{"access_level": 0, "access_level_description": "No one"}], "merge_access_levels": [{"access_level": 30}], "allow_force_push": False, "code_owner_approval_required": True}
    forced = {"type": "non_fast_forward"}
    for answer in ([RULE, forced, {"type": "deletion"}], branch, gitlab, [gitlab]):
        assert says(answer)["says"] == [] and says(answer)["codeOwners"], says(answer)
    for answer, *words in (
        ([], "nobody has looked at", "require_code_owner_review", "rewrite the branch"),
        ([forced], "nobody has looked at"),
        ([without(require_code_owner_review=False), forced], "asks for 1 review by anybody, not by the owners of invoicing"),
        ([without(require_code_owner_review=False, required_approving_review_count=3), RULE, forced],),
        ([without(dismiss_stale_reviews_on_push=False), forced], "dismiss stale reviews"),
        ([RULE], "rewrite the branch"),
        ({"message": "Branch not protected", "documentation_url": "x", "status": "404"}, "nobody has looked at", "require_code_owner_reviews"),
        (branch | {"enforce_admins": {"enabled": False}}, "administrators need nobody's agreement"),
        (branch | {"required_pull_request_reviews": None}, "nobody has looked at"),
        (gitlab | {"push_access_levels": [{"access_level": 40}]}, "whoever may push to the branch"),
        (gitlab | {"code_owner_approval_required": False}, "nobody has looked at", "code_owner_approval_required"),
        ({"message": "404 Not found"}, "nobody has looked at", "GitLab"),
    ):
        said = says(answer)["says"]
        assert all(any(w in line for line in said) for w in words) and (words or not said), (answer, said)
    file.write_text("[]")
    text = run("check", "--change", "main..change", "--protection", file, cwd=repository.top).out
    assert "branch GitHub lets changes in that nobody has looked at, so the strong ownership of invoicing is this check's alone" in text, text
    text = run("check", "--change", "main..change", "--protection", file, "--format", "github", cwd=repository.top).out
    assert "::warning title=Ownership and the branch's rules::GitHub lets" in text, text
    # Where nothing is strongly owned it asks for more than the model does; and a change that touches nothing says nothing.
    repository.branch({"services/stock/count.c": "int y;\n"})
    assert [w for w in says([RULE, forced])["says"] if "the ownership of stock is collective: anybody may" in w], says([RULE])
    assert says([], "main..main")["says"] == []
    assert json.loads(run("check", "--change", "main..change", "--json", cwd=repository.top).out)["protection"] is None
    for wrong, word in (("", ""), ("{", ""), ("[1]", "neither"), ("{}", "neither"), ({"message": "Bad credentials"}, "refused: Bad credentials"), ("[[]]", "neither"), ('"x"', "neither")):
        file.write_text(wrong if isinstance(wrong, str) else json.dumps(wrong))
        r = run("check", "--change", "main..change", "--protection", file, cwd=repository.top)
        assert r.code == 2 and word in r.err and "protection.json" in r.err, (wrong, r)


def scores(answer):
    return {s["service"]: s for s in answer["scores"]}


def facets(score):
    return {f["facet"]: f for f in score["facets"]}


def test_score_of_a_change(repository):
    """What a change does to the scores: what falls and rises, by which facet; of services that begin and end; and it fails nothing."""
    repository.branch({"services/orders/service.yaml": SERVICE.format(name="orders", owner="sales", ownership="weak") + "tier: silver\ncalls: { invoicing: {} }\n",
                       "services/new/service.yaml": SERVICE.format(name="new", owner="sales", ownership="collective")})
    repository.git("rm", "-q", "-r", "services/stock")
    repository.commit("and one goes")
    r = run("check", "--change", "main..change", "--json", cwd=repository.top)
    answer = json.loads(r.out)
    found = scores(answer)
    orders = facets(found["orders"])
    assert (orders["timeouts"]["before"], orders["timeouts"]["after"]) == (100, 0) and "0 of 1" in orders["timeouts"]["measured"], orders
    assert (orders["tier"]["before"], orders["tier"]["after"]) == (0, 100), orders
    assert orders["timeouts"]["raise"].startswith("Write `timeout:`")
    assert found["new"]["before"] is None and found["new"]["after"] > 0, found["new"]
    assert found["stock"]["after"] is None and found["stock"]["before"] > 0, found["stock"]
    text = run("check", "--change", "main..change", cwd=repository.top).out
    assert "score orders " in text and "timeouts     0 %, was 100 %: " in text and "score new begins with " in text and "score stock is gone" in text, text
    # Lock files of both sides count, not those of the working tree: one library that was given up comes, of two services one keeps its own.
    repository.put("services/orders/requirements.txt", "flask==3.0.0\n")
    repository.put("services/stock/requirements.txt", "pycrypto==2.6.1\n")
    repository.commit("libraries")
    repository.git("branch", "-f", "main", "HEAD")
    repository.branch({"services/orders/requirements.txt": "flask==3.0.0\npycrypto==2.6.1\n"})
    (repository.top / "services/stock/requirements.txt").write_text("")
    found = scores(json.loads(run("check", "--change", "main..change", "--json", cwd=repository.top).out))
    assert set(found) == {"orders"}, found
    libraries = facets(found["orders"])["libraries"]
    assert libraries["before"] == 100 and libraries["after"] < 100 and libraries["measured"].startswith("pycrypto 2.6.1"), libraries
    repository.git("checkout", "-q", "services/stock")
    # A fleet whose files are wrong after it: said, and the rest is told all the same.
    repository.branch({"services/orders/service.yaml": SERVICE.format(name="orders", owner="sales", ownership="weak") + "calls: { nobody: {} }\n"})
    broken = json.loads(run("check", "--change", "main..change", "--json", cwd=repository.top).out)
    assert "orders" in scores(broken) and any("the score counts what only the fleet's files say nowhere" in n and "nobody" in n for n in broken["notes"]), broken
    # The working tree is as it was, and nothing lies about.
    assert repository.git("status", "--porcelain") == ""


def test_a_score_that_falls_fails_nothing(repository):
    """Under weak ownership nothing else would fail; told for GitHub as a notice, from a bare clone too."""
    repository.branch({"services/orders/service.yaml": SERVICE.format(name="orders", owner="sales", ownership="weak") + "calls: { invoicing: {} }\n"})
    subprocess.run(["git", "clone", "-q", "--bare", repository.top, repository.top.parent / "bare.git"], check=True, timeout=60)
    for folder in (repository.top, repository.top.parent / "bare.git"):
        r = run("check", "--change", "main..change", "--format", "github", cwd=folder)
        assert r.code == 0 and "::notice title=Operability score::orders: " in r.out, r
    # A change of prose does nothing to any score.
    repository.branch({"README.md": "the shop\n"})
    assert [s for s in json.loads(run("check", "--change", "main..change", "--json", cwd=repository.top).out)["scores"] if s["before"] is not None and abs(s["before"] - s["after"]) > 1] == []


def test_crawl_at_a_commit(repository):
    """The worker reads what was there then; what is no whole id of a commit is refused in its line."""
    first = repository.git("rev-parse", "HEAD").strip()
    repository.branch({"services/new/service.yaml": SERVICE.format(name="new", owner="sales", ownership="weak")})
    there = {json.loads(line)["head"]: line for line in run("crawl", repository.top).out.splitlines()[:-1]}
    then = run("crawl", "--at", first, repository.top).out.splitlines()
    assert '"new"' in "".join(there.values()) and json.loads(then[0])["head"] == first and '"new"' not in then[0], then
    for wrong in ("HEAD", first[:12], "--output=x", "0" * 40):
        line = json.loads(run("crawl", f"--at={wrong}", repository.top).out.splitlines()[0])
        assert "error" in line and ("whole id" in line["error"] or wrong == "0" * 40), line
