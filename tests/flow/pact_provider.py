"""Providers, brokers and pacts for the tests of `pleach contract verify` and `stub`: HTTP servers of the test's own, whose answers a test may bend."""

import base64
import http.server
import json
import re
import threading
import urllib.parse


class Server:
    """One HTTP server on a free port. answer(method, path, query, headers, body) -> (status, headers, body as bytes, str or JSON), or None: it never answers."""

    def __init__(self, answer):
        self.answer, self.calls, self.lock = answer, [], threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def serve(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                url = urllib.parse.urlsplit(self.path)
                with outer.lock:
                    outer.calls.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                answered = outer.answer(self.command, url.path, url.query, self.headers, body)
                if answered is None:
                    outer.ended.wait(30)
                    self.close_connection = True
                    return
                status, headers, out = answered
                if not isinstance(out, bytes):
                    out = out.encode() if isinstance(out, str) else json.dumps(out).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status not in (204, 304):
                    self.send_header("Content-Length", str(len(out)))
                self.end_headers()
                self.wfile.write(out)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve

            def log_message(self, *words):
                pass

        self.ended = threading.Event()
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def asked(self, path):
        """The JSON bodies of the calls to a path, in order."""
        return [json.loads(body) for _, target, _, body in self.calls if target.split("?")[0] == path]

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.ended.set()
        self.http.shutdown()
        self.http.server_close()


JSON = {"Content-Type": "application/json"}


class Orders:
    """The provider of the pacts that tests/clients/pact_consumer.mjs writes. `bend` names what it does wrong."""

    def __init__(self, bend=""):
        self.bend, self.states, self.order = bend, [], {}

    def __call__(self, method, path, query, headers, body):
        if path == "/_states":
            asked = json.loads(body)
            self.states.append((asked["action"], asked["state"]))
            if self.bend == "state" and asked["state"] == "order 5 exists":
                return 400, {}, "the database is down"  # npm's verifier asks again for minutes after a 500
            if asked["state"] == "order 5 exists" and asked["action"] == "setup":
                self.order[asked["params"]["id"]] = True
            return (200, JSON, {"id": 31}) if asked["state"] == "an order of today" else (200, {}, "")
        found = re.fullmatch(r"/v1/orders/(\d+)", path)
        if method == "GET" and found and found[1] == "31":
            return 200, JSON, {"id": 31, "state": "lost" if self.bend == "regex" else "sent"}
        if method == "GET" and found and int(found[1]) in self.order:
            order = {"id": 5, "customer": "eve", "paid": False, "placed": "2027-11-12T13:14:15", "items": [{"sku": "XY-77", "count": 1}, {"sku": "Z-1", "count": 9}], "more": None}
            if self.bend == "missing":
                del order["customer"]
            if self.bend == "type":
                order["items"][1]["count"] = "9"
            if self.bend == "empty":
                order["items"] = []
            if self.bend == "date":
                order["placed"] = "12.11.2027"
            return 200, {"Content-Type": "text/plain" if self.bend == "content" else "application/json; charset=utf-8"}, order
        if method == "POST" and path == "/v1/orders":
            return (200 if self.bend == "status" else 201), JSON, {"id": 8, "state": "new"}
        return 404, {}, ""


def pact(*interactions, consumer="web", provider="orders", version="4.0", **metadata):
    return {"consumer": {"name": consumer}, "provider": {"name": provider}, "interactions": list(interactions),
            "metadata": {"pactSpecification": {"version": version}, **metadata}}


def get(path="/x", description="a request", status=200, body=None, rules=None, states=(), request=None, headers=None, **more):
    """One HTTP interaction of version 4."""
    response = {"status": status}
    if headers:
        response["headers"] = headers
    if body is not None:
        response["body"] = {"content": body, "contentType": "application/json", "encoded": False}
    if rules:
        response["matchingRules"] = {"body": {k: {"matchers": [v]} for k, v in rules.items()}}
    return {"type": "Synchronous/HTTP", "description": description, "providerStates": [{"name": s} for s in states],
            "request": {"method": "GET", "path": path, **(request or {})}, "response": response, **more}


def metadata_header(values):
    return {"Pact-Message-Metadata": base64.b64encode(json.dumps(values).encode()).decode(), **JSON}
