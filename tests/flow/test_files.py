"""The files that people write: wrong ones are named with place and remedy and touch nothing; right ones are taken up by the running fleet."""

import json
import os
import re
import socket
import subprocess
import sys
import time

import pytest
from fleet import ROOT, SLOW, run, wait_for

GOLDEN = sorted(p.name for p in (ROOT / "tests/golden/fleet").iterdir() if p.is_dir())


@pytest.mark.parametrize("case", GOLDEN)
def test_check_names_the_place(case):
    """`pleach check` says for each of the wrong files what stands in its `expected`: file, line, column, what was meant; exit status 2."""
    directory = ROOT / "tests/golden/fleet" / case
    if not (directory / "expected").exists():
        pytest.skip("a case for unit tests only")
    r = run("check", directory)
    for line in (directory / "expected").read_text().splitlines():
        text = line.removeprefix("warning: ").replace("ROOT", str(directory))
        assert text in r.out + r.err or case == "no-pleach-yaml", (text, r)
    warnings_only = all(line.startswith("warning: ") for line in (directory / "expected").read_text().splitlines())
    assert r.code == (0 if warnings_only else 2) or case == "no-pleach-yaml", r


def test_up_refuses_a_wrong_file(make_fleet):
    """A wrong pleach.yaml: exit status 2 with place and the nearest right spelling, and nothing is started."""
    f = make_fleet()
    f.add("front")
    f.put("pleach.yaml", (f.root / "pleach.yaml").read_text() + "gatway: {}\n")
    line = len((f.root / "pleach.yaml").read_text().splitlines())
    r = f.cli("up")
    assert r.code == 2 and f"pleach.yaml:{line}:1:" in r.err and "did you mean `gateway`" in r.err, r
    r = f.cli("up", "--json")
    assert r.code == 2 and r.json()["error"] == "file_invalid" and r.json()["line"] == line, r
    assert not f.processes() and f.cli("status").code == 4


def test_unknown_service_in_calls(make_fleet):
    """A dependency that no service answers is an error with the nearest name."""
    f = make_fleet()
    f.add("front", calls=["midle"]).add("middle")
    r = f.cli("up")
    assert r.code == 2 and re.search(r"services/front/service.yaml:\d+:\d+: there is no service `midle`.*did you mean `middle`", r.err), r


def test_running_fleet_survives_a_wrong_file(make_fleet):
    """A file that becomes wrong changes nothing in the running fleet; the finding names it, and correcting it is enough."""
    f = make_fleet()
    f.add("front")
    f.up()
    pid = f.pid("front-1")
    good = (f.root / "pleach.yaml").read_text()
    f.put("pleach.yaml", good + "gatway: {}\n")
    found = f.finding("file-error")
    assert "gatway" in found["sentence"] and found["file"] == "pleach.yaml" and found["line"] == len(good.splitlines()) + 1
    assert "gatway" in f.api("/api/fleet")["error"]["message"]
    assert f.pid("front-1") == pid and f.get("/front/v1/echo").status == 200
    assert "pleach.yaml:" in f.ok("findings").out and f.cli("check").code == 2
    again = f.cli("up")
    assert again.code in (0, 2) and f.pid("front-1") == pid
    f.metrics("control")
    f.put("pleach.yaml", good)
    wait_for("the error is gone", lambda: f.api("/api/fleet")["error"] is None, 5)
    wait_for("the finding is gone", lambda: not [x for x in f.api("/api/findings")["findings"] if x["kind"] == "file-error"], 10)
    assert f.pid("front-1") == pid


def test_port_is_taken(make_fleet):
    """A port that another program has: exit status 1, by whom, and which key to change; nothing is started."""
    f = make_fleet()
    f.add("front")
    for key in ("gateway", "store", "control"):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1", f.ports[key]))
            s.listen()
            r = f.cli("up")
            assert r.code == 1 and str(f.ports[key]) in r.err and f"{key}.listen" in r.err, r
            assert str(os.getpid()) in r.err or os.path.basename(sys.executable) in r.err or "python" in r.err or "pytest" in r.err, r
            assert f.cli("up", "--json").json()["error"] == "port_taken"
    assert not f.processes()


def test_second_up_says_it_runs(toy):
    """A second `pleach up` says that the fleet runs already and starts nothing."""
    pids = lambda: {i["instance"]: i["pid"] for s in toy.status().values() for i in s["instances"]}
    before = pids()
    r = toy.ok("up")
    assert "running already" in r.out
    assert before and pids() == before
    # Whatever control starts for a moment (git, readers) comes and goes.
    assert sum(" part node " in line for line in toy.processes().values()) == 1, toy.processes()
    r = toy.cli("part", "node", "--fleet", toy.root)
    assert r.code == 1 and "running already" in r.err, r


def test_down_of_nothing(make_fleet):
    """`pleach down` where nothing runs says so and succeeds; it can be repeated."""
    f = make_fleet()
    assert f.ok("down").out == "The fleet is not running.\n"
    assert f.ok("down", "--json").json() == {"stopped": True, "was_running": False}


def test_command_that_cannot_start(make_fleet):
    """A command that ends at once: `up` gives up in its time and shows why; status shows the last lines it wrote."""
    f = make_fleet()
    f.add("front")
    f.add("broken", "plain.py", ["fail", "cannot open the ledger: no such file"], health=None)
    f.add("absent", health=None)
    f.change("absent", lambda s: s["run"].update(command=["./not-there"]))
    r = f.cli("up", "--wait", "2s")
    assert r.code == 1 and "broken-1" in r.out and "cannot open the ledger" in r.out and "not-there" in r.out, r
    assert "absent-1" in r.out and "front-1 is" not in r.out
    r = f.cli("status")
    assert r.code == 1 and "cannot open the ledger" in r.out and "exit status 3" in r.out, r
    i = f.instances("broken")["broken-1"]
    assert i["state"] == "backoff" and i["last_exit"] == "exit status 3" and i["next_start"] and "ledger" in i["last_lines"]
    assert f.get("/front/v1/echo").status == 200, "the others must work"
    assert f.logs("service:broken ledger")


def test_service_is_changed_while_it_runs(make_fleet):
    """A changed service.yaml is taken up without a command: more instances, a new dependency; what did not change keeps running."""
    f = make_fleet()
    f.add("front", calls=["middle"]).add("middle").add("back")
    f.up()
    before = {n: f.pid(f"{n}-1") for n in ("front", "middle", "back")}
    f.change("back", lambda s: s["run"].update(instances=3))
    wait_for("three instances", lambda: f.status("back")["healthy"] == 3)
    assert {n: f.pid(f"{n}-1") for n in before} == before, "nothing may be restarted for more instances"
    f.change("back", lambda s: s["run"].update(instances=1))
    wait_for("one instance", lambda: len([i for i in f.instances("back").values() if i["state"] == "healthy"]) == 1)
    f.change("front", lambda s: s["calls"].update(back={"timeout": "1s", "on_failure": "nothing is shown"}))
    wait_for("the new dependency is called", lambda: f.get("/front/v1/call/back/v1/echo").status == 200)
    assert f.pid("middle-1") == before["middle"] and f.pid("front-1") != before["front"], "front has one more address in its environment"
    f.add("extra")
    wait_for("a new service runs", lambda: f.get("/extra/v1/echo").status == 200)
    wait_for("everything is healthy", lambda: f.cli("status").code == 0)


def test_stop_by_the_api(make_fleet):
    """The node's Unix socket takes the order to stop; `pleach down` says the same."""
    f = make_fleet()
    f.add("front")
    f.up()
    assert f.request("POST", "/api/stop", part="node").status == 202
    wait_for("nothing runs", lambda: not f.processes())


def test_foreground(make_fleet):
    """`pleach up --foreground` stays, logs for people, and ends the fleet on SIGTERM and Ctrl-C."""
    f = make_fleet()
    f.add("front")
    node = f.start("up", "--foreground", "--no-color")
    wait_for("everything is healthy", lambda: f.api("/api/status")["healthy"])
    node.send_signal(2)
    assert node.wait(20 * SLOW) == 0
    assert "stopping the fleet" in node.communicate()[1]
    wait_for("nothing runs", lambda: not f.processes())


def test_down_stops_in_order(make_fleet):
    """`pleach down` ends callers before the services they call, Pleach's own parts last; what was told is kept."""
    f = make_fleet()
    order = {"STOPPED": str(f.home / "order")}
    f.add("back", env=order).add("front", calls=["middle"], env=order).add("middle", calls=["back"], env=order)
    f.up()
    slow = subprocess.Popen(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", f"{f.gateway}/front/v1/sleep/300"], stdout=subprocess.PIPE, text=True)
    wait_for("the call is under way", lambda: f.metric("gateway", "pleach_gateway_active") >= 1)
    r = f.ok("down", "--wait", "30s", "--json")
    assert r.json() == {"stopped": True, "was_running": True}
    # The service ends on SIGTERM at once, as a careless one does; the gateway must have told the caller something definite.
    assert slow.communicate(timeout=10)[0] in ("200", "502", "503")
    assert not f.processes()
    assert (f.home / "order").read_text().split() == ["front", "middle", "back"]
    f.up()
    times = {r["service"]: int(r["time_ns"]) for r in f.logs("started")}
    assert {"front", "middle", "back"} <= set(times), "what was told before is kept"


def test_services_get_their_environment(toy):
    """A service gets its port, its names, where telemetry goes, and the address of each dependency; nothing of the shell that is secret."""
    def env(name):
        return toy.get(f"/front/v1/env/{name}").text
    assert env("SERVICE") == "front" and env("INSTANCE") in ("front-1", "front-2") and env("OTEL_SERVICE_NAME") == "front"
    assert env("OTEL_EXPORTER_OTLP_ENDPOINT") == toy.store and env("MIDDLE_URL").startswith("http://127.0.0.1:")
    assert env("BACK_URL") == "" and env("PLEACH_TOUCHED") == ""
    assert json.loads(toy.get("/front/v1/call/middle/v1/echo").text)["service"] == "middle"
