"""TLS of Pleach's own calls: registries that want it, with and without certificates of ours; brokers; and whoever is not who they should be."""

import contextlib
import http.server
import json
import os
import shutil
import socket
import ssl
import threading
import urllib.request

import pytest
import yaml
from certs import Authority
from fleet import SLOW, run, wait_for
from test_discovery import Answers, Etcd, Kubernetes, registry, there

LOCAL = ("IP:127.0.0.1", "DNS:localhost")


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def secure(server, cert, key, client=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    if client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"https://localhost:{server.server_address[1]}"


def test_etcd(make_fleet, tmp_path, authority):
    """A real etcd that wants a certificate, a user and a password: asked, watched, and told what is wrong with each."""
    if not shutil.which("etcd"):
        pytest.fail("there is no etcd: packaging/setup.sh test installs it")
    cert, key = authority.sign("server", *LOCAL)
    mine, mine_key = authority.sign("pleach", subject="O")  # with a common name, etcd's gateway refuses it where it knows users
    stranger = Authority(tmp_path, "stranger")
    password = tmp_path / "password"
    password.write_text("correct horse\n")
    plain = Etcd(tmp_path)
    plain.put("/services/label-printer/1", "10.9.0.1:8080")
    plain.ask("auth/user/add", name="root", password="r")
    plain.ask("auth/user/add", name="reader", password="correct horse")
    plain.ask("auth/role/add", name="look")
    plain.ask("auth/role/grant", name="look", perm={"permType": "READ", "key": "L3NlcnZpY2VzLw==", "range_end": "L3NlcnZpY2VzMA=="})
    plain.ask("auth/user/grant", user="reader", role="look")
    plain.ask("auth/user/grant", user="root", role="root")
    plain.ask("auth/enable")
    fleet = make_fleet(discovery={"etcd": plain.url})
    fleet.add("orders")

    def now(**discovery):
        fleet.config["discovery"] = {"etcd": discovery.pop("url", plain.url)} | discovery
        fleet.put("pleach.yaml", yaml.safe_dump(fleet.config, sort_keys=False))

    def told(*words):
        wait_for(f"{words} to be told", lambda: all(w in registry(fleet, "etcd")["problem"] for w in words), 30 * SLOW)

    def post(what, headers=None, **body):
        context = ssl.create_default_context(cafile=authority.ca)
        context.load_cert_chain(mine, mine_key)
        request = urllib.request.Request(f"{plain.url}/v3/{what}", json.dumps(body).encode(), headers or {})
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            return json.load(answer)

    try:
        fleet.up()
        told("user name is empty")
        now(etcd_user="reader", etcd_password=str(password))
        wait_for("etcd's keys", lambda: set(there(fleet, "etcd")) == {("label-printer", "10.9.0.1:8080")}, 20 * SLOW)
        (tmp_path / "wrong").write_text("wrong")
        now(etcd_user="reader", etcd_password=str(tmp_path / "wrong"))
        told("it does not take `etcd_user`", "invalid user ID or password")
        assert "correct horse" not in json.dumps(fleet.api("/api/discovery"))
        plain.kill()
        plain.more = ["--cert-file", cert, "--key-file", key, "--client-cert-auth", "--trusted-ca-file", authority.ca]
        plain.url = plain.url.replace("http:", "https:")
        plain.start()
        user = {"url": plain.url, "etcd_user": "reader", "etcd_password": str(password)}
        now(**user)
        told("certificate is not trusted")
        now(**user, etcd_ca=str(stranger.ca))
        told("certificate is not trusted")
        now(**user, etcd_ca=str(authority.ca))
        wait_for("a certificate of ours to be asked for", lambda: registry(fleet, "etcd")["state"] == "failing" and "TLS" in registry(fleet, "etcd")["problem"], 20 * SLOW)
        now(**user, etcd_ca=str(authority.ca), etcd_cert=str(mine), etcd_key=str(key))
        told("is not that of the certificate")
        now(**user, etcd_ca=str(tmp_path / "nothing.pem"))
        told("nothing.pem")
        now(**user, etcd_ca=str(authority.ca), etcd_cert=str(mine), etcd_key=str(mine_key))
        wait_for("etcd's keys by TLS", lambda: registry(fleet, "etcd")["state"] == "following" and set(there(fleet, "etcd")) == {("label-printer", "10.9.0.1:8080")}, 20 * SLOW)
        assert registry(fleet, "etcd")["secure"]
        root = {"Authorization": post("auth/authenticate", name="root", password="r")["token"]}
        post("kv/put", root, key="L3NlcnZpY2VzL3N0b2NrL2E=", value="MTAuOS4wLjM6ODA=")
        wait_for("a new key over the watch", lambda: ("stock", "10.9.0.3:80") in there(fleet, "etcd"), 10 * SLOW)
    finally:
        plain.kill()
    r = run("check", cwd=fleet.root)
    assert r.code == 0, r
    now(etcd_user="reader", etcd_cert=str(cert))
    r = run("check", cwd=fleet.root)
    assert r.code != 0 and "`etcd_user` goes with `etcd_password`" in r.out + r.err and "`etcd_cert` goes with `etcd_key`" in r.out + r.err, r


class Renewing(Kubernetes):
    """Refuses the token "first" once it was told to."""

    old = False

    def get(self, http, path, query):
        if self.old and http.headers.get("Authorization") != "Bearer second":
            return http.whole(401, {"kind": "Status", "message": "Unauthorized"})
        return super().get(http, path, query)


def test_kubernetes(make_fleet, tmp_path, authority):
    """Kubernetes itself, as from within a pod: its authority's file and a token that is renewed in its file."""
    api = Renewing()
    api.slices = {n: api.slice(n, "label-printer", a) for n, a in (("lp-1", "10.7.0.1"), ("lp-2", "10.7.0.2"))}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.registry = api
    url = secure(server, *authority.sign("kubernetes", *LOCAL))
    token = tmp_path / "token"
    token.write_text("first\n")
    fleet = make_fleet(discovery={"kubernetes": url, "kubernetes_ca": str(authority.ca), "kubernetes_token": str(token), "kubernetes_namespace": "shop"})
    fleet.add("orders")
    fleet.up()
    wait_for("its slices", lambda: set(there(fleet, "kubernetes")) == {("label-printer", "10.7.0.1:8080"), ("label-printer", "10.7.0.2:8080")}, 20 * SLOW)
    wait_for("a watch", lambda: api.watches, 10 * SLOW)
    assert api.tokens == {"Bearer first"}
    token.write_text("second\n")
    api.old = True
    api.watches[-1][1].put("410")
    wait_for("the renewed token", lambda: "Bearer second" in api.tokens, 20 * SLOW)
    wait_for("a watch with it", lambda: len(api.watches) > 1, 20 * SLOW)
    api.watches[-1][1].put({"type": "ADDED", "object": api.slice("lp-3", "label-printer", "10.7.0.3")})
    wait_for("an event over TLS", lambda: ("label-printer", "10.7.0.3:8080") in there(fleet, "kubernetes"), 20 * SLOW)
    server.shutdown()
    server.server_close()


@contextlib.contextmanager
def dribbling(port, flip=None, cut=None, step=1):
    """In front of a port: passes on by pieces of `step` bytes, as slow networks and small segments do. flip: the byte at this place of what the server says is another; cut: it ends there."""
    def pass_on(one, other, of_server):
        at = 0
        with contextlib.suppress(OSError):
            while piece := one.recv(4096):
                if of_server and flip is not None and at <= flip < at + len(piece):
                    piece = piece[:flip - at] + bytes([piece[flip - at] ^ 0x55]) + piece[flip - at + 1:]
                if of_server and cut is not None and at + len(piece) > cut:
                    other.sendall(piece[:cut - at])
                    other.shutdown(socket.SHUT_RDWR)
                    return
                at += len(piece)
                for i in range(0, len(piece), step):
                    other.sendall(piece[i:i + step])
            other.shutdown(socket.SHUT_WR)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                here = listener.accept()[0]
                there_ = socket.create_connection(("127.0.0.1", port))
                for s in (here, there_):
                    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for pair in ((here, there_, False), (there_, here, True)):
                    threading.Thread(target=pass_on, args=pair, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]


class Broker(http.server.BaseHTTPRequestHandler):
    """The first page of a Pact broker; of /large a body that is long, of /cut one whose end is not TLS's."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        body = json.dumps({"_links": {}, "filler": "x" * 3_000_000 if "large" in self.path else ""}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/hal+json")
        if "cut" in self.path:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if "cut" in self.path:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True


def test_broker(tmp_path, authority):
    """A Pact broker over https: by name and by address; whoever is not who they should be is not asked; what is cut off is no answer."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broker)
    url = secure(server, *authority.sign("broker", *LOCAL))
    port = server.server_address[1]

    def ask(at, ca=authority.ca):
        return run("contract", "can-i-deploy", "a", "1", "--to", "test", "--broker", at, env=os.environ | {"SSL_CERT_FILE": str(ca)}).err

    def answers(at):
        return "No: a 1 should not be deployed to test." in run("contract", "can-i-deploy", "a", "1", "--to", "test", "--broker", at, env=os.environ | {"SSL_CERT_FILE": str(authority.ca)}).out

    names = f"https://127.0.0.1:{port}", url, f"{url}/large"
    for at in names:
        assert answers(at), ask(at)
    assert "broke off its answer" in ask(f"{url}/cut"), ask(f"{url}/cut")
    assert "certificate is not trusted" in ask(url, Authority(tmp_path, "stranger").ca)
    with dribbling(port) as slow:
        assert answers(f"https://localhost:{slow}"), ask(f"https://localhost:{slow}")
    server.shutdown()
    server.server_close()
    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broker)
    url = secure(other, *authority.sign("elsewhere", "DNS:elsewhere.example", "IP:127.0.0.2"))
    for at in (url, url.replace("localhost", "127.0.0.1")):
        assert "certificate is not trusted" in ask(at) and "mismatch" in ask(at), ask(at)
    other.shutdown()
    other.server_close()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        r = ask(f"https://localhost:{silent.getsockname()[1]}")
        assert "did not answer TLS's handshake in time" in r, r
    plain = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broker)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    assert "TLS" in ask(f"https://localhost:{plain.server_address[1]}"), ask(f"https://localhost:{plain.server_address[1]}")
    plain.shutdown()
    plain.server_close()


class Provider(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.hosts.append(self.headers["Host"])
        body = b'{"name": "a"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_provider(tmp_path, authority):
    """A provider is verified over https, interaction after interaction on one connection; one whose certificate nobody trusts is not asked."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.hosts = []
    url = secure(server, *authority.sign("provider", *LOCAL))
    pact = tmp_path / "web-ledger.json"
    pact.write_text(json.dumps({"consumer": {"name": "web"}, "provider": {"name": "ledger"}, "metadata": {"pactSpecification": {"version": "3.0.0"}}, "interactions": [
        {"description": f"asks for {n}", "request": {"method": "GET", "path": f"/{n}"}, "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"name": "a"}}} for n in range(5)]}))
    r = run("contract", "verify", pact, "--provider", url, "--json", env=os.environ | {"SSL_CERT_FILE": str(authority.ca)})
    assert r.code == 0 and server.hosts == [url.removeprefix("https://")] * 5, (r, server.hosts)
    r = run("contract", "verify", pact, "--provider", url, env=os.environ | {"SSL_CERT_FILE": str(Authority(tmp_path, "stranger").ca)})
    assert r.code == 1 and "certificate is not trusted" in r.out + r.err and len(server.hosts) == 5, r
    server.shutdown()
    server.server_close()


def test_broken_on_the_way(tmp_path, authority):
    """Whatever byte of the other side's words is changed or is the last to come: the answer is refused in words, or is the right one; never a wrong one, never a crash, never a long wait."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broker)
    secure(server, *authority.sign("broker", *LOCAL))
    port = server.server_address[1]
    refused = 0
    for kind, place in [("flip", n) for n in (*range(0, 12), *range(40, 1500, 97))] + [("cut", n) for n in (0, 1, 4, 5, 6, 100, 130, 300, 700, 1000, 1200)]:
        with dribbling(port, step=4096, **{kind: place}) as broken:
            r = run("contract", "can-i-deploy", "a", "1", "--to", "test", "--broker", f"https://localhost:{broken}", env=os.environ | {"SSL_CERT_FILE": str(authority.ca)}, timeout=20)
        right = r.code == 1 and r.out.startswith("No: a 1 should not be deployed to test.") and not r.err
        assert right or (r.code in (2, 4) and r.err.startswith("pleach: ") and not r.out), (kind, place, r)
        refused += not right
    assert refused >= 30, refused
    server.shutdown()
    server.server_close()
