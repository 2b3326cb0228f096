#!/usr/bin/env python3
"""Starts the three services on free ports, without any platform around them, and tries what they promise.
Needs what `make` built and nothing but Python. Ends with one sentence; exit code 1 if a promise was broken."""

import atexit
import http.client
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
HEADERS = {
    "traceparent": f"00-{TRACE}-{SPAN}-01",
    "tracestate": "vendor=opaque,other=1",
    "baggage": "tenant=acme,flag=a%20b",
}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def new_data():
    directory = tempfile.mkdtemp(prefix="shop-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def wait_for(what, condition, seconds=10.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = condition()
        if got:
            return got
        time.sleep(0.01)
    raise AssertionError(f"did not happen within {seconds} s: {what}")


def call(method, url, body=None, headers=None):
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer)


class Service:
    def __init__(self, name, data, instance="0", port=0, **env):
        self.name, self.port, self.lines, self.broken = name, port or free_port(), [], []
        began = time.monotonic()
        self.process = subprocess.Popen(
            [f"./{name}", "--port", str(self.port)],
            cwd=HERE / "services" / name,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "SHOP_DATA": data, "SERVICE_VERSION": "1.0.0", "INSTANCE": instance, **env},
        )
        atexit.register(self.process.kill)  # where a check failed; does nothing to one that has ended
        self.url = f"http://127.0.0.1:{self.port}"
        self.readers = [
            threading.Thread(target=self.read_log, daemon=True),
            threading.Thread(target=self.read_errors, daemon=True),
        ]
        for reader in self.readers:
            reader.start()
        wait_for(f"{name} is healthy", self.healthy)
        self.started_in = time.monotonic() - began

    def read_log(self):
        for line in self.process.stdout:
            try:
                self.lines.append(json.loads(line))
            except ValueError:
                self.broken.append(line)

    def read_errors(self):
        for line in self.process.stderr:
            self.broken.append(line)

    def healthy(self):
        assert self.process.poll() is None, f"{self.name} ended: {self.lines} {self.broken}"
        try:
            return call("GET", self.url + "/healthz") == (200, {"status": "ok"})
        except OSError:
            return False

    def logged(self, text, **fields):
        return [
            line
            for line in list(self.lines)
            if text in line["msg"] and all(line.get(k) == v for k, v in fields.items())
        ]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(15)
        for reader in self.readers:
            reader.join(5)
        return code


class Listener(threading.Thread):
    """Stands in for notification and keeps the headers it was called with; slow if told so."""

    def __init__(self, pause=0.0):
        super().__init__(daemon=True)
        seen = self.seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                seen.append(self.headers)
                time.sleep(pause)
                body = b'{"id": 1}'
                try:
                    self.send_response(201)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def run(self):
        self.server.serve_forever()


def order_of(cents, quantity=2):
    return {"customer": "Café Zürich", "items": [{"sku": "mug", "quantity": quantity, "price_cents": cents}]}


class Shop:
    def __init__(self, **relay):
        self.data = new_data()
        self.notification = Service("notification", self.data, **relay)
        self.invoicing = [
            Service("invoicing", self.data, str(i), NOTIFICATION_URL=self.notification.url) for i in range(2)
        ]
        self.orders = Service("orders", self.data, INVOICING_URL=self.invoicing[0].url)
        self.all = [self.orders, *self.invoicing, self.notification]

    def stop(self):
        for service in self.all:
            if service.process.poll() is None:
                code = service.stop()
                assert code == 0, f"{service.name} ended with {code}: {service.broken}"
            assert not service.broken, f"{service.name} wrote what is no JSON line: {service.broken[:3]}"
        for service in self.all:
            for line in service.lines:
                assert {"time", "level", "msg", "service"} <= line.keys(), line
                assert line["service"] == service.name and line["version"] == "1.0.0", line


def check_one_order():
    shop = Shop(RELAY_SLOW_PERCENT="0", RELAY_REFUSE_PERCENT="0")
    base = shop.orders.url + "/v1/orders"
    status, order = call("POST", base, order_of(1250), HEADERS)
    assert status == 201 and order["invoice"] == "raised" and order["total_cents"] == 2500, (status, order)
    status, read = call("GET", f"{base}/{order['id']}")
    assert status == 200 and read["customer"] == "Café Zürich" and read["invoice_id"] == order["invoice_id"], read
    for invoicing in shop.invoicing:  # one database for both instances
        status, invoice = call("GET", f"{invoicing.url}/v1/invoices/{order['invoice_id']}")
        assert status == 200 and invoice["message"] == "sent" and invoice["amount_cents"] == 2500, invoice
    status, sent = call("GET", shop.notification.url + "/v1/notifications")
    assert status == 200 and sent["notifications"][0]["text"] == "Invoice 1 for order 1: 25.00 EUR.", sent
    for service, text in (
        (shop.orders, "order received"),
        (shop.orders, "the order was invoiced"),
        (shop.invoicing[0], "invoice raised"),
        (shop.invoicing[0], "the customer was notified"),
        (shop.notification, "the mail relay took the message"),
    ):
        wait_for(f"{service.name} logs {text}", lambda: service.logged(text, trace_id=TRACE, span_id=SPAN))
    status, again = call(
        "POST",
        shop.invoicing[1].url + "/v1/invoices",
        {"order_id": order["id"], "customer": "Café Zürich", "amount_cents": 2500},
    )
    assert status == 200 and again["id"] == order["invoice_id"], "a second invoice for one order"
    status, listed = call("GET", base + "?limit=1")
    assert status == 200 and len(listed["orders"]) == 1, listed
    print("started in " + ", ".join(f"{s.name} {s.started_in * 1000:.0f} ms" for s in shop.all))
    shop.stop()


def check_bad_input():
    shop = Shop(RELAY_SLOW_PERCENT="0", RELAY_REFUSE_PERCENT="0")
    base = shop.orders.url + "/v1/orders"
    for body, status, reason in (
        (b"{", 400, "not JSON"),
        (b"", 400, "not JSON"),
        (b"[]", 400, "JSON object"),
        (b'{"customer":"\xff"}', 400, "not JSON"),
        (b"{}", 422, "customer"),
        ({"customer": "x", "items": []}, 422, "items"),
        ({"customer": "x" * 121, "items": [{}]}, 422, "customer"),
        (order_of(-1), 422, "items[0].price_cents"),
        (order_of(1, quantity=0), 422, "items[0].quantity"),
        (order_of(0), 422, "more than 0"),
        (order_of(600000), 422, "1200000 cents is above the limit of 1000000 cents"),
        (b" " * 70000, 413, "65536"),
    ):
        got, problem = call("POST", base, body)
        assert got == status and reason in problem["detail"], (body[:60], got, problem)
    for path in ("/v1/orders/99", "/v1/orders/0", "/v1/orders/abc", "/v1/orders/1x", "/v2", "/%ff%0a"):
        assert call("GET", shop.orders.url + path)[0] == 404, path
    assert call("GET", f"{base}/99999999999999999999")[0] == 404
    assert call("DELETE", base)[0] == 405
    assert call("GET", base)[1]["orders"][0]["invoice"] == "refused"
    shop.stop()


def check_headers_and_time_out():
    data = new_data()
    quick, slow = Listener(), Listener(pause=0.6)
    quick.start()
    slow.start()
    invoice = {"order_id": 5, "customer": "x", "amount_cents": 100}
    invoicing = Service("invoicing", data, NOTIFICATION_URL=quick.url)
    assert call("POST", invoicing.url + "/v1/invoices", invoice, HEADERS)[1]["message"] == "sent"
    assert all(quick.seen[0].get(name) == value for name, value in HEADERS.items()), quick.seen[0].items()
    assert invoicing.stop() == 0
    invoicing = Service("invoicing", data, NOTIFICATION_URL=slow.url)
    began = time.monotonic()
    status, answer = call("POST", invoicing.url + "/v1/invoices", {**invoice, "order_id": 6}, HEADERS)
    took = time.monotonic() - began
    assert status == 201 and answer["message"] == "pending" and 0.3 <= took < 0.55, (status, answer, took)
    wait_for(
        "the log says why",
        lambda: invoicing.logged("notification did not answer within 300 ms", level="warn", trace_id=TRACE),
    )
    assert invoicing.stop() == 0 and not invoicing.broken


def check_refusing_relay():
    shop = Shop(RELAY_SLOW_PERCENT="0", RELAY_REFUSE_PERCENT="100")
    status, order = call("POST", shop.orders.url + "/v1/orders", order_of(500), HEADERS)
    assert status == 201, order
    invoice_url = f"{shop.invoicing[0].url}/v1/invoices/{order['invoice_id']}"
    assert call("GET", invoice_url)[1]["message"] == "pending"
    wait_for(
        "errors say why",
        lambda: shop.notification.logged("the mail relay refused the message: 4", level="error", trace_id=TRACE)
        and shop.invoicing[0].logged("notification answered 503: the mail relay refused", level="warn"),
    )
    port = shop.notification.port
    assert shop.notification.stop() == 0
    relay = {"RELAY_SLOW_PERCENT": "0", "RELAY_REFUSE_PERCENT": "0"}
    shop.all.append(Service("notification", shop.data, port=port, **relay))
    wait_for("the message is sent later", lambda: call("GET", invoice_url)[1]["message"] == "sent", 15)
    late = [line for i in shop.invoicing for line in i.logged("sending a message that was put off")]
    assert len(late) == 1 and late[0]["trace_id"] != TRACE, late
    shop.stop()


def check_invoicing_away():
    shop = Shop(RELAY_SLOW_PERCENT="0", RELAY_REFUSE_PERCENT="0")
    port = shop.invoicing[0].port
    assert shop.invoicing[0].stop() == 0
    status, order = call("POST", shop.orders.url + "/v1/orders", order_of(500))
    assert status == 202 and order["invoice"] == "pending", (status, order)
    assert wait_for("why", lambda: shop.orders.logged("invoicing could not be reached", level="error"))
    shop.all.append(Service("invoicing", shop.data, port=port, NOTIFICATION_URL=shop.notification.url))
    url = f"{shop.orders.url}/v1/orders/{order['id']}"
    wait_for("the invoice is raised later", lambda: call("GET", url)[1]["invoice"] == "raised", 15)
    shop.stop()


def check_stop_finishes_requests():
    shop = Shop(RELAY_SLOW_PERCENT="100", RELAY_REFUSE_PERCENT="0")
    answers = []

    def send(n):
        body = {"invoice_id": n, "customer": "x", "text": "t"}
        answers.append(call("POST", shop.notification.url + "/v1/notifications", body)[0])

    senders = [threading.Thread(target=send, args=(n,)) for n in range(1, 9)]
    for sender in senders:
        sender.start()
    wait_for("all are being sent", lambda: len(shop.notification.logged("sending a message")) == 8)
    idle = http.client.HTTPConnection("127.0.0.1", shop.notification.port)
    idle.request("GET", "/healthz")
    idle.getresponse().read()  # an idle connection must not hold up the end
    began = time.monotonic()
    assert shop.notification.stop() == 0
    assert time.monotonic() - began < 3
    for sender in senders:
        sender.join()
    assert answers == [201] * 8, answers
    assert shop.notification.logged("stopped", requests_cut_off=0)
    shop.stop()


def check_cannot_start():
    data = new_data()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for arguments, env, code, text in (
            (["--port", port], {}, 1, "Address already in use"),
            (["--port", "http"], {}, 2, "which port"),
            (["--port", port], {"SHOP_DATA": "/proc/nowhere"}, 1, "cannot create the directory /proc/nowhere"),
        ):
            run = subprocess.run(
                ["./orders", *arguments],
                cwd=HERE / "services/orders",
                env={**os.environ, "SHOP_DATA": data, **env},
                capture_output=True,
                timeout=10,
            )
            assert run.returncode == code and text in json.loads(run.stdout)["msg"], run


def check_load():
    shop = Shop(RELAY_SEED="7")
    load = [
        *[str(HERE / "load/load"), "--orders", shop.orders.url, "--invoicing", shop.invoicing[1].url],
        *["--rate", "150", "--seconds", "6", "--seed", "3"],
    ]
    run = subprocess.run(load, capture_output=True, text=True, timeout=60)
    print(run.stdout.strip())
    assert run.returncode == 0 and not run.stderr, run
    assert "no answer: 0" in run.stdout and all(f" {s}: " in run.stdout for s in (200, 201, 400, 404, 422)), run
    assert " 500: " not in run.stdout, run
    wait_for("the relay refused some", lambda: shop.notification.logged("refused", level="error"))
    wait_for("some were too slow", lambda: shop.invoicing[0].logged("did not answer within 300 ms"))
    before = len(shop.orders.lines)
    endless = subprocess.Popen([*load, "--seconds", "0"], stdout=subprocess.PIPE, text=True)
    wait_for("it runs", lambda: len(shop.orders.lines) > before)
    endless.terminate()
    assert endless.communicate(timeout=15)[0].startswith("load: ") and endless.returncode == 0
    shop.stop()


def main():
    checks = [(name, f) for name, f in globals().items() if name.startswith("check_")]
    for name, check in checks:
        try:
            check()
        except Exception as problem:
            print(f"FAILED {name}: {problem}", file=sys.stderr)
            raise
        print(f"ok {name}")
    print(f"The shop keeps its promises: {len(checks)} checks passed.")


if __name__ == "__main__":
    main()
