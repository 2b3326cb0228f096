"""Work items and owners from the console's side of a running fleet: raised by a click, kept and closed by themselves; what may not ask is refused."""

import json
import os
import subprocess

import pytest
import yaml
from fleet import ROOT, SANITIZED, call, wait_for
from forges import TOKEN, GitHub
from test_catalog import BACKSTAGE, Repository

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def world(request):
    """stock and till are nobody's; the place of work items is a project of GitHub's, which wants a token."""
    import fleet
    f = fleet.Fleet(teams={"sales": {"members": ["ada@example.org"]}, "billing": {"members": ["bob@example.org"]}})
    request.addfinalizer(f.stop)
    f.add("back", owner="sales")
    for name in ("stock", "till"):
        r = Repository(f.root / "clones" / name)
        r.put("Dockerfile", "FROM debian\n")
        r.commit(author="Ada <ada@example.org>")
    f.put("github.token", TOKEN + "\n")
    with GitHub() as forge:
        f.config["catalog"] = {"repositories": [".", "clones"], "every": "1s", "work_items": forge.where(), "work_items_token": "github.token"}
        f.put("pleach.yaml", yaml.safe_dump(f.config, sort_keys=False))
        f.up()
        wait_for("the orphans", lambda: {"stock", "till"} <= orphans(f), 30, every=0.2)
        yield f, forge


def orphans(f):
    return {s["service"] for s in f.request("GET", "/api/catalog?orphans=true").json()["services"]}


def send(f, method, path, body, headers=None, status=200):
    r = f.request(method, path, json.dumps(body).encode() if body is not None else None, {**JSON, **(headers or {})})
    assert r.status == status, r
    return r.json()


def state(f):
    return f.request("GET", "/api/work-items").json()


def test_raised_once_kept_and_closed(world):
    f, forge = world
    wait_for("the forge was asked", lambda: state(f)["asked_ms"], 30, every=0.2)
    now = state(f)
    assert now["configured"] and not now["items"] and not forge.issues and "o/r" in now["where"], now
    done = send(f, "POST", "/api/work-items", {"service": "stock"})
    assert done["raised"] == 1 and [s["service"] for s in done["steps"]] == ["stock"] and len(forge.issues) == 1, done
    assert send(f, "POST", "/api/work-items", {"service": "stock"})["raised"] == 0 and len(forge.issues) == 1
    (item,) = state(f)["items"]
    assert item["id"] == "stock" and item["open"] and item["url"].startswith("http"), item
    # Somebody has it now: the issue is closed with nobody's doing; till, which nobody raised, has none still.
    (f.root / "clones/stock/CODEOWNERS").write_text("* @sales\n")
    Repository(f.root / "clones/stock").commit(author="Ada <ada@example.org>")
    wait_for("it is closed by itself", lambda: [i["open"] for i in state(f)["items"]] == [False], 30, every=0.2)
    assert len(forge.issues) == 1 and forge.issues[0]["state"] == "closed"
    done = send(f, "POST", "/api/work-items", {})
    assert done["raised"] == 1, (done, f.request("GET", "/api/catalog?orphans=true").text)
    assert {i["id"] for i in state(f)["items"] if i["open"]} == {"till"}
    assert send(f, "POST", "/api/work-items", {"service": "nobody"}, status=404)["error"] == "not_found"
    assert f.ok("catalog", "--todo", "-", "--json").json()["unchanged"] == 2
    assert all(auth == f"Bearer {TOKEN}" for _, _, auth in forge.log)
    text = " ".join(p.read_text(errors="replace") for p in (f.root / ".pleach").rglob("*") if p.is_file() and p.stat().st_size < 1 << 20)
    assert TOKEN not in text
    # The forge is away: said, and later it goes on.
    forge.trouble = lambda m, p: (500, {}, b"{}")
    (f.root / "clones/till/CODEOWNERS").write_text("* @sales\n")
    Repository(f.root / "clones/till").commit(author="Ada <ada@example.org>")
    wait_for("that it is away", lambda: "500" in state(f)["problem"], 40, every=0.2)
    forge.trouble = None
    wait_for("it goes on", lambda: not state(f)["problem"] and not [i for i in state(f)["items"] if i["open"]], 60, every=0.2)


def test_owner(world):
    """A click writes the owner into the file; a person commits it, and the orphan is one no more."""
    f, _ = world
    r = Repository(f.root / "clones/depot")
    r.put("catalog-info.yaml", BACKSTAGE.format(name="depot", owner="nobody-knows"))
    r.commit()
    wait_for("depot", lambda: "depot" in orphans(f), 30, every=0.2)
    done = send(f, "PUT", "/api/catalog/depot/owner", {"team": "billing"})
    assert done == {"service": "depot", "owner": "billing", "before": "nobody-knows", "file": str(f.root / "clones/depot/catalog-info.yaml"), "line": done["line"], "created": False}, done
    assert "owner: billing" in (f.root / "clones/depot/catalog-info.yaml").read_text() and "depot" in orphans(f)
    r.commit()
    wait_for("it is billing's", lambda: f.request("GET", "/api/catalog/depot").json()["owner"] == "billing", 30, every=0.2)
    for name, body, status, words in (("depot", {"team": "a: b"}, 400, "no name of a team"), ("depot", {"team": ""}, 400, "say whose"), ("depot", {"team": 7}, 400, "`team` is a text"), ("depot", [], 400, "one object"),
                                      ("no%20one", {"team": "sales"}, 404, "no one"), ("--in", {"team": "sales"}, 404, "--in"), ("depot", {"team": "--help"}, 400, "no name of a team")):
        assert words in send(f, "PUT", f"/api/catalog/{name}/owner", body, status=status)["message"]
    assert send(f, "PUT", "/api/catalog/depot", {"team": "sales"}, status=405)["error"] == "method_not_allowed"


@pytest.mark.skipif(SANITIZED, reason="the browser's part is the same")
def test_by_clicks(world):
    """The console's own page may: a browser raises a work item and gives a service to a team."""
    f, forge = world
    r = Repository(f.root / "clones/parcels")
    r.put("Dockerfile", "FROM debian\n")
    r.commit()
    wait_for("parcels", lambda: "parcels" in orphans(f), 30, every=0.2)
    tests = subprocess.run(["node", "--test", "--test-reporter=tap", "catalog-acts.test.mjs"], cwd=ROOT / "tests/console", env={**os.environ, "PLEACH_CONSOLE_URL": f.control},
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    assert tests.returncode == 0 and "\n# fail 0\n" in tests.stdout and "\n# pass 1\n" in tests.stdout, tests.stdout[-8000:]
    assert (f.root / "clones/parcels/service.yaml").read_text() == "service: parcels\nowner: billing\n"
    assert any("parcels" in i["title"] for i in forge.issues)


@pytest.mark.parametrize("method, path, body", [("PUT", "/api/catalog/till/owner", {"team": "sales"}), ("POST", "/api/work-items", {})])
def test_refused(world, method, path, body):
    """Another's page, a page by a name that was made to lead here, and text that any page may send change nothing; the console's own page may."""
    f, forge = world
    asked = len(forge.log)
    host = f.control.split("//")[-1]
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://evil.example:80", "Host": "evil.example:80"}, {"Origin": f"http://{host}.evil.example"}, {"Origin": "http://127.0.0.1:1"}):
        assert send(f, method, path, body, headers, status=403)["error"] == "forbidden"
    r = call(f.control, method, path, json.dumps(body).encode(), {"Content-Type": "text/plain"})
    assert r.status == 415
    assert not [m for m, p, _ in forge.log[asked:] if m != "GET"]
    if method == "PUT":
        assert send(f, method, path, body, {"Origin": f"http://{host}"})["owner"] == "sales"
    assert send(f, "DELETE", "/api/work-items", None, status=405)["error"] == "method_not_allowed"
    assert send(f, "GET", "/api/work-items/x", None, status=404)["error"] == "not_found"


def test_a_file_and_none(make_fleet):
    """Work items in a file of Markdown; without a place, what is missing is said."""
    f = make_fleet(teams={"sales": {"members": ["ada@example.org"]}})
    f.add("back", owner="sales")
    r = Repository(f.root / "clones/stock")
    r.put("Dockerfile", "FROM debian\n")
    r.commit()
    f.config["catalog"] = {"repositories": [".", "clones"], "every": "1s"}
    f.put("pleach.yaml", yaml.safe_dump(f.config, sort_keys=False))
    f.up()
    wait_for("the orphan", lambda: "stock" in orphans(f), 30, every=0.2)
    assert not state(f)["configured"] and "work_items" in send(f, "POST", "/api/work-items", {"service": "stock"}, status=409)["message"]
    assert "names no place" in f.cli("catalog", "--todo", "-").err
    f.config["catalog"]["work_items"] = "ORPHANS.md"
    f.put("pleach.yaml", yaml.safe_dump(f.config, sort_keys=False))
    wait_for("the place", lambda: state(f)["configured"] and state(f)["asked_ms"], 30, every=0.2)
    assert not (f.root / "ORPHANS.md").exists()
    assert send(f, "POST", "/api/work-items", {"service": "stock"})["raised"] == 1
    assert "**stock**" in (f.root / "ORPHANS.md").read_text() and "**back**" not in (f.root / "ORPHANS.md").read_text()
    (item,) = state(f)["items"]
    assert item == {"id": "stock", "number": "", "url": "", "open": True}
    (f.root / "clones/stock/CODEOWNERS").write_text("* @sales\n")
    r.commit(author="Ada <ada@example.org>")
    wait_for("it is ticked off", lambda: "- [x] **stock**" in (f.root / "ORPHANS.md").read_text(), 30, every=0.2)
    f.config["catalog"]["work_items"] = "https://me:secret@github.com/o/r"
    f.put("pleach.yaml", yaml.safe_dump(f.config, sort_keys=False))
    r = f.cli("check")
    assert r.code != 0 and "`work_items` has a user or password" in r.out + r.err, r
