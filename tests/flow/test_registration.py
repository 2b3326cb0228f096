"""Consul's API as it is served here: a real client registers, watches and leaves; checks by HTTP and by silence; registrations outlive control; another Pleach follows it as if it were Consul."""

import json
import pathlib
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from certs import Authority
from fleet import SLOW, free_port, wait_for
from test_tls import secure

CLIENT = pathlib.Path(__file__).resolve().parents[1] / "clients" / "consul.mjs"


def client(fleet, *words):
    done = subprocess.run(["node", CLIENT, str(fleet.ports["control"]), *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    return {x["what"]: x["value"] for x in map(json.loads, done.stdout.splitlines())}


def put(fleet, path, body=None):
    return fleet.request("PUT", path, None if body is None else json.dumps(body).encode())


def healths(fleet, name):
    """Of each instance: of its checks the worst."""
    order = ["passing", "warning", "critical"]
    return {e["Service"]["ID"]: max((c["Status"] for c in e["Checks"]), key=order.index, default="passing") for e in fleet.request("GET", f"/v1/health/service/{name}").json()}


def test_client(make_fleet):
    """The npm client registers a service, sees it turn well by a blocking query, reads every list, and leaves; then one stays, and is in the catalogue with its owner, after a restart of control too."""
    fleet = make_fleet()
    fleet.add("orders")
    fleet.up()
    said = client(fleet)
    assert said["critical"] == [], said["critical"]
    entry = said["passing"][0]
    assert (entry["Service"]["ID"], entry["Service"]["Address"], entry["Service"]["Port"], entry["Service"]["Tags"], entry["Service"]["Meta"]) == ("lp-1", "10.6.0.1", 8080, ["v1", "blue"], {"team": "logistics"}), entry
    assert entry["Checks"][0]["CheckID"] == "service:lp-1" and entry["Checks"][0]["Output"] == "printing", entry
    assert said["services"] == {"label-printer": ["v1", "blue"]}, said["services"]
    assert said["nodes"][0]["ServiceAddress"] == "10.6.0.1" and said["nodes"][0]["Node"] == "pleach", said["nodes"]
    assert set(said["agent"]) == {"lp-1"} and said["checks"][0]["Status"] == "passing" and said["leader"] and said["after"] == {}, said

    client(fleet, "stay")
    fleet.expect_noise = True
    fleet.kill("pleach-control")
    wait_for("the registration to be there again", lambda: set(fleet.request("GET", "/v1/agent/services").json()) == {"lp-1"}, 20 * SLOW)

    def known():
        answer = fleet.request("GET", "/api/catalog/label-printer")
        return answer.status == 200 and answer.json()

    service = wait_for("the catalogue to know it", known, 60 * SLOW)
    assert service["owner"] == "logistics" and "registered" in json.dumps(service["values"]), service


class Health(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked += 1
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"hi")


def test_checks(make_fleet):
    """What a service's health address answers is its health; silence of a TTL makes critical; whoever asks with an index hears of it at once."""
    fleet = make_fleet()
    fleet.add("orders")
    fleet.up()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Health)
    server.status, server.asked = 200, 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/health?x=1"
    assert put(fleet, "/v1/agent/service/register", {"Name": "stock", "ID": "s1", "Check": {"HTTP": url, "Interval": "1s", "Timeout": "2s"}}).status == 200
    assert put(fleet, "/v1/agent/service/register", {"Name": "stock", "ID": "s2", "Check": {"TTL": "1s", "Status": "passing"}}).status == 200
    assert put(fleet, "/v1/agent/service/register", {"Name": "stock", "ID": "s3", "Check": {"HTTP": "http://stock.invalid/", "Interval": "1s"}}).status == 200
    assert put(fleet, "/v1/catalog/register", {"Node": "far", "Address": "10.5.0.1", "Service": {"Service": "stock", "ID": "s4", "Address": "10.5.0.1", "Port": 1}}).json() is True
    wait_for("checks", lambda: healths(fleet, "stock") == {"s1": "passing", "s2": "critical", "s3": "critical", "s4": "passing"}, 15 * SLOW)
    outputs = {c["ServiceID"]: c["Output"] for c in fleet.request("GET", "/v1/health/state/critical").json()}
    assert outputs["s2"] == "TTL expired" and "no name server knows the host stock.invalid" in outputs["s3"], outputs
    assert {e["Service"]["ID"] for e in fleet.request("GET", "/v1/health/service/stock?passing").json()} == {"s1", "s4"}
    # The index of an answer, and what it waits for.
    answer = fleet.request("GET", "/v1/health/service/stock")
    index = answer.headers["x-consul-index"]
    heard = []
    waiter = threading.Thread(target=lambda: heard.append((fleet.request("GET", f"/v1/health/service/stock?index={index}&wait=30s"), time.monotonic())))
    waiter.start()
    time.sleep(0.5)
    assert not heard
    server.status, begun = 429, time.monotonic()
    waiter.join(20)
    assert heard and heard[0][1] - begun < 5 * SLOW and int(heard[0][0].headers["x-consul-index"]) > int(index), heard
    assert healths(fleet, "stock")["s1"] == "warning"
    begun = time.monotonic()
    index = fleet.request("GET", "/v1/catalog/services").headers["x-consul-index"]
    fleet.request("GET", f"/v1/catalog/services?index={index}&wait=1s")
    assert 0.5 < time.monotonic() - begun < 10 * SLOW or fleet.request("GET", "/v1/catalog/services").headers["x-consul-index"] != index
    server.shutdown()
    server.server_close()
    wait_for("a server that is gone", lambda: healths(fleet, "stock")["s1"] == "critical", 15 * SLOW)


def test_out_of_rotation(make_fleet):
    """A service says that it is worked on: nobody is sent there, whatever its checks say, until it says otherwise; a second registration and a restart of control change nothing of that."""
    fleet = make_fleet()
    fleet.add("orders")
    fleet.up()
    service = {"Name": "stock", "ID": "s 1", "Port": 81, "Check": {"TTL": "300s", "Status": "passing"}}
    assert put(fleet, "/v1/agent/service/register", service).status == 200
    get = lambda path: fleet.request("GET", path)
    passing = lambda: [e["Service"]["ID"] for e in get("/v1/health/service/stock?passing").json()]
    assert passing() == ["s 1"] and get("/v1/agent/health/service/id/s%201").status == 200
    for path, status in (("s%201?enable=yes", 400), ("s%201", 400), ("nobody?enable=true", 404)):
        assert put(fleet, "/v1/agent/service/maintenance/" + path).status == status, path
    index = get("/v1/health/service/stock").headers["x-consul-index"]
    assert put(fleet, "/v1/agent/service/maintenance/s%201?enable=true&reason=a+new+disk").status == 200
    assert put(fleet, "/v1/agent/service/maintenance/s%201?enable=true").status == 200
    assert get("/v1/health/service/stock").headers["x-consul-index"] != index

    def resting():
        [check] = [c for c in get("/v1/health/checks/stock").json() if c["CheckID"] == "_service_maintenance:s 1"]
        assert check["Notes"] == "a new disk" and check["Status"] == "critical", check
        assert passing() == [] and get("/v1/agent/health/service/name/stock?format=text").text == "critical"

    resting()
    assert put(fleet, "/v1/agent/service/register", service | {"Port": 82}).status == 200
    resting()
    fleet.expect_noise = True
    fleet.kill("pleach-control")
    wait_for("the registration to be there again", lambda: set(get("/v1/agent/services").json()) == {"s 1"}, 20 * SLOW)
    resting()
    assert get("/v1/agent/service/s%201").json()["Port"] == 82
    assert put(fleet, "/v1/agent/service/maintenance/s%201?enable=false").status == 200
    assert put(fleet, "/v1/agent/check/pass/service:s%201").status == 200
    assert passing() == ["s 1"] and len(get("/v1/health/checks/stock").json()) == 1


def test_answers_of_the_agent(make_fleet):
    """How a service is as a status, for who looks at no body; nodes; what is not there is not passed over."""
    fleet = make_fleet()
    fleet.add("orders")
    fleet.up()
    get = lambda path: fleet.request("GET", path)
    for number, status in (("1", "passing"), ("2", "warning"), ("3", "critical")):
        put(fleet, "/v1/agent/service/register", {"Name": "stock", "ID": f"s{number}", "Check": {"TTL": "300s", "Status": status}})
    put(fleet, "/v1/catalog/register", {"Node": "far", "Address": "10.5.0.1", "Service": {"Service": "depot", "ID": "d", "Address": "10.5.0.1", "Port": 1}})
    for path, status, word in (("id/s1", 200, "passing"), ("id/s2", 429, "warning"), ("id/s3", 503, "critical"), ("id/s4", 404, "no service with the id s4"), ("name/stock", 503, "critical"), ("name/depot", 200, "passing"),
                               ("name/none", 404, "no service with the name none")):
        answer, text = get("/v1/agent/health/service/" + path), get(f"/v1/agent/health/service/{path}?format=text")
        assert answer.status == text.status == status and word in text.text, (path, answer, text)
        if path.startswith("id/") and status != 404:
            assert answer.json()["AggregatedStatus"] == word and answer.json()["Service"]["ID"] == path[3:] and answer.json()["Checks"], answer.json()
    assert [s["AggregatedStatus"] for s in get("/v1/agent/health/service/name/stock").json()] == ["passing", "warning", "critical"]
    assert get("/v1/agent/service/s1").json()["Service"] == "stock" and get("/v1/agent/service/s9").status == 404
    assert [n["Node"] for n in get("/v1/catalog/nodes").json()] == ["pleach", "far"] and get("/v1/catalog/datacenters").json() == ["dc1"]
    assert list(get("/v1/catalog/node/far").json()["Services"]) == ["d"] and get("/v1/catalog/node/away").json() is None
    assert len(get("/v1/catalog/node/pleach").json()["Services"]) == 3 and len(get("/v1/health/node/pleach").json()) == 3 and get("/v1/health/node/away").json() == []
    refused = get("/v1/health/service/stock?filter=" + "Service.Meta.version%20%3D%3D%20%221%22")
    assert refused.status == 400 and "filter" in refused.text, refused


class Picky(Health):
    """Well for whoever sends what the check was told to send."""

    def do_GET(self):
        self.server.status = 200 if self.headers["X-Key"] == "k" and self.headers["Host"] == "stock.example" and self.path == "/ready" else 400
        super().do_GET()


def test_checks_of_other_kinds(make_fleet, tmp_path):
    """By TCP, by gRPC against a real server of it, by names, over TLS whose certificate is good, is not, or does not matter; with headers."""
    fleet = make_fleet()
    fleet.add("orders")
    fleet.up()
    picky = ThreadingHTTPServer(("127.0.0.1", 0), Picky)
    picky.asked = 0
    threading.Thread(target=picky.serve_forever, daemon=True).start()
    tls = ThreadingHTTPServer(("127.0.0.1", 0), Health)
    tls.status, tls.asked = 200, 0
    secure(tls, *Authority(tmp_path).sign("stock", "DNS:localhost"))
    port, tls_port = picky.server_address[1], tls.server_address[1]
    with subprocess.Popen(["node", CLIENT.with_name("health.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as grpc:
        grpc_port = int(grpc.stdout.readline())
        for name, check in {
            "headers": {"HTTP": f"http://localhost:{port}/ready", "Header": {"X-Key": ["k"], "Host": ["stock.example"]}}, "no-headers": {"HTTP": f"http://localhost:{port}/ready"},
            "tcp": {"TCP": f"localhost:{port}"}, "tcp-closed": {"TCP": f"127.0.0.1:{free_port()}"}, "tcp-nowhere": {"TCP": "stock.invalid:1"},
            "grpc": {"GRPC": f"127.0.0.1:{grpc_port}"}, "grpc-down": {"GRPC": f"localhost:{grpc_port}/down"}, "grpc-unknown": {"GRPC": f"127.0.0.1:{grpc_port}/other"}, "grpc-none": {"GRPC": f"127.0.0.1:{port}", "Timeout": "2s"},
            "tls": {"HTTP": f"https://localhost:{tls_port}/"}, "tls-any": {"HTTP": f"https://localhost:{tls_port}/", "TLSSkipVerify": True},
        }.items():
            answer = put(fleet, "/v1/agent/service/register", {"Name": "stock", "ID": name, "Check": check | {"Interval": "1s"}})
            assert answer.status == 200, (name, answer)
        want = {"headers": "passing", "no-headers": "critical", "tcp": "passing", "tcp-closed": "critical", "tcp-nowhere": "critical", "grpc": "passing", "grpc-down": "critical", "grpc-unknown": "critical",
                "grpc-none": "critical", "tls": "critical", "tls-any": "passing"}

        def outputs():
            return {c["ServiceID"]: c["Output"] for c in fleet.request("GET", "/v1/health/checks/stock").json()}

        wait_for("checks", lambda: healths(fleet, "stock") == want and all(outputs().values()), 20 * SLOW)
        said = outputs()
        for name, words in {"headers": "200 OK", "no-headers": "400 Bad Request", "tcp": f"TCP connect localhost:{port}: Success", "tcp-closed": "connection refused", "tcp-nowhere": "no name server knows the host stock.invalid",
                            "grpc": "success", "grpc-down": "NOT_SERVING", "grpc-unknown": "NOT_FOUND: unknown service", "tls": "certificate is not trusted", "tls-any": "200 OK"}.items():
            assert words in said[name], (name, said)
        grpc.stdin.close()
        grpc.wait(10)
    wait_for("the server of gRPC to be missed", lambda: healths(fleet, "stock")["grpc"] == "critical", 15 * SLOW)
    for server in (picky, tls):
        server.shutdown()
        server.server_close()
    wait_for("the others too", lambda: set(healths(fleet, "stock").values()) == {"critical"}, 20 * SLOW)


def test_what_is_refused(make_fleet):
    """Said in words, as text, with what to do instead."""
    fleet = make_fleet()
    fleet.add("orders")
    fleet.up()
    for method, path, body, status, word in (
        ("PUT", "/v1/agent/service/register", {"Name": "x", "Check": {"Args": ["/bin/sh", "-c", "id"]}}, 400, "checks by Args are not there; use TTL, HTTP, TCP or GRPC"),
        ("PUT", "/v1/agent/service/register", {"Name": ""}, 400, "Missing service name"),
        ("PUT", "/v1/catalog/register", {"Node": "far"}, 400, "nodes alone are not kept"),
        ("PUT", "/v1/agent/service/deregister/nobody", None, 404, "Unknown service ID"),
        ("PUT", "/v1/catalog/deregister", {"Node": "far", "ServiceID": "nobody"}, 404, "Unknown service ID"),
        ("PUT", "/v1/agent/check/pass/nothing", None, 404, "Unknown check ID"),
        ("PUT", "/v1/agent/check/warn/nothing", None, 404, "Unknown check ID"),
        ("PUT", "/v1/agent/check/fail/nothing", None, 404, "Unknown check ID"),
        ("PUT", "/v1/agent/check/update/nothing", {"Status": "fine"}, 400, "Invalid check status"),
        ("GET", "/v1/agent/service/register", None, 405, "not allowed"),
        ("GET", "/v1/catalog/gateway-services/x", None, 404, "no such endpoint of Consul"),
        ("GET", "/v1/health/service/", None, 404, "no such endpoint of Consul"),
    ):
        answer = fleet.request(method, path, None if body is None else json.dumps(body).encode())
        assert answer.status == status and word in answer.text, (path, answer)
    answer = fleet.request("PUT", "/v1/agent/service/register", b"{not json")
    assert answer.status == 400, answer


def test_followed_by_another(make_fleet):
    """What registers in one fleet is found by the other, which takes it for a Consul."""
    one = make_fleet()
    one.add("orders")
    one.up()
    assert put(one, "/v1/agent/service/register", {"Name": "stock", "ID": "s1", "Address": "10.4.0.1", "Port": 80, "Meta": {"owner": "logistics"}}).status == 200
    other = make_fleet(discovery={"consul": one.control})
    other.add("orders")
    other.up()

    def found():
        registries = other.api("/api/discovery")["registries"]
        return registries and {(i["service"], i["address"], i["health"]) for i in registries[0]["instances"]}

    wait_for("the service", lambda: found() == {("stock", "10.4.0.1:80", "passing")}, 20 * SLOW)
    assert put(one, "/v1/agent/service/register", {"Name": "billing", "Address": "::1", "Port": 81}).status == 200
    wait_for("another", lambda: found() == {("stock", "10.4.0.1:80", "passing"), ("billing", "[::1]:81", "passing")}, 20 * SLOW)
    assert one.api("/api/discovery")["registries"][0]["registry"] == "pleach"
