"""Webhooks of the broker: made by pact-cli, sent when something happens, never lost by kill -9, never a burden to anybody else, and silent about secrets."""

import http.server
import json
import threading
import time

import fleet
import pytest
from fleet import wait_for
from pact_broker import Broker, Control, a_broker


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what it is sent: (method, path, headers, body). /never answers never, /endless without an end, /500 and /302 with that status."""
    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        self.got, self.over = [], threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def take(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                receiver.got.append((self.command, self.path, dict(self.headers), body))
                if self.path == "/never":
                    receiver.over.wait(60)
                    return
                if self.path == "/endless":
                    self.send_response(200)
                    self.end_headers()
                    while not receiver.over.is_set():
                        self.wfile.write(b"x" * 65536)
                status = int(self.path[1:]) if self.path[1:].isdigit() else 200
                self.send_response(status)
                self.send_header("Location", "/moved")
                self.send_header("Set-Cookie", "secret=1")
                self.send_header("Content-Length", "4")
                self.end_headers()
                self.wfile.write(b"done")

            do_GET = do_POST = do_PUT = take

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def at(self, path):
        return [g for g in self.got if g[1] == path]

    def end(self):
        self.over.set()
        self.shutdown()
        self.thread.join()
        self.server_close()


@pytest.fixture(scope="module")
def receiver():
    r = Receiver()
    yield r
    r.end()


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    yield from a_broker(tmp_path_factory.mktemp("hooks"))


def known(b, *names):
    for name in names:
        b.ok("PUT", f"/pacticipants/{name}", {"name": name})


def hook(b, url, *events, consumer=None, provider=None, body=None, headers=None, path="/webhooks", method="POST", verb="POST"):
    return b.ok(verb, path, {"description": url, "events": [{"name": e} for e in events], "request": {"method": method, "url": url, "headers": headers or {}, "body": body},
                             **({"consumer": consumer} if consumer else {}), **({"provider": provider} if provider else {})})


def shown(b, uuid):
    return b.ok("GET", f"/webhooks/{uuid}")


def uuid_of(answer):
    return answer["_links"]["self"]["href"].rsplit("/", 1)[1]


def test_by_the_cli(broker, receiver):
    """Made, changed, tried and deleted by pact-cli; nothing that is secret is shown again."""
    b = broker
    b.publish(b.pact("cli", "hooked", "x"), "1", "main", ["dev"])
    b.cli("create-webhook", receiver.url + "/cli", "--request", "POST", "--header", "X-Api-Key: s3cret",
          "--data", '{"who":"${pactbroker.consumerName}","v":"${pactbroker.consumerVersionNumber}"}', "--consumer", "cli", "--provider", "hooked", "--description", "by the cli",
          "--contract-published", "--user", "ann:pa55word")
    made = next(w for w in b.ok("GET", "/webhooks/provider/hooked/consumer/cli")["_links"]["pb:webhooks"])
    uuid = made["href"].rsplit("/", 1)[1]
    text = json.dumps(shown(b, uuid)) + json.dumps(b.ok("GET", "/webhooks"))
    assert "s3cret" not in text and "pa55word" not in text and "**********" in text, text
    b.cli("test-webhook", "--uuid", uuid)
    method, _, headers, body = receiver.at("/cli")[0]
    assert method == "POST" and headers["X-Api-Key"] == "s3cret" and headers["Authorization"].startswith("Basic ") and json.loads(body) == {"who": "cli", "v": "1"}
    # A client that sends back what it was shown keeps the secret.
    w = shown(b, uuid)
    b.ok("PUT", f"/webhooks/{uuid}", {k: w[k] for k in ("description", "events", "request", "consumer", "provider", "enabled")})
    b.publish(b.pact("cli", "hooked", "x"), "2", "main")
    wait_for("it is sent", lambda: len(receiver.at("/cli")) == 2)
    assert receiver.at("/cli")[1][2]["X-Api-Key"] == "s3cret" and json.loads(receiver.at("/cli")[1][3])["v"] == "2"
    b.cli("create-or-update-webhook", receiver.url + "/cli2", "--uuid", uuid, "--request", "PUT", "--consumer", "cli", "--provider", "hooked", "--contract-published", "--data", "plain")
    b.publish(b.pact("cli", "hooked", "x"), "3", "main")
    wait_for("the changed one is sent", lambda: receiver.at("/cli2"))
    assert receiver.at("/cli2")[0][0] == "PUT" and receiver.at("/cli2")[0][3] == "plain" and len(receiver.at("/cli")) == 2
    b.cli("delete-webhook", "--uuid", uuid)
    assert b.ask("GET", f"/webhooks/{uuid}").status == 404
    b.publish(b.pact("cli", "hooked", "x", "y"), "4", "main")
    assert len(receiver.at("/cli2")) == 1


def test_events_and_templates(broker, receiver):
    """Each event to those that listen to it, of the pair, the side or the label that they name, with every variable filled and none able to break the JSON around it."""
    b = broker
    names = ["contract_published", "contract_content_changed", "contract_requiring_verification_published", "provider_verification_published", "provider_verification_succeeded",
             "provider_verification_failed"]
    fields = ["pactUrl", "verificationResultUrl", "consumerName", "providerName", "consumerVersionNumber", "providerVersionNumber", "consumerVersionTags", "providerVersionTags",
              "consumerVersionBranch", "providerVersionBranch", "consumerLabels", "providerLabels", "buildUrl", "eventName", "currentlyDeployedProviderVersionNumber",
              "githubVerificationStatus", "bitbucketVerificationStatus", "azureDevOpsVerificationStatus", "gitlabVerificationStatus", "consumerVersionDescriptions", "mine"]
    known(b, "ev", "evapi", "another")
    body = {f: f"${{pactbroker.{f}}}" for f in fields}
    for name in names:
        hook(b, f"{receiver.url}/{name}", name, consumer={"name": "ev"}, provider={"name": "evapi"}, body=body, headers={"Content-Type": "application/json"})
    hook(b, receiver.url + "/side?v=${pactbroker.consumerVersionNumber}", "contract_published", path="/webhooks/consumer/ev")
    hook(b, receiver.url + "/provider", "contract_published", path="/webhooks/provider/evapi")
    hook(b, receiver.url + "/pair", "contract_published", path="/webhooks/provider/evapi/consumer/ev")
    hook(b, receiver.url + "/label", "contract_published", consumer={"label": "team"})
    hook(b, receiver.url + "/other", "contract_published", consumer={"name": "another"})
    assert len(b.ok("GET", "/webhooks/consumer/ev")["_links"]["pb:webhooks"]) >= 7 and b.ok("GET", "/webhooks/provider/evapi")["_links"]["pb:webhooks"]
    b.ok("PUT", "/pacticipants/evapi/labels/core", {})
    odd = 'fix/"quoted"\\'
    b.publish(b.pact("ev", "evapi", "one"), "1.0+a", odd, ["dev", "pr"])
    for name in names[:3]:
        wait_for(name, lambda: receiver.at("/" + name))
    told = json.loads(receiver.at("/contract_published")[0][3])
    assert told["consumerName"] == "ev" and told["providerName"] == "evapi" and told["consumerVersionNumber"] == "1.0+a" and told["consumerVersionTags"] == "dev, pr"
    assert told["consumerVersionBranch"] == odd and told["providerLabels"] == "core" and told["eventName"] == "contract_published" and told["mine"] == "${pactbroker.mine}"
    assert told["githubVerificationStatus"] == "pending" and told["verificationResultUrl"] == ""
    assert b.fleet.request("GET", told["pactUrl"].split(b.fleet.control.rsplit("/", 1)[1], 1)[-1]).json()["consumer"]["name"] == "ev"
    for path in ("/side?v=1.0+a", "/provider", "/pair"):
        wait_for(path, lambda: receiver.at(path))
    b.publish(b.pact("ev", "evapi", "one"), "2", odd)
    wait_for("published again", lambda: len(receiver.at("/contract_published")) == 2)
    assert len(receiver.at("/contract_content_changed")) == 1
    b.verified("evapi", "ev", "7", True, "main")
    b.verified("evapi", "ev", "8", False, "main")
    wait_for("both results", lambda: len(receiver.at("/provider_verification_published")) == 2)
    good, bad = (wait_for(n, lambda: receiver.at("/" + n)) for n in names[4:])
    assert len(good) == len(bad) == 1
    good, bad = json.loads(good[0][3]), json.loads(bad[0][3])
    assert good["providerVersionNumber"] == "7" and good["gitlabVerificationStatus"] == "success" and good["providerVersionBranch"] == "main" and good["verificationResultUrl"]
    assert bad["githubVerificationStatus"] == "failure" and bad["bitbucketVerificationStatus"] == "FAILED" and bad["azureDevOpsVerificationStatus"] == "failed"
    assert not receiver.at("/label") and not receiver.at("/other")
    b.ok("PUT", "/pacticipants/ev/labels/team", {})
    b.publish(b.pact("ev", "evapi", "one"), "3", odd)
    wait_for("the label's", lambda: receiver.at("/label"))


def test_receivers_that_misbehave(broker, receiver):
    """One that never answers, one without end, one that redirects, one that is not there: an error on the webhook, and nobody else waits."""
    b = broker
    known(b, "mis")
    bad = {path: uuid_of(hook(b, receiver.url + path, "contract_published", consumer={"name": "mis"})) for path in ("/never", "/endless", "/500", "/302")}
    bad["gone"] = uuid_of(hook(b, "http://127.0.0.1:1/gone", "contract_published", consumer={"name": "mis"}))
    hook(b, receiver.url + "/well", "contract_published", consumer={"name": "mis"})
    slowest = 0
    for k in range(30):
        began = time.monotonic()
        b.publish(b.pact("mis", "misapi", "x"), str(k), "main")
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 2 * fleet.SLOW, slowest
    wait_for("all well", lambda: len(receiver.at("/well")) == 30)
    for key, words in (("/500", "500"), ("/302", "302"), ("gone", "")):
        told = wait_for(key, lambda: (d := shown(b, bad[key]).get("deliveries")) and d["failed"] and d)
        assert told["waiting"] >= 1 and words in str(told["lastStatus"]) + told["last"], (key, told)
    endless = wait_for("the endless one", lambda: (d := shown(b, bad["/endless"]).get("deliveries")) and d["sent"] == 30 and d)
    assert endless["last"] == "answered 200, with more than is read" and not endless["failed"], endless
    assert not receiver.at("/moved") and len(receiver.at("/never")) == 1
    for uuid in bad.values():
        b.ok("DELETE", f"/webhooks/{uuid}")
    r = b.ok("POST", f"/webhooks/{uuid_of(hook(b, 'http://127.0.0.1:1/', 'contract_published', consumer={'name': 'mis'}))}/execute")
    assert r["success"] is False and r["response"] is None and r["logs"], r


def test_what_is_refused(broker, receiver):
    """URLs and requests that cannot be meant; addresses where a cloud keeps its machines' secrets."""
    b = broker
    good = {"events": [{"name": "contract_published"}], "request": {"method": "POST", "url": receiver.url + "/x"}}
    b.ok("POST", "/webhooks", good)
    for edit in ({"events": []}, {"events": [{"name": "lunch"}]}, {"request": {"method": "POST"}}, {"request": {"method": "BREW", "url": receiver.url}}, {"request": {"method": "GET", "url": "file:///etc/passwd"}},
                 {"request": {"method": "GET", "url": "http://${pactbroker.consumerName}/"}}, {"request": {"method": "GET", "url": "http://a b/"}},
                 {"request": {"method": "GET", "url": receiver.url, "headers": {"X": "a\r\nY: b"}}}, {"consumer": {"name": "nobody at all"}}, {"consumer": {"name": "cli", "label": "x"}}):
        r = b.ask("POST", "/webhooks", {**good, **edit})
        assert r.status == 400 and r.json()["errors"], (edit, r)
    for host in ("169.254.169.254", "[fe80::1]", "0.0.0.0", "[::ffff:169.254.169.254]"):
        uuid = uuid_of(b.ok("POST", "/webhooks", {"events": good["events"], "request": {"method": "GET", "url": f"http://{host}/"}, "consumer": {"name": "cli"}}))
        r = b.ok("POST", f"/webhooks/{uuid}/execute")
        assert r["success"] is False and not r["response"], r
        b.ok("DELETE", f"/webhooks/{uuid}")
    assert b.ask("PUT", "/webhooks/x%20y", good).status == 400 and b.ask("POST", "/webhooks/nothing/execute").status == 404


def test_kill(make_fleet, tmp_path, receiver):
    """Deliveries that wait are made after kill -9: each at least once, none that was answered before is lost."""
    f = make_fleet().add("idle")
    control, b = Control(f), Broker(f, tmp_path)
    control.start()
    hook(b, receiver.url + "/kill/${pactbroker.consumerVersionNumber}", "contract_published")
    for k in range(40):
        b.publish(b.pact("k", "kapi", "x"), str(k), "main")
        if k % 8 == 7:
            control.end(9)
            control.start()
    wait_for("every one is sent", lambda: all(receiver.at(f"/kill/{k}") for k in range(40)), 20)
    control.end(15)
