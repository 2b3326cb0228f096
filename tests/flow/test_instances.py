"""Instances that die, flood, lie and hang; and Pleach's own parts killed under load. What is wanted runs again, nothing acknowledged is lost."""

import http.client
import os
import signal
import threading
import time

import otlp
from fleet import SLOW, call, wait_for


def test_killed_instance_runs_again(toy):
    """A killed instance is started again at once: the node's own measure says how fast (target 10 ms); calls find the other one."""
    count, total = (toy.metric("node", f"pleach_node_restart_seconds_{x}") for x in ("count", "sum"))
    toy.kill("front-1")
    m = toy.metrics("node")
    assert m["pleach_node_restart_seconds_count"] == count + 1
    assert m["pleach_node_restart_seconds_sum"] - total < 0.05 * SLOW
    i = wait_for("the report", lambda: toy.instances("front")["front-1"])
    assert i["restarts"] == 1 and "signal 9" in i["last_exit"]
    assert toy.get("/front/v1/echo").status == 200


def test_no_call_fails_while_one_of_two_dies(toy):
    """While one of two instances is killed, idempotent calls go to the other; at most the calls in its hands can fail."""
    statuses, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            statuses.append(toy.get("/front/v1/echo").status)
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for t in threads:
        t.start()
    wait_for("calls go on", lambda: len(statuses) > 20)
    os.kill(toy.pid("front-2"), signal.SIGKILL)
    more = len(statuses) + 60
    wait_for("calls went on", lambda: len(statuses) > more, 20)
    stop.set()
    for t in threads:
        t.join()
    assert sum(s != 200 for s in statuses) <= 4, statuses
    wait_for("both are healthy", lambda: toy.status("front")["healthy"] == 2)


def test_crash_loop_backs_off(make_fleet):
    """What ends again and again is restarted once at once, then after 10 s and more; the finding says so with its last lines."""
    f = make_fleet()
    f.add("front")
    f.add("faulty", "plain.py", ["fail", "the ledger is corrupt"], health=None)
    f.cli("up", "--wait", "1s")
    i = wait_for("it backs off", lambda: next(i for i in f.instances("faulty").values() if i["state"] == "backoff"))
    assert i["restarts"] == 2 and i["next_start"] and "ledger" in i["last_lines"] and "ended by itself" in i["why"], i
    assert "1 of" in f.finding("fewer-than-wanted", "faulty")["sentence"] or "0 of 1" in f.finding("fewer-than-wanted", "faulty")["sentence"]
    found = f.finding("crash-loop", "faulty", 25)
    assert found["severity"] == "failure" and found["owner"] == "sales" and "faulty-1" in found["sentence"]
    assert f.instances("faulty")["faulty-1"]["restarts"] == 3, "one more start after 10 s"
    assert "faulty" in f.ok("findings", "faulty").out


def test_unwell_instance_gets_no_calls(make_fleet):
    """An instance whose health check fails gets no calls; when none is left the answer says so; it comes back by itself."""
    f = make_fleet()
    sick = f.home / "sick"
    f.add("front", env={"UNWELL": str(sick)})
    f.up()
    sick.touch()
    wait_for("it is unhealthy", lambda: f.instances("front")["front-1"]["state"] == "unhealthy")
    assert "503" in f.instances("front")["front-1"]["why"]
    reply = wait_for("the gateway knows", lambda: (r := f.get("/front/v1/echo")).status == 503 and r)
    assert reply.json()["error"] == "no_instance" and reply.json()["dependency"] == "front" and reply.json()["trace_id"] == reply.trace
    assert f.cli("status").code == 1
    sick.unlink()
    wait_for("it is well again", lambda: f.get("/front/v1/echo").status == 200)
    f.metrics("node")


def test_flood_does_not_block(toy):
    """A service that writes 100 MB to its output is never blocked for long, and everybody else's lines still arrive."""
    megabytes = 20 if SLOW > 1 else 100
    before = toy.metric("node", "pleach_node_lines_total")
    flood = threading.Thread(target=lambda: toy.get(f"/lonely/v1/flood/{megabytes << 20}", timeout=60))
    flood.start()
    wait_for("records wait to be committed", lambda: toy.metric("store", "pleach_store_waiting_bytes") > 0, 10, every=0)
    traces = []
    while flood.is_alive():
        traces.append(toy.get("/front/v1/echo").trace)
    flood.join()
    wait_for("all its lines are read", lambda: toy.metric("node", "pleach_node_lines_total") - before >= megabytes << 10, 30)
    assert toy.get("/lonely/v1/echo").status == 200
    # Whatever the shouter lost, of the quiet service nothing is: each call made meanwhile has its line.
    for trace in traces[:: max(1, len(traces) // 25)] + [toy.get("/front/v1/echo").trace]:
        wait_for(f"the line of {trace}", lambda t=trace: toy.logs(f"trace:{t} service:front"), 15)
    assert toy.instances("lonely")["lonely-1"]["restarts"] == 0


def test_long_and_odd_lines(toy):
    """Lines longer than the limit are cut and marked, binary bytes and terminal colours do no harm, text lines have level and trace found."""
    trace = "5bd66ef5095369c7b0d1f8f4bd33716a"
    body = (b"beginning-of-a-long-one " + b"z" * 40000 + b"\n" + b"\xff\xfe\x00binary-line\n" + b"\x1b[31mcoloured-line\x1b[0m\n"
            + f"ERROR text-line trace_id={trace} failed\n".encode() + b'{"severity":"WARNING","message":"json-line","traceId":"' + trace.encode() + b'"}\n')
    assert toy.post("/lonely/v1/log", body).status == 200
    long = wait_for("the long line", lambda: toy.logs("beginning-of-a-long-one"))[0]
    assert 1000 < len(long["body"]) < 20000
    assert toy.metric("node", "pleach_node_lines_cut_total") >= 1
    assert wait_for("the binary line", lambda: toy.logs("*binary-line"))  # what stands for the bad bytes belongs to the word
    assert "\x1b" not in wait_for("the coloured line", lambda: toy.logs("coloured-line"))[0]["body"]
    text = wait_for("the text line", lambda: toy.logs("text-line"))[0]
    assert text["level"] == "error" and text["trace_id"] == trace
    line = wait_for("the JSON line", lambda: toy.logs("json-line"))[0]
    assert line["level"] == "warn" and line["trace_id"] == trace and line["body"] == "json-line"


def test_secrets_stay_out_of_the_log(toy):
    """Passwords, tokens, cookies, authorization headers and private keys never reach the store, whatever form the line has."""
    secrets = ["hunter2hunter2", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLW9mLWl0", "AKIAIOSFODNN7EXAMPLE", "c2Vzc2lvbj1hYmM", "MIIEvQIBADANBgkqhkiG9w0"]
    body = f"""{{"msg":"secret-one","password":"{secrets[0]}","nested":{{"apiKey":"{secrets[0]}"}}}}
secret-two password={secrets[0]} and on
secret-three Authorization: Bearer {secrets[1]}
secret-four Cookie: sid={secrets[3]}; theme=dark
secret-five http://user:{secrets[0]}@example.org/
-----BEGIN PRIVATE KEY-----
{secrets[4]}BAQEFAASCBKcwggSjAgEAAoIBAQ
-----END PRIVATE KEY-----
secret-six tokens_used=17
""".encode()
    assert toy.post("/lonely/v1/log", body).status == 200
    wait_for("all lines", lambda: len(toy.logs("secret-")) >= 6)
    everything = toy.request("GET", "/api/logs?limit=1000").text + toy.ok("status", "lonely").out
    for s in secrets[:2] + secrets[3:]:
        assert s not in everything, s
    assert "tokens_used=17" in everything


def send_numbered(f, numbers, acknowledged, stop=None):
    """One OTLP request each; the number counts when the store said 200."""
    for n in numbers:
        if stop and stop.is_set():
            return
        try:
            r = call(f.store, "POST", "/v1/logs", otlp.logs([otlp.log_record("numbered", number=n)], "counter"), {"Content-Type": "application/x-protobuf"}, timeout=5)
        except (OSError, http.client.HTTPException):
            time.sleep(0.005)
            continue
        if r.status == 200:
            acknowledged.append(n)


def numbers_kept(f):
    rows, after = [], ""
    while True:
        page = f.api(f"/api/logs?q=service:counter&limit=1000&order=asc&after={after}")
        rows += [r["attributes"]["number"] for r in page["rows"]]
        after = page["next"]
        if not after:
            return rows


def test_store_is_killed(make_fleet):
    """kill -9 of the store while records come in: it is back by itself, and every acknowledged record is there, once."""
    f = make_fleet()
    f.add("front")
    f.up()
    acknowledged, stop = [], threading.Event()
    sender = threading.Thread(target=send_numbered, args=(f, range(100000), acknowledged, stop))
    sender.start()
    for _ in range(2):
        before = len(acknowledged)
        wait_for("records are acknowledged", lambda: len(acknowledged) > before + 50)
        os.kill(f.pid("pleach-store"), signal.SIGKILL)
        # The second death in a row waits for its back-off; one is enough to lose something.
        break
    before = len(acknowledged)
    wait_for("records are acknowledged again", lambda: len(acknowledged) > before + 50, 20)
    stop.set()
    sender.join()
    f.healthy()
    kept = wait_for("the store answers", lambda: numbers_kept(f))
    assert set(acknowledged) <= set(kept), sorted(set(acknowledged) - set(kept))[:20]
    assert len(kept) == len(set(kept)), "a record is there twice"


def test_control_is_killed(make_fleet):
    """Calls go on while control is killed: not one fails; control is back by itself with the same catalogue."""
    f = make_fleet()
    f.add("front", calls=["middle"]).add("middle")
    f.up()
    statuses, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            statuses.append(f.get("/front/v1/call/middle/v1/echo").status)
    asking = threading.Thread(target=ask)
    asking.start()
    wait_for("calls go on", lambda: len(statuses) > 10)
    f.kill("pleach-control")
    more = len(statuses) + 20
    wait_for("calls went on", lambda: len(statuses) > more)
    stop.set()
    asking.join()
    assert set(statuses) == {200}, statuses
    f.healthy()
    assert f.status("front")["healthy"] == 1
    f.change("middle", lambda s: s["run"].update(instances=2))
    wait_for("control still acts on files", lambda: f.status("middle")["healthy"] == 2)


def test_gateway_is_killed(make_fleet):
    """kill -9 of the gateway: it is back by itself on the same ports, with the last snapshot, and calls are answered again."""
    f = make_fleet()
    f.add("front", calls=["middle"]).add("middle")
    f.up()
    url = f.get("/front/v1/env/MIDDLE_URL").text
    f.kill("pleach-gateway")
    wait_for("calls are answered", lambda: f.get("/front/v1/call/middle/v1/echo").status == 200, 10)
    assert f.get("/front/v1/env/MIDDLE_URL").text == url


def test_node_is_killed(make_fleet):
    """kill -9 of the node: its processes do not stay behind as orphans forever, and `pleach up` brings the fleet back with all it told."""
    f = make_fleet()
    f.add("front")
    f.up()
    trace = f.get("/front/v1/echo").trace
    f.trace(trace, spans=1, logs=1)
    node = next(pid for pid, line in f.processes().items() if "part node" in line)
    os.kill(node, signal.SIGKILL)
    wait_for("the orphans end", lambda: not f.processes(), 20)
    f.up()
    assert f.trace(trace, spans=1, logs=1)


def test_refuses_to_end(make_fleet):
    """A service that ignores SIGTERM is killed after its grace; `down` says what still runs when its own time is over."""
    f = make_fleet()
    f.add("front")
    f.add("stubborn", health=None)
    f.change("stubborn", lambda s: s["run"].update(command=["/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done"], stop_grace="2s"))
    f.cli("up", "--wait", "1s")
    r = f.cli("down", "--wait", "500ms")
    assert r.code == 1 and "still runs" in r.err, r
    wait_for("it is gone after its grace", lambda: not f.processes(), 10)
