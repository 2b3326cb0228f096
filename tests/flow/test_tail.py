"""The live tail through the API: pipes, watchers that fall behind, hundreds of watchers at once."""

import json
import socket
import threading
import time
import urllib.parse

import touched
from fleet import call, connection, wait_for
from records import send


class Tail(threading.Thread):
    def __init__(self, store, q):
        super().__init__(daemon=True)
        self.connection = connection(store.store, 60)
        touched.touch("routes", "GET", "/api/logs/tail")
        self.connection.request("GET", "/api/logs/tail?q=" + urllib.parse.quote(q))
        self.socket = self.connection.sock
        self.reply = self.connection.getresponse()
        self.rows, self.events, self.lost = [], [], []

    def run(self):
        name = ""
        while not self.reply.isclosed():
            line = self.reply.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                name = line[7:]
            if line.startswith("data: "):
                self.events.append(name)
                if name == "row":
                    self.rows.append(json.loads(line[6:]))
                if name == "lost":
                    self.lost.append(json.loads(line[6:])["rows"])
                if name == "end":
                    return

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.join()
        self.connection.close()


def test_tail_runs_pipes(toy):
    """A live tail filters and takes fields out as a search does, ends at its limit, and refuses what has no end to wait for."""
    tail = Tail(toy, "service:tailed | parse \"took <t:num>ms\" | where t>5 | limit 3")
    shown = Tail(toy, "service:tailed | fields n, service")
    tail.start()
    shown.start()
    rows = [{"time": time.time_ns(), "severity": 9, "body": f"it took {n}ms", "service": "tailed", "version": "", "instance": "", "trace": "", "span": "", "attributes": {"n": n}, "resource": {}}
            for n in range(20)]
    send(toy, rows)
    wait_for("the tail's end", lambda: "end" in tail.events, 30)
    assert [r["made"]["t"] for r in tail.rows] == [6, 7, 8]
    wait_for("all lines", lambda: len(shown.rows) == 20, 30)
    assert shown.rows[4] == {"n": 4, "service": "tailed"}
    shown.stop()
    for q, word in (("a | stats count()", "stats"), ("a | sort by n", "sort"), ("a | patterns", "patterns"), ("a | top n", "top"), ("a | context 3", "context"), ("a | compare 1d", "compare")):
        r = call(toy.store, "GET", "/api/logs/tail?q=" + urllib.parse.quote(q))
        assert r.status == 400 and word in r.json()["message"] and r.json()["column"] == 5, r


def test_slow_watcher_is_told(toy):
    """A watcher that does not read is told how many lines it missed, where they are missing; what it got and what it missed are all there were."""
    tail = Tail(toy, "service:flood | where n>=0")
    row = {"severity": 9, "body": "x" * 3000, "service": "flood", "version": "", "instance": "", "trace": "", "span": "", "resource": {}}
    total = 0
    while toy.metric("store", "pleach_store_tail_lost_rows_total") == 0:
        assert total < 100000
        send(toy, [{**row, "time": time.time_ns(), "attributes": {"n": total + n}} for n in range(1000)])
        total += 1000
    tail.start()

    def complete():
        return len(tail.rows) + sum(tail.lost) == total
    wait_for("lines and gaps", complete, 60)
    assert sum(tail.lost) > 0
    numbers = [r["attributes"]["n"] for r in tail.rows]
    assert numbers == sorted(set(numbers))
    tail.stop()


def test_hundreds_of_tails(toy):
    """Five hundred watchers, each of another query: every one gets its lines and only those."""
    tails = [Tail(toy, f"watched{n % 50} | where n>={n // 50}") for n in range(500)]
    for t in tails:
        t.start()
    send(toy, [{"time": time.time_ns(), "severity": 9, "body": f"watched{n % 50}", "service": "watched", "version": "", "instance": "", "trace": "", "span": "",
                        "attributes": {"n": n // 50}, "resource": {}} for n in range(500)])
    for n, t in enumerate(tails):
        wait_for(f"lines of {n}", lambda t=t, n=n: len(t.rows) == 10 - n // 50, 60)
        assert {r["body"] for r in t.rows} == {f"watched{n % 50}"}
    for t in tails:
        t.stop()


def test_lines_stream_through_control(toy):
    """Control hands lines of a query on as the store finds them; a reader that stops for a while stops the store and misses nothing; a wrong query is an answer."""
    count = 20000
    row = {"severity": 9, "body": "y" * 400, "service": "streamed", "version": "", "instance": "", "trace": "", "span": "", "resource": {}}
    for n in range(0, count, 2000):
        send(toy, [{**row, "time": time.time_ns(), "attributes": {"n": n + i}} for i in range(2000)])
    touched.touch("routes", "GET", "/api/query")
    target, lines = "/api/query?from=1h&q=" + urllib.parse.quote("service:streamed"), {"Accept": "application/x-ndjson"}
    slow = connection(toy.control, 60)
    slow.request("GET", target, headers=lines)
    reply = slow.getresponse()
    assert reply.status == 200 and reply.headers["content-type"] == "application/x-ndjson" and reply.headers["transfer-encoding"] == "chunked", reply.headers
    gone = connection(toy.control, 60)
    gone.request("GET", target, headers=lines)
    gone.getresponse().read(10)
    gone.close()
    # Meanwhile the first reader reads nothing, and what it is to get is far more than sockets hold: others are answered all the same.
    assert toy.api("/api/query?from=1h&q=" + urllib.parse.quote("service:streamed | stats count()"))["rows"] == [[count]]
    got = [json.loads(line) for line in reply.read().decode().strip().split("\n")]
    slow.close()
    assert sorted(line["row"]["attributes"]["n"] for line in got[:-1]) == list(range(count)) and "end" in got[-1]
    bad = call(toy.control, "GET", "/api/query?q=a+%7C+stat", headers=lines)
    assert bad.status == 400 and bad.json()["column"] == 5, bad
