"""Syslog and Fluent Forward into the store: real shippers, whose every line must be found exactly once with its level, service and host; and peers that
are slow, broken or hostile."""

import collections
import contextlib
import gzip
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest
from fleet import BIN, ROOT, SANITIZED, SLOW, Fleet, environment, free_port, wait_for
from forward import Forward, pack

PEERS = ROOT / "build/peers"
CLIENTS = ROOT / "tests/clients"
HOST = socket.gethostname().split(".")[0]
COUNT = 300


def listening(**store):
    ports = {"syslog": free_port(), "forward": free_port()}
    f = Fleet(store={name: f"127.0.0.1:{port}" for name, port in ports.items()} | store)
    f.ports.update(ports)
    f.add("lonely")
    return f


@pytest.fixture(scope="module")
def ears():
    """A fleet whose store listens to syslog and Fluent Forward."""
    f = listening()
    try:
        f.up()
        yield f
    finally:
        f.stop()


def exactly(f, q, bodies, seconds=60, limit=1000):
    """Waits until the query finds so many rows, and returns them when each body is there once and nothing else."""
    wanted = collections.Counter(bodies)
    wait_for(f"{len(bodies)} rows of {q}", lambda: f.count(q) >= len(bodies), seconds)
    rows = f.logs(q, limit=limit)
    found = collections.Counter(r["body"] for r in rows)
    assert found == wanted, (wanted - found, found - wanted)
    return rows


def listener(f, protocol):
    state = f.request("GET", "/api/store", part="store").json()
    return next(x for x in state["listeners"] if x["protocol"] == protocol)


def syslog(f, data, end=True):
    """A TCP connection that has sent this."""
    s = socket.create_connection(("127.0.0.1", f.ports["syslog"]), timeout=30 * SLOW)
    s.sendall(data)
    if end:
        s.close()
    return s


# --- syslog: real senders ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["--udp --rfc3164", "--udp --rfc5424", "--tcp --rfc3164", "--tcp --rfc5424", "--tcp --rfc5424 --octet-count"])
def test_logger(ears, how):
    """util-linux' logger: both protocols, both formats, both framings."""
    tag = "logger" + how.replace(" ", "").replace("--", "-")
    lines = [f"line {n} of {tag}" for n in range(50)]
    done = subprocess.run(["logger", "--server", "127.0.0.1", "--port", str(ears.ports["syslog"]), *how.split(), "--tag", tag, "--id=4711", "-p", "daemon.err"],
                          input="\n".join(lines), text=True, capture_output=True, timeout=60 * SLOW)
    assert done.returncode == 0, done
    for row in exactly(ears, f"service:{tag}", lines):
        assert row["level"] == "error" and row["resource"]["host.name"].split(".")[0] == HOST and row["instance"].split(".")[0] == HOST, row
        assert row["attributes"]["syslog.facility"] == "daemon" and row["attributes"]["syslog.procid"] == "4711", row


@contextlib.contextmanager
def running(command, env=None):
    """A daemon in the foreground, ended by SIGTERM."""
    log = tempfile.TemporaryFile("w+")
    p = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=env)
    try:
        yield p
    except BaseException:
        log.seek(0)
        print(log.read()[-4000:])
        raise
    finally:
        p.terminate()
        try:
            p.wait(30 * SLOW)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()
        log.close()


def say(path, lines, program="shop", level=3):
    """Local messages, as programs send them to /dev/log."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        wait_for("the daemon's socket", lambda: s.connect(str(path)) is None, 30)
        for line in lines:
            s.send(f"<{24 + level}>{time.strftime('%b %e %H:%M:%S')} {program}[77]: {line}".encode())


def rsyslog(home, actions):
    """Configuration of a private rsyslogd that reads its own socket."""
    (home / "rsyslog.conf").write_text(f"""
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{home}/log" CreatePath="on" RateLimit.Interval="0" UseSysTimeStamp="on")
global(workDirectory="{home}" maxMessageSize="64k")
{actions}
""")
    return ["rsyslogd", "-n", "-f", str(home / "rsyslog.conf"), "-i", str(home / "pid")]


@pytest.fixture
def home():
    """A directory with a short path, for sockets."""
    where = pathlib.Path(tempfile.mkdtemp(prefix="pl-sys-"))
    yield where
    shutil.rmtree(where, ignore_errors=True)


@pytest.mark.skipif(not shutil.which("rsyslogd"), reason="rsyslog is not there; packaging/setup.sh test installs it")
@pytest.mark.parametrize("how", ["octet-counted RSYSLOG_SyslogProtocol23Format", "traditional RSYSLOG_ForwardFormat", "traditional RSYSLOG_TraditionalForwardFormat"])
def test_rsyslog(ears, home, how):
    """Debian's rsyslog over TCP, in RFC 5424 with octet counting and in its two older formats."""
    framing, template = how.split()
    program = "rs-" + template[8:24].lower()  # the oldest format has room for 32 bytes with the process id
    lines = [f"line {n} {'x' * (n * 7 % 500)} of {program}" for n in range(COUNT)]
    action = f'*.* action(type="omfwd" target="127.0.0.1" port="{ears.ports["syslog"]}" protocol="tcp" TCP_Framing="{framing}" template="{template}")'
    with running(rsyslog(home, action)):
        say(home / "log", lines, program)
        rows = exactly(ears, f"service:{program}", lines)
    for row in rows:
        assert row["level"] == "error" and row["instance"].split(".")[0] == HOST and row["attributes"]["syslog.procid"] == "77", row
        assert row["attributes"]["syslog.facility"] == "daemon", row


@pytest.mark.skipif(not pathlib.Path("/usr/lib/x86_64-linux-gnu/rsyslog/omelasticsearch.so").exists() or not shutil.which("rsyslogd"),
                    reason="rsyslog-elasticsearch is not there; packaging/setup.sh test installs it")
def test_rsyslog_omelasticsearch(ears, home):
    """rsyslog's omelasticsearch, which ignores the HTTP status: every line is there once, and it has nothing to write into its error file."""
    lines = [f'line {n} "quoted" of rs-es' for n in range(COUNT)]
    template = """template(name="es" type="list" option.jsonf="on") {
 property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf") property(outname="host" name="hostname" format="jsonf")
 property(outname="severity" name="syslogseverity-text" format="jsonf") property(outname="service" name="programname" format="jsonf")
 property(outname="message" name="msg" format="jsonf") }
"""
    action = template + f"""module(load="omelasticsearch")
*.* action(type="omelasticsearch" server="127.0.0.1" serverport="{ears.ports["store"]}" template="es" searchIndex="logs" searchType="" bulkmode="on"
 errorfile="{home}/errors" action.resumeRetryCount="-1" queue.type="linkedlist")"""
    with running(rsyslog(home, action)):
        say(home / "log", lines, "rs-es")
        rows = exactly(ears, "service:rs-es", [" " + line for line in lines])
    assert {(r["level"], r["instance"].split(".")[0]) for r in rows} == {("error", HOST)}
    assert not (home / "errors").exists(), (home / "errors").read_text()[:2000]


def syslog_ng():
    """Command and environment of Debian's syslog-ng, installed or unpacked."""
    if shutil.which("syslog-ng"):
        return [shutil.which("syslog-ng")], None
    library = [PEERS / "usr/lib/syslog-ng", PEERS / "usr/lib/x86_64-linux-gnu", PEERS / "lib/x86_64-linux-gnu"]
    return [str(PEERS / "usr/sbin/syslog-ng"), "--module-path", str(PEERS / "usr/lib/syslog-ng/3.38")], dict(os.environ, LD_LIBRARY_PATH=":".join(map(str, library)))


@pytest.mark.skipif(not os.access(syslog_ng()[0][0], os.X_OK), reason="syslog-ng is not there; packaging/setup.sh test unpacks it")
@pytest.mark.parametrize("how", ["syslog tcp", "network tcp", "network udp"])
def test_syslog_ng(ears, home, how):
    """Debian's syslog-ng: RFC 5424 with octet counting, and the older form over TCP and UDP."""
    driver, transport = how.split()
    program = "ng-" + how.replace(" ", "-")
    lines = [f"line {n} of {program}" for n in range(COUNT if transport == "tcp" else 50)]
    (home / "ng.conf").write_text(f"""@version: 3.38
options {{ keep-hostname(yes); stats-freq(0); time-reopen(1); }};
source s {{ unix-dgram("{home}/log"); }};
destination d {{ {driver}("127.0.0.1" port({ears.ports["syslog"]}) transport("{transport}")); }};
log {{ source(s); destination(d); }};
""")
    command, env = syslog_ng()
    with running([*command, "-F", "--no-caps", "-f", str(home / "ng.conf"), "-R", str(home / "persist"), "-p", str(home / "pid"), "-c", str(home / "ctl")], env):
        say(home / "log", lines, program, level=4)
        rows = exactly(ears, f"service:{program}", lines)
    for row in rows:
        assert row["level"] == "warn" and row["instance"].split(".")[0] == HOST and row["attributes"]["syslog.procid"] == "77", row


# --- syslog: by hand ----------------------------------------------------------------------------------------------------------------------------


def test_framings_mixed(ears):
    """Both framings on one connection, however the bytes are cut; lines that begin with a digit are lines."""
    messages = [f"<14>1 - h mixed - - - piece {n}" for n in range(40)]
    stream = b"".join(f"{len(m)} {m}".encode() if n % 3 == 0 else (m + "\n").encode() if n % 3 == 1 else m.encode() + b"\0" for n, m in enumerate(messages))
    stream += b"2026-10-11 12:00:00 a line of an unknown program, mixed in\n"
    s = syslog(ears, b"", end=False)
    for at in range(0, len(stream), 11):
        s.sendall(stream[at:at + 11])
    s.close()
    exactly(ears, "service:mixed", [f"piece {n}" for n in range(40)])
    exactly(ears, '"mixed in"', ["2026-10-11 12:00:00 a line of an unknown program, mixed in"])


def test_half_closed_and_unfinished(ears):
    """A sender that closes its side in the middle of a line: what came is kept."""
    s = syslog(ears, b"<14>1 - h unfinished - - - whole\n<14>1 - h unfinished - - - without an end", end=False)
    s.shutdown(socket.SHUT_WR)
    exactly(ears, "service:unfinished", ["whole", "without an end"])
    assert s.recv(1) == b"", "the store closes too"
    s.close()


def test_web_pages_cannot_write(ears):
    """A connection to the syslog port that begins as HTTP is ended, and what follows in it is not kept."""
    before = listener(ears, "syslog")["broken_connections"]
    s = syslog(ears, b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n<14>1 - h forged - - - by a page\n", end=False)
    with contextlib.suppress(ConnectionResetError):
        assert s.recv(1) == b""
    s.close()
    syslog(ears, b"<14>1 - h honest - - - GET / HTTP/1.1\n")
    exactly(ears, "service:honest", ["GET / HTTP/1.1"])
    assert ears.count("service:forged") == 0 and listener(ears, "syslog")["broken_connections"] == before + 1


def test_trace_and_json(ears):
    """Trace ids in text, structured data and JSON lead to the trace's lines; JSON becomes fields."""
    trace = os.urandom(16).hex()
    syslog(ears, f"""<14>1 - web tracing 1 - - failed trace_id={trace}
<14>1 - web tracing 1 - [ids@1 traceId="{trace}" spanId="00f067aa0ba902b7"] in structured data
<14>1 - web tracing 1 - - @cee: {{"msg":"in JSON","level":"warn","trace":{{"id":"{trace}"}},"amount":12}}
""".encode())
    rows = {r["body"].split(" trace_id")[0]: r for r in exactly(ears, f"trace:{trace}", [f"failed trace_id={trace}", "in structured data", "in JSON"])}
    assert rows["in JSON"]["level"] == "warn" and rows["in JSON"]["attributes"]["amount"] == 12 and rows["in structured data"]["span_id"] == "00f067aa0ba902b7"


def test_long_and_odd_messages(ears):
    """A line of 5 MB is cut and counted, what follows it is whole; bad UTF-8, NULs and a message from 1970 harm nobody."""
    before = listener(ears, "syslog")
    syslog(ears, b"<14>1 - h long - - - " + b"y" * (5 << 20) + b"\n<14>1 - h long - - - after\n<14>1 - h long - - - bad \xff\xfe utf\n"
                 b"<14>1 1970-01-01T00:00:01Z h long - - - old\nneither of both\n")
    wait_for("the message after it", lambda: ears.logs('service:long "after"'))
    assert ears.count("service:long") >= 3
    cut = next(r for r in ears.logs("service:long") if r["body"].startswith("y"))
    assert 200000 < len(cut["body"]) <= 256 << 10
    wait_for("the bad one", lambda: ears.logs('service:long "utf"'))
    after = listener(ears, "syslog")
    assert after["cut"] > before["cut"] and after["malformed"] > before["malformed"], (before, after)
    old = ears.logs('service:long "old"')[0]
    assert old["attributes"]["syslog.timestamp"] == "1970-01-01T00:00:01.000000000Z" and abs(int(old["time_ns"]) / 1e9 - time.time()) < 600, old


def flood(port, count):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for n in range(count):
            s.sendto(f"<14>1 - h flood - - - {n} ".encode() + b"z" * 60000, ("127.0.0.1", port))


def test_datagrams_that_come_too_fast_are_counted():
    """What the system drops while the store does not read is counted: taken and lost together are all."""
    f = listening()
    try:
        f.up()
        pid = f.pid("pleach-store") if "pleach-store" in f.status() else next(p for p, c in f.processes().items() if "part store" in c)
        os.kill(pid, signal.SIGSTOP)
        flood(f.ports["syslog"], 600)
        os.kill(pid, signal.SIGCONT)

        def all_known():
            flood(f.ports["syslog"], 1)
            state = listener(f, "syslog")
            return state["lost"] > 0 and state
        state = wait_for("losses are known", all_known, 60, every=0.2)
        assert state["lost"] > 100 and state["records"] + state["lost"] >= 600, state
        assert f.metric("store", "pleach_store_syslog_lost_total") >= 100
        wait_for("it is said in the store's log", lambda: f.logs('service:pleach-store "dropped"'), 30)
    finally:
        f.stop()


def test_kill_of_the_store():
    """kill -9 of the store while a Fluent client sends: it comes back, and nothing that was acknowledged is lost."""
    f = listening()
    try:
        f.up()
        due = {150, 350}
        n = 0
        end = time.monotonic() + 60 * SLOW
        connection = None
        while n < 600 and time.monotonic() < end:
            try:
                connection = connection or Forward(f.ports["forward"])
                connection.send("killed", [[int(time.time()), {"message": f"k{n}"}]], {"chunk": f"c{n}"})
                if n in due:
                    due.discard(n)
                    os.kill(next(p for p, c in f.processes().items() if "part store" in c), signal.SIGKILL)
                if connection.acknowledged(f"c{n}"):
                    n += 1
                    continue
            except OSError:
                time.sleep(0.05)
            if connection:
                connection.close()
            connection = None
        assert n == 600 and not due, (n, due)
        connection.close()
        wait_for("control asks the store again", lambda: f.count("service:killed") >= 600, 30)
        found = collections.Counter(r["body"] for r in f.logs("service:killed", limit=1000))
        assert set(found) == {f"k{i}" for i in range(600)}
        # Only what was outstanding at a kill may be there twice: the store had it and could not say so.
        assert sum(found.values()) <= 602, found.most_common(3)
    finally:
        f.expect_noise = True
        f.stop()


# --- Fluent Forward -------------------------------------------------------------------------------------------------------------------------------


def fluent(port, client, mode, tag, *more, count=COUNT):
    assert (CLIENTS / "node_modules").is_dir(), "run packaging/setup.sh test"
    return subprocess.run(["node", str(CLIENTS / "fluent.mjs"), client, mode, str(port), str(count), tag, *more], capture_output=True, text=True, timeout=120 * SLOW)


@pytest.mark.parametrize("client, mode", [("fluent-logger", "Message"), ("fluent-logger", "PackedForward"), ("fluent-logger", "CompressedPackedForward"),
                                          ("@fluent-org/logger", "Message"), ("@fluent-org/logger", "Forward"), ("@fluent-org/logger", "PackedForward"),
                                          ("@fluent-org/logger", "CompressedPackedForward")])
def test_fluent_loggers(ears, client, mode):
    """npm's fluent-logger and @fluent-org/logger in every mode, each line acknowledged, and found exactly once with its level, service, host and trace."""
    tag = f"{client.strip('@').replace('/', '-')}-{mode}".lower()
    done = fluent(ears.ports["forward"], client, mode, tag)
    assert done.returncode == 0 and done.stdout == f"{COUNT} acknowledged\n", done
    for row in exactly(ears, f"service:{tag}.line", [f"fluent line {n}" for n in range(COUNT)], seconds=5):
        n = row["attributes"]["number"]
        assert row["level"] == ("info" if n % 10 else "error") and row["instance"] == "fluent-host" and row["attributes"]["request.status"] == 200 + n, row
        assert row["trace_id"] == f"{n + 1:x}".rjust(32, "f") and row["attributes"]["fluent.tag"] == f"{tag}.line", row


def test_repeats_signals_and_heartbeats(ears):
    """A chunk that comes again is acknowledged and not kept twice; metrics are acknowledged, counted, not kept; heartbeats are answered by nothing."""
    before = listener(ears, "forward")
    now = int(time.time())
    packed = pack([now, {"message": "packed 1"}]) + pack([now, {"message": "packed 2"}])
    with Forward(ears.ports["forward"]) as c:
        c.socket.sendall(pack(None))
        for _ in range(2):
            c.send("repeat", [[now, {"message": "once"}]], {"chunk": "AAAA"})
            assert c.acknowledged("AAAA")
        c.send("repeat", [[now, {"message": "other bytes under the same id"}]], {"chunk": "AAAA"})
        assert c.acknowledged("AAAA")
        c.send("repeat", b"\x01\x02", {"chunk": "METRICS", "fluent_signal": 1})
        assert c.acknowledged("METRICS")
        c.send("repeat", gzip.compress(packed), {"chunk": "ZIP", "compressed": "gzip", "size": 2})
        assert c.acknowledged("ZIP")
        c.send("repeat", now, {"message": "unacknowledged"})
    with Forward(ears.ports["forward"]) as c:  # a new connection, as after a broken one
        c.send("repeat", [[now, {"message": "once"}]], {"chunk": "AAAA"})
        c.socket.shutdown(socket.SHUT_WR)
        assert c.acknowledged("AAAA"), "who has closed its side is still answered"
    exactly(ears, "service:repeat", ["once", "other bytes under the same id", "packed 1", "packed 2", "unacknowledged"])
    after = listener(ears, "forward")
    assert after["repeated"] - before["repeated"] == 2 and after["ignored"] - before["ignored"] == 1, (before, after)
    assert ears.metric("store", "pleach_store_forward_repeated_total") >= 2 and ears.metric("store", "pleach_store_forward_ignored_total") >= 1
    with Forward(ears.ports["forward"]) as c:
        wait_for("the connection is counted", lambda: ears.metric("store", "pleach_store_listener_connections") >= 1)


@pytest.mark.parametrize("name, data", [
    ("HTTP", b"GET / HTTP/1.1\r\n\r\n"),
    ("no MessagePack", b"\x92\xa1t\xc1"),
    ("no tag", pack([1, [[1, {}]]])),
    ("an entry that is none", pack(["t", [[1, {"message": "half refused"}], 5]])),
    ("packed and cut", pack(["t", pack([1, {"message": "half refused"}]) + b"\x92\x01"])),
    ("a zip bomb", pack(["t", gzip.compress(bytes(64 << 20)), {"compressed": "gzip"}])),
    ("too large", b"\x92\xa1t\xc6\x7f\xff\xff\xff" + bytes(17 << 20)),
    ("an unknown compression", pack(["t", b"x", {"compressed": "lz4"}])),
])
def test_what_is_refused(ears, name, data):
    """A message that is malformed or too large ends its connection, nothing of it is kept, and others go on."""
    before = listener(ears, "forward")
    with Forward(ears.ports["forward"]) as good, Forward(ears.ports["forward"]) as bad:
        with contextlib.suppress(OSError):
            bad.socket.sendall(data)
        assert bad.answers(1) == b"", name
        good.send("t", [[int(time.time()), {"message": "good"}]], {"chunk": "G" + str(len(data))})
        assert good.acknowledged("G" + str(len(data)))
    assert listener(ears, "forward")["refused"] == before["refused"] + 1
    assert ears.count('"half refused"') == 0


def test_shared_secret():
    """With a secret, who knows it sends, who does not is refused; the secret is nowhere in logs or answers."""
    f = listening(forward_secret="secrets/forward")
    secret = "sesame-open-5f1e"
    f.put("secrets/forward", secret + "\n")
    try:
        f.up()
        for client in ("fluent-logger", "@fluent-org/logger"):
            done = fluent(f.ports["forward"], client, "PackedForward", "known", secret, count=20)
            assert done.returncode == 0 and done.stdout == "20 acknowledged\n", done
        assert f.count("service:known.line") == 40
        done = fluent(f.ports["forward"], "fluent-logger", "Message", "unknown", "wrong", count=1)
        assert done.returncode == 3, done
        with Forward(f.ports["forward"]) as c:
            assert c.answers(6) == b"\x92\xa4HELO"
            c.send("unknown", [[1, {"message": "without a handshake"}]])
            c.answers(1 << 16)
        assert f.count("service:unknown*") == 0 and listener(f, "forward")["refused"] == 2
        wait_for("the refusal is said in the store's log", lambda: f.logs('service:pleach-store "secret"'), 30)
        said = f.request("GET", "/api/store", part="store").text + "".join(r["body"] for r in f.logs("service:pleach-store"))
        assert secret not in said
        assert all(secret not in p for p in f.processes().values()), "not on a command line either"
    finally:
        f.stop()


# --- configuration -------------------------------------------------------------------------------------------------------------------------------------


def store_alone(tmp_path, text, *words):
    (tmp_path / "pleach.yaml").write_text(text)
    return subprocess.run([BIN, "part", "store", "--fleet", str(tmp_path), *words], env=environment(tmp_path), capture_output=True, text=True, timeout=60 * SLOW)


@pytest.mark.parametrize("key", ["syslog", "syslog udp", "forward"])
def test_taken_port(tmp_path, key):
    """A port that another program has is an error that names the program."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if "udp" in key else socket.SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", free_port()))  # not one that the system gives to connections: only its UDP or its TCP is to be taken
        if "udp" not in key:
            taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        r = store_alone(tmp_path, f'fleet: alone\nstore: {{ listen: "127.0.0.1:{free_port()}", {key.split()[0]}: "{address}" }}\n')
    assert r.returncode == 1 and address in r.stderr and f"(pid {os.getpid()})" in r.stderr, r
    assert not list(tmp_path.glob("sanitizer*")), [p.read_text() for p in tmp_path.glob("sanitizer*")]


def test_settings(tmp_path):
    """Settings on the command line, and what is wrong in them."""
    import touched
    ports = [free_port() for _ in range(3)]
    words = [f"--listen=127.0.0.1:{ports[0]}", f"--syslog=127.0.0.1:{ports[1]}", "--syslog-zone=+02:00", f"--forward=127.0.0.1:{ports[2]}"]
    r = store_alone(tmp_path, "fleet: alone\n", *words, "--forward-secret=missing")
    assert r.returncode and "missing" in r.stderr, r
    (tmp_path / "empty").write_text("\n")
    r = store_alone(tmp_path, "fleet: alone\n", *words, f"--forward-secret={tmp_path}/empty")
    assert r.returncode and "holds no secret" in r.stderr, r
    r = store_alone(tmp_path, "fleet: alone\n", words[0], "--syslog-zone=CET")
    assert r.returncode and "offset from UTC" in r.stderr, r
    r = store_alone(tmp_path, 'fleet: alone\nstore: { syslog: "nowhere" }\n')
    assert r.returncode == 2 and "`syslog` must be an address" in r.stderr, r
    r = store_alone(tmp_path, 'fleet: alone\nstore: { syslog_zone: "+99:00" }\n')
    assert r.returncode == 2 and "`syslog_zone` must be an offset from UTC" in r.stderr, r
    touched.touch_command(["part", "store", *words, "--forward-secret=x"])


def test_zone():
    """Syslog times without a zone are of the configured one."""
    f = listening(syslog_zone="-05:30")
    try:
        f.up()
        local = time.strftime("%b %d %H:%M:%S", time.gmtime(time.time() - 5.5 * 3600))
        syslog(f, f"<14>{local} h zoned: x\n".encode())
        row = wait_for("the line", lambda: f.logs("service:zoned"), 30)[0]
        assert abs(int(row["time_ns"]) / 1e9 - time.time()) < 600, row
    finally:
        f.stop()
