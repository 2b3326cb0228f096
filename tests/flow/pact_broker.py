"""The broker of pacts below /pact-broker of control as tests use it: through npm's pact-cli, bare, and with a control of their own to kill."""

import base64
import json
import os
import subprocess

import fleet
from fleet import ROOT, SLOW, wait_for

CLIENTS = ROOT / "tests/clients"
CLI = CLIENTS / "node_modules/.bin/pact"


class Broker:
    def __init__(self, f, tmp):
        self.fleet, self.url, self.tmp = f, f.control + "/pact-broker", tmp
        self.env = {**os.environ, "PACT_DO_NOT_TRACK": "true", "PACT_BROKER_BASE_URL": self.url}

    def cli(self, *args, code=0):
        done = subprocess.run([CLI, "broker", *map(str, args)], capture_output=True, text=True, env=self.env, timeout=30 * SLOW)
        assert done.returncode == code, (args, done)
        assert "Warning: Failed to process" not in done.stdout + done.stderr, done
        return done.stdout + done.stderr

    def ask(self, method, path, body=None, kind="application/json"):
        data = json.dumps(body).encode() if body is not None else None
        return self.fleet.request(method, "/pact-broker" + path, data, {"Content-Type": kind} if data else {})

    def ok(self, method, path, body=None):
        r = self.ask(method, path, body)
        assert 200 <= r.status < 300, (method, path, r)
        return r.json() if r.body else None

    def pact(self, consumer, provider, *names, states=()):
        return {"consumer": {"name": consumer}, "provider": {"name": provider}, "metadata": {"pactSpecification": {"version": "3.0.0"}},
                "interactions": [{"description": n, "providerStates": [{"name": s} for s in states], "request": {"method": "GET", "path": f"/{n}"},
                                  "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"name": n}}} for n in names]}

    def file(self, pact):
        path = self.tmp / f"{pact['consumer']['name']}-{pact['provider']['name']}.json"
        path.write_text(json.dumps(pact))
        return path

    def publish(self, pact, version, branch=None, tags=()):
        return self.ok("POST", "/contracts/publish", {
            "pacticipantName": pact["consumer"]["name"], "pacticipantVersionNumber": version, **({"branch": branch} if branch else {}), "tags": list(tags),
            "contracts": [{"consumerName": pact["consumer"]["name"], "providerName": pact["provider"]["name"], "specification": "pact", "contentType": "application/json",
                           "content": base64.b64encode(json.dumps(pact).encode()).decode()}]})

    def latest(self, provider, consumer):
        return self.ok("GET", f"/pacts/provider/{provider}/consumer/{consumer}/latest")

    def verified(self, provider, consumer, version, success, branch=None, results=()):
        link = self.latest(provider, consumer)["_links"]["pb:publish-verification-results"]["href"]
        if branch:
            self.ok("PUT", f"/pacticipants/{provider}/branches/{branch}/versions/{version}", {})
        return self.ok("POST", link.split("/pact-broker", 1)[1], {"providerApplicationVersion": version, "success": success, "testResults": list(results)})

    def may(self, service, version, environment):
        return self.ok("GET", f"/can-i-deploy?pacticipant={service}&version={version}&environment={environment}")["summary"]


class Control:
    """control on its own, without a node that would start it again at a moment of its own."""

    def __init__(self, f):
        self.fleet = f

    def start(self):
        self.process = subprocess.Popen([fleet.BIN, "part", "control"], cwd=self.fleet.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        wait_for("control answers", lambda: self.fleet.request("GET", "/pact-broker/").status == 200, 20)

    def end(self, signal):
        self.process.send_signal(signal)
        self.process.communicate(timeout=30)


def a_broker(folder):
    """For fixtures: the broker of a fleet that lives as long as the generator."""
    assert CLI.exists(), "run packaging/setup.sh test"
    f = fleet.Fleet().add("idle")
    try:
        f.up()
        yield Broker(f, folder)
    finally:
        f.stop()
