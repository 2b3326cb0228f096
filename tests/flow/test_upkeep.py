"""What the store forgets and keeps: deletion by query that really removes, snapshots, and services whose logs are kept for a time of their own."""

import json
import pathlib
import shutil

import otlp
import pytest
import touched
from fleet import call, wait_for

SLOW = 60


def send(f, words, service="shop"):
    touched.touch("routes", "POST", "/v1/logs")
    reply = call(f.store, "POST", "/v1/logs", otlp.logs([otlp.log_record(w) for w in words], service), {"Content-Type": "application/x-protobuf"})
    assert reply.status == 200, reply


def holding(folder, word):
    """Files below that hold these bytes. (What is compressed does not show; the answers to queries tell of that.)"""
    return [str(p) for p in pathlib.Path(folder).rglob("*") if p.is_file() and word.encode() in p.read_bytes()]


@pytest.fixture
def store(make_fleet):
    f = make_fleet().add("front")
    f.up()
    return f


def test_delete_removes_for_good(store):
    """`pleach delete` first says what would go; with --yes it is gone from answers and files, before and after a kill of the store, and the rest is as it was."""
    send(store, [f"mail to ada@example.org number {i}" for i in range(20)] + [f"mail to bob number {i}" for i in range(20)])
    send(store, ["ada@example.org pays"], "billing")
    wait_for("the rows", lambda: store.count("ada@example.org") == 21, SLOW)
    folder = store.root / ".pleach/store"
    assert holding(folder, "ada@example.org"), "the search finds what is there"
    plan = store.ok("delete", "ada@example.org", "--from", "1h", "--to", "now", "--kind", "logs", "--json").json()
    assert plan["rows"] == 21 and {s["service"]: s["rows"] for s in plan["services"]} == {"shop": 20, "billing": 1}, plan
    said = store.ok("delete", "ada@example.org").out
    assert "21 rows would go" in said and store.count("ada@example.org") == 21, said
    ids = {row["id"]: row["body"] for row in store.logs("bob")}
    assert "21 rows removed" in store.ok("delete", "ada@example.org", "--yes").out
    assert store.count("ada@example.org") == 0 and {row["id"]: row["body"] for row in store.logs("bob")} == ids
    assert not holding(folder, "ada@example.org"), holding(folder, "ada@example.org")
    done = store.ok("delete", "nobody-of-this-name", "--yes", "--json").json()
    assert done["state"] == "done" and done["rows"] == 0, done
    reply = store.request("GET", "/api/deletions")
    assert [d["rows"] for d in reply.json()["deletions"]] == [21, 0], reply
    assert "ada@example.org" not in reply.text
    assert store.metric("store", "pleach_store_removed_rows_total") == 21
    assert store.metric("store", "pleach_store_rewritten_segments_total") >= 1
    assert store.api("/api/store")["upkeep"]["removed_rows"] == 21
    store.down()
    store.up()
    assert store.count("ada@example.org") == 0 and {row["id"]: row["body"] for row in store.logs("bob")} == ids
    assert not holding(folder, "ada@example.org")


def test_delete_is_for_the_owner_only(store):
    """Deletions and snapshots are asked for over the Unix socket: not from the port that services and web pages reach, nor through control."""
    for base in ("store", "control"):
        for method, path, body in (("POST", "/api/logs/delete", '{"q":"x"}'), ("POST", "/api/store/snapshot", "{}"), ("DELETE", "/api/store/snapshots/x", None)):
            reply = store.request(method, path, body, {"Content-Type": "application/json"}, part=base)
            assert reply.status == 403 and reply.json()["error"] == "forbidden", (base, path, reply)
    socket = store.socket("store")
    for body in ("", "[]", '{"q":""}', '{"q":"a |"}', '{"q":"x","kind":"metrics"}', '{"q":"x","from":"whenever"}'):
        reply = call(socket, "POST", "/api/logs/delete", body)
        assert reply.status == 400, (body, reply)
    assert store.cli("delete", "level:(", "--yes").code == 2 or store.cli("delete", "level:(").code != 0
    reply = call(socket, "POST", "/api/logs/delete", json.dumps({"q": "x", "dry_run": True}))
    assert reply.status == 200 and reply.json()["dry_run"] is True, reply


def test_snapshot_and_back(store):
    """A snapshot holds what was acknowledged, costs nothing in the store's own size, can be listed and removed, and put in the store's place it is the store."""
    send(store, [f"kept {i}" for i in range(30)])
    wait_for("the rows", lambda: store.count("kept") == 30, SLOW)
    made = store.ok("snapshot", "first", "--json").json()
    assert made["name"] == "first" and made["records"] >= 30, made
    r = store.cli("snapshot", "first")
    assert r.code != 0 and "of this name already" in r.err, r
    assert store.ok("snapshot").out.strip(), "one by the time"
    assert len(store.ok("snapshot", "--list", "--json").json()["snapshots"]) == 2
    assert "first" in store.ok("snapshot", "--list").out
    assert {x["name"] for x in store.api("/api/store/snapshots")["snapshots"]} >= {"first"}
    manifest = json.loads((store.root / ".pleach/store/snapshots/first/manifest.json").read_text())
    assert manifest["name"] == "first" and all(len(s["sum"]) == 16 for s in manifest["segments"]), manifest
    state = store.api("/api/store")
    assert state["upkeep"]["snapshots"] == 2 and state["upkeep"]["snapshot_bytes"] >= made["bytes"], state
    send(store, ["came afterwards"])
    wait_for("the row", lambda: store.count("came afterwards") == 1, SLOW)
    store.down()
    folder = store.root / ".pleach/store"
    folder.rename(store.root / ".pleach/store.before")
    shutil.copytree(store.root / ".pleach/store.before/snapshots/first", folder)
    store.up()
    assert store.count("kept") == 30 and store.count("came afterwards") == 0
    assert store.ok("snapshot", "--list", "--json").json()["snapshots"] == []
    store.ok("snapshot", "second")
    assert store.ok("snapshot", "second", "--remove", "--json").json()["name"] == "second"
    assert store.cli("snapshot", "second", "--remove").code == 3
    assert store.cli("snapshot", "--remove").code == 2
    assert not (folder / "snapshots/second").exists()


def test_a_service_kept_shorter(make_fleet):
    """store.keep.services reaches the store: rows of one service go when their time is over, those of others stay. (The shortest time that can be written
    is an hour, so the store is told by its own option.)"""
    f = make_fleet(store={"keep": {"days": 7, "services": {"brief": "1h", "audit-*": "400d"}}}).add("front")
    f.up()
    send(f, ["short lived"], "brief")
    send(f, ["long lived"], "audit-trail")
    wait_for("the rows", lambda: f.count("lived") == 2, SLOW)
    f.down()
    # what is in memory goes into a segment as the store stops
    part = f.start("part", "store", "--listen", f"127.0.0.1:{f.ports['store']}", "--keep-services", "brief=1ms,audit-*=400d")
    touched.touch("options", "part", "keep-services")
    try:
        def ask(q):
            reply = call(f.socket("store"), "GET", f"/api/logs?q={q}&from=1h")
            return len(reply.json()["rows"]) if reply.status == 200 else -1

        def there():
            try:
                return ask("lived") == 1 and ask("long") == 1
            except OSError:
                return False
        wait_for("the short-lived row to go", there, SLOW)
    finally:
        part.terminate()
        part.wait(30)
    bad = f.cli("part", "store", "--listen", f"127.0.0.1:{f.ports['store']}", "--keep-services", "brief")
    assert bad.code != 0 and "--keep-services" in bad.err, bad
    f.config["store"]["keep"]["services"] = {"brief": "soon"}
    f.write()
    wrong = f.cli("check")
    assert wrong.code == 2 and "from 1h to 3650d" in wrong.err + wrong.out, wrong
