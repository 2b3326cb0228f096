"""Log files that are followed: what a service and the rest of the machine write into files is found in the store, each line once, through
rotation as logrotate does it and through kill -9 of everything."""

import itertools
import json
import os
import random
import shutil
import signal
import threading
import time

from fleet import wait_for


def rows_of(f, service):
    rows, after = [], ""
    while True:
        page = f.api(f"/api/logs?q=service:{service}&limit=1000&order=asc&after={after}")
        rows += page["rows"]
        after = page["next"]
        if not after:
            return rows


def bodies(f, service):
    return [r["body"] for r in rows_of(f, service)]


def file_row(f, name):
    """As `pleach status` has it."""
    rows = [r for n in f.api("/api/status")["nodes"] for r in n["files"] if r["path"].endswith(name)]
    return rows[0] if rows else None


def append(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab") as out:
        out.write(text if isinstance(text, bytes) else text.encode())


def kill_node(f):
    """kill -9; its processes end with it."""
    node = next(pid for pid, line in f.processes().items() if "part node" in line)
    os.kill(node, signal.SIGKILL)
    wait_for("the orphans end", lambda: not f.processes(), 30)


def test_files_of_services_and_of_others(make_fleet):
    """Files of a service (`logs`) and of others (`follow`): lines with service, instance, path, level and trace; JSON as fields; what is on the
    command line and in the API; a declared file's service is no orphan."""
    f = make_fleet()
    f.config["follow"] = [{"files": "./var/*/error.log", "service": "nginx"}]
    f.write()
    f.add("front")
    f.change("front", lambda s: s["run"].update(logs=["./log/*.log"]))
    log, other = f.root / "services/front/log/front.log", f.root / "var/nginx/error.log"
    append(log, "2026-11-25 10:00:00 WARN it was there before trace_id=0af7651916cd43dd8448eb211c80319c\n")
    f.up()
    wait_for("the line that was there before", lambda: [b for b in bodies(f, "front") if "before" in b], 30)
    append(other, "[crit] no space\n")
    append(log, '{"level":"error","msg":"as JSON","order":7}\n')
    [row] = wait_for("the line of the other", lambda: rows_of(f, "nginx"), 30)
    assert row["body"] == "[crit] no space" and row["attributes"]["log.file.path"] == str(other), row
    rows = wait_for("both lines of the service", lambda: [r for r in rows_of(f, "front") if "log.file.path" in r["attributes"]][1:] and
                    [r for r in rows_of(f, "front") if "log.file.path" in r["attributes"]], 30)
    first, second = rows
    assert first["instance"] == "front-1" and first["level"] == "warn" and first["trace_id"] == "0af7651916cd43dd8448eb211c80319c", first
    assert second["body"] == "as JSON" and second["attributes"]["order"] == 7 and second["level"] == "error", second
    wait_for("nothing waits", lambda: (file_row(f, "front.log") or {}).get("lines") == 2 and file_row(f, "front.log")["lag"] == 0, 30)
    wait_for("both are reported", lambda: (file_row(f, "error.log") or {}).get("lines") == 1, 30)
    out = f.ok("status").out
    assert str(other) in out and "nginx" in out and "LAG" in out, out
    out = f.ok("status", "nginx").out
    assert str(other) in out and "front.log" not in out, out
    assert f.ok("status", "--json").json()["nodes"][0]["files"]
    wait_for("a judgement", lambda: f.api("/api/findings")["complete"])
    assert not [x for x in f.api("/api/findings")["findings"] if x["service"] == "nginx"]


def test_what_cannot_be_read_is_a_finding(make_fleet):
    """A pipe where a log file should be is named with the reason, in status and as a finding; other files go on. Lines over the limit are cut and
    counted; what was cut away before it was read is counted as missed."""
    f = make_fleet()
    f.config["follow"] = [{"files": "./var/*.log", "service": "legacy"}]
    f.write()
    f.add("front")
    (f.root / "var").mkdir()
    os.mkfifo(f.root / "var/pipe.log")
    good = f.root / "var/good.log"
    append(good, "a line\n" + "x" * 100000 + "\nthe next\npart")
    f.up()
    found = f.finding("log-file-unread", "legacy")
    assert "pipe.log is not read: it is no regular file" in found["sentence"] and found["remedy"], found
    assert "it is no regular file" in f.ok("status").out
    wait_for("the lines", lambda: len(bodies(f, "legacy")) == 3, 30)
    wait_for("counted", lambda: (file_row(f, "good.log") or {}).get("cut") == 1 and file_row(f, "good.log")["lag"] == 4)
    assert f.metric("node", "pleach_node_file_lag_bytes") == 4
    os.truncate(good, 0)
    wait_for("missed", lambda: f.metric("node", "pleach_node_file_missed_bytes_total") == 4, 20)
    append(good, "after\nERROR it failed\nTraceback (most recent call last):\n  File \"a.py\"\nKeyError: 'x'\n")
    last = wait_for("the traceback", lambda: [r for r in rows_of(f, "legacy") if "KeyError" in r["body"]], 30)[0]
    assert last["body"] == "ERROR it failed\nTraceback (most recent call last):\n  File \"a.py\"\nKeyError: 'x'" and last["level"] == "error", last
    metrics = f.metrics("node")
    assert metrics["pleach_node_files"] == 2 and metrics["pleach_node_files_troubled"] == 1 and metrics["pleach_node_joined_total"] >= 1
    assert metrics["pleach_node_file_lines_total"] >= 8 and metrics["pleach_node_file_records_total"] >= 5
    # Taken out again: nothing of it is shown any more.
    f.config["follow"] = []
    f.write()
    wait_for("no longer followed", lambda: not file_row(f, ".log"), 20)


def test_output_is_joined_too(make_fleet):
    """A stack trace on standard error is one record; ordinary lines around it are their own, and JSON lines always are."""
    f = make_fleet()
    script = ("import sys, time\n"
              "sys.stderr.write('before\\nTraceback (most recent call last):\\n  File \"a.py\", line 1\\nKeyError: 1\\n{\"msg\":\"json\"}\\n  {\"msg\":\"json too\"}\\nafter\\n')\n"
              "sys.stderr.flush()\ntime.sleep(3600)\n")
    f.put("services/tracer/main.py", script)
    f.add("tracer", health=None, serves=False)
    f.change("tracer", lambda s: s["run"].update(command=["/usr/bin/python3", "-I", str(f.root / "services/tracer/main.py")]))
    f.cli("up", "--wait", "1s")
    wait_for("all of it", lambda: "after" in bodies(f, "tracer"), 30)
    assert sorted(bodies(f, "tracer")) == sorted(["before", 'Traceback (most recent call last):\n  File "a.py", line 1\nKeyError: 1', "json", "json too", "after"])


class Writer(threading.Thread):
    """Writes numbered lines into a file without pause, through a handle that it opens anew only when it is told that the file was rotated."""

    def __init__(self, path, numbers):
        super().__init__()
        self.path, self.numbers = path, numbers
        self.lock, self.ended = threading.Lock(), threading.Event()
        self.written = []
        self.out = open(path, "ab", buffering=0)

    def run(self):
        noise = random.Random(7)
        while not self.ended.is_set():
            with self.lock:
                for _ in range(noise.randrange(1, 20)):
                    n = next(self.numbers)
                    line = f"2026-11-25 10:00:00 INFO number={n} {'x' * noise.randrange(200)}\n".encode()
                    at = noise.randrange(len(line))
                    self.out.write(line[:at])
                    self.out.write(line[at:])
                    self.written.append(n)
            time.sleep(noise.random() / 100)

    def shift(self):
        for n in range(8, 0, -1):
            old = self.path.with_name(f"{self.path.name}.{n}")
            if old.exists():
                old.rename(self.path.with_name(f"{self.path.name}.{n + 1}"))

    def rename(self):
        """logrotate's `create`, and the signal to the writer comes later."""
        self.shift()
        self.path.rename(self.path.with_name(f"{self.path.name}.1"))
        time.sleep(0.05)
        with self.lock:
            self.out.close()
            self.out = open(self.path, "ab", buffering=0)

    def copytruncate(self):
        """logrotate's `copytruncate`. What is written between copy and truncation is lost to everybody, so the writer waits here."""
        self.shift()
        with self.lock:
            shutil.copy2(self.path, self.path.with_name(f"{self.path.name}.1"))
            os.truncate(self.path, 0)


def test_each_line_once(make_fleet):
    """Two files written without pause, rotated in both ways, while the store and then the node are killed -9: each line is there, once."""
    f = make_fleet()
    f.config["follow"] = [{"files": "./var/a.log*", "service": "writer"}, {"files": "./var/b.log*", "service": "writer"}]
    f.write()
    f.add("front")
    (f.root / "var").mkdir()
    numbers = itertools.count()
    writers = [Writer(f.root / "var/a.log", numbers), Writer(f.root / "var/b.log", numbers)]

    def there():
        return [int(b.split("number=")[1].split(" ")[0]) for b in bodies(f, "writer")]

    f.up()
    for w in writers:
        w.start()
    try:
        wait_for("lines arrive", lambda: len(there()) > 50, 30)
        writers[0].rename()
        writers[1].copytruncate()
        os.kill(f.pid("pleach-store"), signal.SIGKILL)
        writers[0].copytruncate()
        before = wait_for("the store is back", lambda: max(there()), 60)
        wait_for("lines arrive again", lambda: max(there()) > before + 100, 60)
        # The second death in a row waits for its back-off: batches are tried again, files are rotated and wait.
        os.kill(f.pid("pleach-store"), signal.SIGKILL)
        wait_for("batches are sent again", lambda: f.metric("node", "pleach_node_file_retries_total") > 0, 30)
        assert "Log files wait: the store does not take them" in wait_for("it is said", lambda: (lambda out: "Log files wait" in out and out)(f.cli("status").out), 30)
        kill_node(f)
        writers[0].rename()
        writers[1].copytruncate()
        time.sleep(0.2)
        writers[1].rename()
        f.up()
        before = wait_for("the store answers", lambda: max(there()), 60)
        wait_for("lines arrive after that", lambda: max(there()) > before + 100, 60)
        writers[0].copytruncate()
        writers[1].rename()
        kill_node(f)
        f.up()
    finally:
        for w in writers:
            w.ended.set()
        for w in writers:
            w.join()
    written = sorted(n for w in writers for n in w.written)
    wait_for("all of them", lambda: set(there()) >= set(written), 90, every=0.5)
    f.ok("down")
    f.up()
    wait_for("the store answers", there, 60)
    wait_for("nothing waits", lambda: all(r["lag"] == 0 for n in f.api("/api/status")["nodes"] for r in n["files"]) and f.api("/api/status")["nodes"][0]["files"], 30)
    got = sorted(there())
    assert got == written, (len(got), len(written), json.dumps([n for n in written if got.count(n) != 1][:20]))
