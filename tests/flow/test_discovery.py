"""Registries that a running fleet follows: a real etcd that is killed and comes back, a Consul that plays what blocking queries have in store, a Kubernetes whose watches end."""

import base64
import contextlib
import json
import os
import queue
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from fleet import SLOW, call, free_port, wait_for


def registry(fleet, name):
    return {r["registry"]: r for r in fleet.api("/api/discovery")["registries"]}[name]


def there(fleet, name):
    return {(i["service"], i["address"]): i for i in registry(fleet, name)["instances"]}


class Answers(BaseHTTPRequestHandler):
    """What stands in front of a fake registry: answers whole, or line by line."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def whole(self, status, value, headers=()):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for k, v in headers:
            self.send_header(k, v)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        at = urlsplit(self.path)
        self.server.registry.get(self, unquote(at.path), {k: v[0] for k, v in parse_qs(at.query).items()})

    def do_POST(self):
        self.server.registry.post(self, self.path, self.rfile.read(int(self.headers["Content-Length"])))


def serve(fake):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    server.registry = fake
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}"


# --- etcd --------------------------------------------------------------------------------------------------------------------------------------------------


class Etcd:
    def __init__(self, folder):
        self.folder, self.port = folder, free_port(2)
        self.peer = self.port + 1
        self.url, self.more = f"http://127.0.0.1:{self.port}", []
        self.start()

    def start(self):
        peer = f"http://127.0.0.1:{self.peer}"
        with open(self.folder / "etcd.log", "ab") as log:
            self.process = subprocess.Popen(
                ["etcd", "--name", "one", "--data-dir", self.folder / "etcd", "--listen-client-urls", self.url, "--advertise-client-urls", self.url, "--listen-peer-urls", peer,
                 "--initial-advertise-peer-urls", peer, "--initial-cluster", f"one={peer}", "--unsafe-no-fsync", *self.more],
                stdout=log, stderr=log, env=os.environ | {"ETCD_UNSUPPORTED_ARCH": ""})
        wait_for("etcd", lambda: self.up(), 30)

    def up(self):
        try:
            if self.url.startswith("https:"):
                return socket.create_connection(("127.0.0.1", self.port), 2).close() is None
            return call(self.url, "GET", "/health", timeout=2).status == 200
        except OSError:
            return False

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def ask(self, what, **body):
        answer = call(self.url, "POST", f"/v3/{what}", json.dumps(body).encode(), {"Content-Type": "application/json"}, timeout=10)
        assert answer.status == 200, answer
        return answer.json()

    def put(self, key, value, **more):
        return self.ask("kv/put", key=base64.b64encode(key.encode()).decode(), value=base64.b64encode(value.encode()).decode(), **more)

    def delete(self, key):
        return self.ask("kv/deleterange", key=base64.b64encode(key.encode()).decode())


@pytest.fixture
def etcd(tmp_path):
    if not shutil.which("etcd"):
        pytest.fail("there is no etcd: packaging/setup.sh test installs it")
    e = Etcd(tmp_path)
    yield e
    e.kill()


def test_etcd(make_fleet, etcd):
    """Keys appear, change and expire with their lease; a killed etcd keeps what it said and is followed again; what only etcd knows is a stranger in the catalogue."""
    etcd.put("/services/label-printer/1", "10.9.0.1:8080")
    etcd.put("/services/label-printer/2", json.dumps({"Addr": "10.9.0.2:8080", "Metadata": {"owner": "logistics"}}))
    etcd.put("/elsewhere/x", "10.9.9.9:1")
    fleet = make_fleet(discovery={"etcd": etcd.url})
    fleet.add("orders")
    fleet.up()
    wait_for("etcd's keys", lambda: set(there(fleet, "etcd")) == {("label-printer", "10.9.0.1:8080"), ("label-printer", "10.9.0.2:8080")}, 20 * SLOW)
    lease = etcd.ask("lease/grant", TTL="2")["ID"]
    etcd.put("/services/stock/a", "10.9.0.3:80", lease=lease)
    wait_for("a new key", lambda: ("stock", "10.9.0.3:80") in there(fleet, "etcd"), 10 * SLOW)
    wait_for("its lease to expire", lambda: ("stock", "10.9.0.3:80") not in there(fleet, "etcd"), 20 * SLOW)
    etcd.put("/services/label-printer/1", "10.9.0.4:8080")
    wait_for("a changed value", lambda: ("label-printer", "10.9.0.4:8080") in there(fleet, "etcd"), 10 * SLOW)

    def known():
        answer = fleet.request("GET", "/api/catalog/label-printer")
        return answer.status == 200 and answer.json()
    service = wait_for("the catalogue to know it", known, 60 * SLOW)
    assert service["owner"] == "logistics" and "stranger" in {o["reason"] for o in service["orphan"]}, service
    runs = [v for v in service["values"] if v["key"] == "runs"][0]
    assert runs["claims"][0]["source"] == "etcd" and runs["claims"][0]["detail"].startswith("2 instances: 10.9.0."), runs

    etcd.kill()
    wait_for("its failure to be told", lambda: registry(fleet, "etcd")["state"] == "failing", 20 * SLOW)
    gone = registry(fleet, "etcd")
    assert gone["problem"] and len(gone["instances"]) == 2, gone
    wait_for("the catalogue to say so", lambda: "etcd: " in fleet.api("/api/catalog").get("missing", ""), 30 * SLOW)
    etcd.start()
    etcd.delete("/services/label-printer/2")
    wait_for("etcd to be followed again", lambda: set(there(fleet, "etcd")) == {("label-printer", "10.9.0.4:8080")} and registry(fleet, "etcd")["state"] == "following", 60 * SLOW)
    # What was compacted away meanwhile is no trouble either.
    revision = int(etcd.put("/services/stock/b", "10.9.0.5:80")["header"]["revision"])
    etcd.ask("kv/compaction", revision=str(revision))
    etcd.put("/services/stock/c", "10.9.0.6:80")
    wait_for("what came after a compaction", lambda: ("stock", "10.9.0.6:80") in there(fleet, "etcd"), 10 * SLOW)


class Compacting:
    """In front of an etcd: before it passes on the first question for a page that is not the first, a key is removed and the revision of the pages is compacted away."""

    def __init__(self, etcd):
        self.etcd, self.ranges, self.answers = etcd, [], []

    def post(self, http, path, body):
        if path != "/v3/kv/range":
            http.send_response(200)
            http.send_header("Transfer-Encoding", "chunked")
            http.end_headers()
            http.connection.settimeout(60)
            with contextlib.suppress(OSError):
                http.rfile.read(1)  # a watch that tells nothing, until who asked goes away
            return
        asked = json.loads(body)
        if "revision" in asked and not any("revision" in r for r in self.ranges):
            self.etcd.delete("/services/s0/0000")
            self.etcd.ask("kv/compaction", revision=self.etcd.put("/other", "x")["header"]["revision"])
        self.ranges.append(asked)
        answer = call(self.etcd.url, "POST", path, body, {"Content-Type": "application/json"}, timeout=10)
        self.answers.append(answer.status)
        http.whole(answer.status, answer.text.encode())


def test_etcd_pages(make_fleet, etcd):
    """More keys than a page: all of one revision. Where that is compacted meanwhile, the listing begins anew and has what is there now, no less and no more."""
    def b64(text):
        return base64.b64encode(text.encode()).decode()

    keys = [f"/services/s{i % 9}/{i:04}" for i in range(2300)]
    for at in range(0, len(keys), 100):
        etcd.ask("kv/txn", success=[{"request_put": {"key": b64(k), "value": b64(f"10.9.0.1:{1000 + int(k[-4:])}")}} for k in keys[at:at + 100]])
    between = Compacting(etcd)
    server, url = serve(between)
    fleet = make_fleet(discovery={"etcd": url})
    fleet.add("orders")
    fleet.up()
    wait_for("all pages", lambda: registry(fleet, "etcd")["state"] == "following", 20 * SLOW)
    assert sorted(i["id"] for i in registry(fleet, "etcd")["instances"]) == sorted(keys[1:])
    assert between.answers == [200, 400, 200, 200, 200], between.answers
    assert all(r["limit"] == "1000" for r in between.ranges)
    first, compacted, anew, second, third = (r.get("revision") for r in between.ranges)
    assert first is None and anew is None and int(second) > int(compacted) and third == second, between.ranges
    server.shutdown()
    server.server_close()


def test_etcd_large_values(make_fleet, etcd):
    """A page of large values is more than is taken at once: asked for in smaller ones."""
    for i in range(300):
        etcd.put(f"/services/s{i % 3}/{i:04}", json.dumps({"Addr": f"10.9.0.1:{1000 + i}", "pad": "x" * 250_000}))
    fleet = make_fleet(discovery={"etcd": etcd.url})
    fleet.add("orders")
    fleet.up()
    wait_for("all of them", lambda: len(registry(fleet, "etcd")["instances"]) == 300 and registry(fleet, "etcd")["state"] == "following", 30 * SLOW)
    etcd.put("/services/s0/new", "10.9.0.2:1")
    wait_for("what comes after", lambda: ("s0", "10.9.0.2:1") in there(fleet, "etcd"), 20 * SLOW)


# --- Consul ------------------------------------------------------------------------------------------------------------------------------------------------


class Consul:
    """The catalogue and health of Consul with blocking queries; `odd` makes the next answers of a kind what they should not be."""

    def __init__(self):
        self.changed = threading.Condition()
        self.index, self.odd, self.tokens, self.asked, self.busy = 10, None, set(), [], 0
        self.services = {}

    def set(self, name, *instances, index=None):
        with self.changed:
            if instances:
                self.services[name] = instances
            else:
                self.services.pop(name, None)
            self.index = self.index + 1 if index is None else index
            self.changed.notify_all()

    def wake(self, odd=None):
        """Blocking queries return though nothing has changed."""
        with self.changed:
            self.odd = odd
            self.early = True
            self.changed.notify_all()

    def get(self, http, path, query):
        self.asked.append((time.monotonic(), path, query))
        self.tokens.add(http.headers.get("X-Consul-Token"))
        wanted = int(query.get("index", 0))
        with self.changed:
            if wanted:
                self.early = False
                self.changed.wait_for(lambda: self.index != wanted or self.early, timeout=60)
            odd, headers = self.odd, [("X-Consul-Index", str(self.index))]
            if odd == "zero":
                headers = [("X-Consul-Index", "0")]
            elif odd == "none":
                headers = []
            elif odd == "broken":
                return http.whole(500, b"rpc error: No cluster leader")
            if path == "/v1/catalog/services":
                return http.whole(200, {"consul": []} | {n: [] for n in self.services}, headers)
            if path == "/v1/health/state/any":
                return http.whole(200, [], headers)
            name = path.removeprefix("/v1/health/service/")
            entries = [{"Node": {"Node": "n1", "Address": "10.8.0.1"}, "Service": {"ID": f"{name}-{i}", "Service": name, "Address": a, "Port": 80, "Meta": {"team": "logistics"}},
                        "Checks": [{"CheckID": "serfHealth", "Status": "passing"}, {"CheckID": "c", "Status": status}]} for i, (a, status) in enumerate(self.services.get(name, ()))]
            http.whole(200, entries, headers)


def test_consul(make_fleet):
    """Instances with their health as they change; indices that go back, are 0 or missing, answers that come early: followed all the same and never asked in a hurry. The token goes to Consul and nowhere else."""
    consul = Consul()
    consul.set("label-printer", ("", "passing"), ("10.8.0.2", "critical"))
    server, url = serve(consul)
    fleet = make_fleet(discovery={"consul": url, "consul_token": "consul.token"})
    fleet.put("consul.token", "s3cret-token-of-consul\n")
    fleet.add("orders")
    fleet.up()
    wait_for("Consul's services", lambda: {k: v["health"] for k, v in there(fleet, "consul").items()} == {("label-printer", "10.8.0.1:80"): "passing", ("label-printer", "10.8.0.2:80"): "critical"}, 20 * SLOW)
    consul.set("stock/odd name", ("10.8.0.3", "warning"))
    wait_for("a new service", lambda: there(fleet, "consul").get(("stock/odd name", "10.8.0.3:80"), {}).get("health") == "warning", 20 * SLOW)
    # A restored Consul: its index is smaller than what was asked with.
    consul.set("stock/odd name", index=3)
    wait_for("what a reset of the index brings", lambda: {s for s, _ in there(fleet, "consul")} == {"label-printer"}, 30 * SLOW)
    # Nothing has changed, and the index is 0 or missing: the next question must block, or at least be patient.
    for odd in ("zero", "none"):
        consul.wake(odd)
        before = len(consul.asked)
        time.sleep(3)
        assert len(consul.asked) - before <= 14, consul.asked[before:]
    consul.wake("broken")
    wait_for("a failure to be told", lambda: registry(fleet, "consul")["state"] == "failing", 30 * SLOW)
    failing = registry(fleet, "consul")
    assert "500" in failing["problem"] and len(failing["instances"]) == 2, failing
    consul.wake(None)
    consul.set("stock", ("10.8.0.7", "passing"))
    wait_for("Consul to be followed again", lambda: ("stock", "10.8.0.7:80") in there(fleet, "consul"), 60 * SLOW)
    assert consul.tokens == {"s3cret-token-of-consul"}, consul.tokens

    def known():
        answer = fleet.request("GET", "/api/catalog/label-printer")
        return answer.status == 200 and answer.json()
    service = wait_for("the catalogue to know it", known, 60 * SLOW)
    assert service["owner"] == "logistics", service
    assert "2 instances, 1 failing: 10.8.0.1:80, …" in json.dumps(service, ensure_ascii=False), service
    logs = b"".join(p.read_bytes() for p in (fleet.root / ".pleach").rglob("*") if p.is_file())
    assert b"s3cret-token" not in logs, "the token is in a file of the fleet's state"
    server.shutdown()
    server.server_close()


def test_consul_that_is_none(make_fleet):
    """Whatever answers under the URL: said in words, with a remedy."""

    class Other:
        def get(self, http, path, query):
            http.whole(200, b"<html>It works!</html>" if path.endswith("services") else b"[]")

    server, url = serve(Other())
    fleet = make_fleet(discovery={"consul": url, "etcd": "http://no-such-host.invalid:2379", "kubernetes": url})
    fleet.add("orders")
    fleet.up()
    wait_for("the three to fail", lambda: all(r["state"] == "failing" for r in fleet.api("/api/discovery")["registries"]), 40 * SLOW)
    words = {r["registry"]: r["problem"] for r in fleet.api("/api/discovery")["registries"]}
    assert "usually port 8500" in words["consul"], words
    assert words["etcd"] == "no name server knows its host", words
    assert "kubectl proxy" in words["kubernetes"], words
    server.shutdown()
    server.server_close()


# --- Kubernetes ----------------------------------------------------------------------------------------------------------------------------------------------


class Kubernetes:
    """Endpoint slices, listed in pages and watched; None in a watch's queue ends it, "410" says that its version is too old."""

    def __init__(self):
        self.slices, self.version, self.watches, self.lists, self.tokens = {}, 100, [], 0, set()

    def slice(self, name, service, *addresses):
        self.version += 1
        return {"metadata": {"name": name, "namespace": "shop", "resourceVersion": str(self.version), "labels": {"kubernetes.io/service-name": service, "team": "logistics"}},
                "ports": [{"port": 8080, "protocol": "TCP"}], "endpoints": [{"addresses": [a], "conditions": {"ready": True}} for a in addresses]}

    def get(self, http, path, query):
        self.tokens.add(http.headers.get("Authorization"))
        assert path == "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices", path
        if "watch" not in query:
            self.lists += "continue" not in query
            names = sorted(self.slices)
            at = int(query.get("continue", 0))
            more = {"continue": str(at + 1)} if at + 1 < len(names) else {}
            return http.whole(200, {"kind": "EndpointSliceList", "metadata": {"resourceVersion": str(self.version)} | more, "items": [self.slices[n] for n in names[at:at + 1]]})
        mine = queue.Queue()
        self.watches.append((query, mine))
        http.send_response(200)
        http.send_header("Transfer-Encoding", "chunked")
        http.end_headers()
        while True:
            try:
                event = mine.get(timeout=60)
            except queue.Empty:
                return None
            if event is None:
                http.wfile.write(b"0\r\n\r\n")
                return None
            if event == "cut":
                http.close_connection = True
                http.connection.close()
                return None
            line = json.dumps({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}} if event == "410" else event).encode() + b"\n"
            half = len(line) // 2  # lines need not come whole
            for piece in (line[:half], line[half:]):
                http.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                http.wfile.flush()


def test_kubernetes(make_fleet):
    """A list of several pages, events, bookmarks, a watch that ends as it should and one that is cut, a version that is too old."""
    api = Kubernetes()
    api.slices = {n: api.slice(n, "label-printer", a) for n, a in (("lp-1", "10.7.0.1"), ("lp-2", "10.7.0.2"), ("lp-3", "10.7.0.3"))}
    server, url = serve(api)
    fleet = make_fleet(discovery={"kubernetes": url, "kubernetes_token": "k8s.token", "kubernetes_namespace": "shop"})
    fleet.put("k8s.token", "abc.def")
    fleet.add("orders")
    fleet.up()

    def addresses():
        return {a for _, a in there(fleet, "kubernetes")}

    wait_for("three pages", lambda: addresses() == {f"10.7.0.{i}:8080" for i in (1, 2, 3)}, 20 * SLOW)
    wait_for("a watch", lambda: api.watches, 10 * SLOW)
    query, watch = api.watches[0]
    assert query["resourceVersion"] == "103" and query["allowWatchBookmarks"] == "true", query
    watch.put({"type": "ADDED", "object": api.slice("lp-4", "label-printer", "10.7.0.4")})
    watch.put({"type": "DELETED", "object": api.slices["lp-1"] | {"metadata": api.slices["lp-1"]["metadata"] | {"resourceVersion": "105"}}})
    watch.put({"type": "BOOKMARK", "object": {"kind": "EndpointSlice", "metadata": {"resourceVersion": "150"}}})
    wait_for("events", lambda: addresses() == {f"10.7.0.{i}:8080" for i in (2, 3, 4)}, 10 * SLOW)
    watch.put(None)
    wait_for("the next watch", lambda: len(api.watches) == 2, 10 * SLOW)
    assert api.watches[1][0]["resourceVersion"] == "150" and api.lists == 1, api.watches
    api.slices = {"lp-9": api.slice("lp-9", "label-printer", "10.7.0.9")}
    api.watches[1][1].put("410")
    wait_for("a list anew", lambda: addresses() == {"10.7.0.9:8080"}, 10 * SLOW)
    wait_for("the third watch", lambda: len(api.watches) == 3, 10 * SLOW)
    api.watches[2][1].put("cut")
    wait_for("another watch after a cut", lambda: len(api.watches) == 4, 30 * SLOW)
    assert registry(fleet, "kubernetes")["state"] == "following" and addresses() == {"10.7.0.9:8080"}
    assert api.tokens == {"Bearer abc.def"}
    server.shutdown()
    server.server_close()


# --- DNS -------------------------------------------------------------------------------------------------------------------------------------------------


def name_bytes(name):
    return b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0"


class Names:
    """A name server over UDP: records by (name, type), as data with a TTL of a second; `silent` says nothing, `code` 2 that it failed."""

    A, AAAA, SRV = 1, 28, 33

    def __init__(self):
        self.records, self.silent, self.code, self.asked = {}, False, None, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                question, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            self.asked += 1
            labels, at = [], 12
            while question[at]:
                labels.append(question[at + 1:at + 1 + question[at]].decode())
                at += 1 + question[at]
            kind = struct.unpack(">H", question[at + 1:at + 3])[0]
            name = ".".join(labels).lower()
            found = self.records.get((name, kind), [])
            known = any(n == name for n, _ in self.records)
            code = self.code if self.code is not None else 0 if known else 3
            head = struct.pack(">HHHHHH", struct.unpack(">H", question[:2])[0], 0x8180 | code, 1, 0 if code else len(found), 0, 0)
            body = question[12:at + 5]
            for data in [] if code else found:
                body += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 1, len(data)) + data
            if not self.silent:
                self.socket.sendto(head + body, peer)

    @staticmethod
    def srv(host, port):
        return struct.pack(">HHH", 1, 1, port) + name_bytes(host)


def test_dns(make_fleet):
    """SRV records and addresses as they change; a name that is not there is no failure, a server that fails or is silent is one, and what was known stays."""
    dns = Names()
    dns.records = {("_orders._tcp.shop.example", Names.SRV): [Names.srv("n1.shop.example", 8080), Names.srv("n2.shop.example", 8081)],
                   ("label-printer.shop.example", Names.A): [socket.inet_aton("10.3.0.1"), socket.inet_aton("10.3.0.2")],
                   ("label-printer.shop.example", Names.AAAA): [socket.inet_pton(socket.AF_INET6, "fd00::3")]}
    fleet = make_fleet(discovery={"dns": ["_orders._tcp.shop.example", "label-printer.shop.example:9000", "nobody.shop.example:1"], "dns_server": dns.address})
    fleet.add("orders")
    fleet.up()
    printer = {("label-printer", a) for a in ("10.3.0.1:9000", "10.3.0.2:9000", "[fd00::3]:9000")}
    wait_for("names", lambda: set(there(fleet, "dns")) == {("orders", "n1.shop.example:8080"), ("orders", "n2.shop.example:8081")} | printer, 20 * SLOW)
    changes = registry(fleet, "dns")["changes"]
    dns.records[("_orders._tcp.shop.example", Names.SRV)] = [Names.srv("n2.shop.example", 8081)]
    wait_for("one less", lambda: set(there(fleet, "dns")) == {("orders", "n2.shop.example:8081")} | printer, 30 * SLOW)
    assert registry(fleet, "dns")["changes"] == changes + 1
    asked = dns.asked
    dns.code = 2
    wait_for("its failure to be told", lambda: registry(fleet, "dns")["state"] == "failing", 30 * SLOW)
    assert "DNS has no answer about" in registry(fleet, "dns")["problem"] and len(there(fleet, "dns")) == 4
    assert dns.asked - asked < 60, "it is asked in a hurry"
    dns.code, dns.silent, asked = None, True, dns.asked
    wait_for("a question that nobody answers", lambda: dns.asked > asked, 60 * SLOW)
    assert len(there(fleet, "dns")) == 4
    dns.silent = False
    wait_for("names again", lambda: registry(fleet, "dns")["state"] == "following", 60 * SLOW)
    dns.socket.close()
