"""The store is killed by SIGKILL a hundred times while senders write to it: what was acknowledged is there, and what a sender repeats under its batch's
number is there once."""

import collections
import http.client
import os
import random
import threading
import time
import urllib.parse

import otlp
import touched
from fleet import SANITIZED, SLOW, call, wait_for
from test_telemetry import PROTOBUF, Store

KILLS = 25 if SANITIZED else 100
SENDERS, RECORDS = 4, 10  # half of the senders number their batches
RESTART_SECONDS = 20  # the most; a calm machine needs some hundredths


class Sender(threading.Thread):
    """Sends batch after batch; each until it is acknowledged."""

    def __init__(self, store, number, stop):
        super().__init__()
        self.store, self.number, self.stop = store, number, stop
        self.numbered = number % 2 == 0
        self.acknowledged, self.attempts = 0, collections.Counter()
        self.connection, self.fault = None, None

    def batch(self, n):
        records = [otlp.log_record(f"crash sender {self.number} batch {n} record {i}", severity=9 + 4 * (i % 3), sender=self.number, batch=n, record=i) for i in range(RECORDS)]
        return otlp.logs(records, f"sender-{self.number}")

    def post(self, n, body):
        """True: acknowledged. False: refused, or nobody knows."""
        headers = {**PROTOBUF, "Pleach-Batch": f"{self.number + 1:016x}-{n + 1}"} if self.numbered else PROTOBUF
        try:
            if not self.connection:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.store.port, timeout=30 * SLOW)
            self.connection.request("POST", "/v1/logs", body, headers)
            reply = self.connection.getresponse()
            reply.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            return False
        if reply.status not in (200, 429, 503):
            self.fault = f"answered {reply.status}"
        return reply.status == 200

    def run(self):
        while not self.stop.is_set() and not self.fault:
            body = self.batch(self.acknowledged)
            while not self.fault:
                self.attempts[self.acknowledged] += 1
                if self.post(self.acknowledged, body):
                    self.acknowledged += 1
                    break
                if self.stop.wait(0.005):
                    return


def all_rows(store):
    """Every row, page by page: sender, batch and record, with how often it is there."""
    found, ids, after = collections.Counter(), set(), ""
    while True:
        page = call(store.socket, "GET", f"/api/logs?q=crash&from=0&limit=1000&order=asc&after={urllib.parse.quote(after)}").json()
        assert not page["cut"] or page["next"], page["scanned"]
        for row in page["rows"]:
            assert row["id"] not in ids, f"{row['id']} on two pages"
            ids.add(row["id"])
            a = row["attributes"]
            assert row["body"] == f"crash sender {a['sender']} batch {a['batch']} record {a['record']}" and row["service"] == f"sender-{a['sender']}", row
            found[a["sender"], a["batch"], a["record"]] += 1
        if not page["next"]:
            return found
        after = page["next"]


def restart(store):
    """Seconds until it answers."""
    began = time.monotonic()
    store.start()
    return time.monotonic() - began


def check(found, senders):
    for s in senders:
        for n in range(s.acknowledged):
            times = [found[s.number, n, i] for i in range(RECORDS)]
            assert min(times) >= 1, f"batch {n} of sender {s.number} was acknowledged and is not there: {times}"
            assert len(set(times)) == 1, f"batch {n} of sender {s.number} is there in part: {times}"
            assert times[0] <= (1 if s.numbered else s.attempts[n]), f"batch {n} of sender {s.number} is there {times[0]} times"
        rest = {key: times for key, times in found.items() if key[0] == s.number and key[1] >= s.acknowledged}
        assert len({key[1] for key in rest}) <= 1, f"sender {s.number}: batches that it has not sent yet: {rest}"


def test_killed_a_hundred_times(tmp_path):
    """Killed under load again and again: nothing acknowledged is missing, nothing that is numbered is there twice, and it is back at once."""
    touched.touch("routes", "POST", "/v1/logs")
    chance, times, stop = random.Random(4711), [], threading.Event()
    store = Store(tmp_path, tmp_path / "fleet", "--memory=1M")
    senders = [Sender(store, n, stop) for n in range(SENDERS)]
    for s in senders:
        s.start()
    try:
        for kill in range(KILLS):
            before = sum(s.acknowledged for s in senders)
            wait_for("something is acknowledged", lambda: sum(s.acknowledged for s in senders) > before or any(s.fault for s in senders), 60)
            time.sleep(chance.random() * 0.1)
            assert store.end(9) == -9
            times.append(restart(store))
            assert not [s.fault for s in senders if s.fault]
            if kill % 10 == 0:
                assert store.state()["damaged"] == 0
    finally:
        stop.set()
        for s in senders:
            s.join(60 * SLOW)
    check(all_rows(store), senders)
    assert store.end() == 0
    store.start()
    state, found = store.state(), all_rows(store)
    check(found, senders)
    assert state["damaged"] == 0 and state["records"] == sum(found.values())
    assert any(s.numbered and max(s.attempts.values()) > 1 for s in senders), "no batch was ever repeated"
    assert max(times) < RESTART_SECONDS * SLOW, times
    times.sort()
    twice = sum(times > 1 for times in found.values())
    print(f"{KILLS} kills, {sum(found.values())} records in {state['segments']} segments, {twice} of unnumbered batches more than once; restarts: median {times[KILLS // 2] * 1e3:.0f} ms, longest {times[-1] * 1e3:.0f} ms")
    assert store.end() == 0
    assert not [name for name in os.listdir(tmp_path / "fleet" / ".pleach" / "store") if name.endswith(".tmp")]
