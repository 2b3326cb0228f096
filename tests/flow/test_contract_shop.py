"""The shop's contracts: they are what its services really answer, they are as they were locked, and the change on the branch is caught in three ways."""

import json
import os
import pathlib
import subprocess

import jsonschema
import pytest
import yaml
from fleet import BIN, SHOP, call, free_port, order, run, wait_for

BRANCH = SHOP / "changes/repository.sh"


@pytest.fixture(scope="module")
def api():
    return yaml.safe_load((SHOP / "services/orders/contract/openapi.yaml").read_text())


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """main and the branch remove-total, which is checked out."""
    path = tmp_path_factory.mktemp("shop") / "repository"
    subprocess.run([BRANCH, path], check=True, timeout=60)
    subprocess.run(["git", "checkout", "-q", "remove-total"], cwd=path, check=True, timeout=60)
    return path


def check(api, path, method, reply):
    """The answer is one that the description has, and its body fits."""
    answers = api["paths"][path][method]["responses"]
    assert str(reply.status) in answers, reply
    answer = answers[str(reply.status)]
    if "$ref" in answer:
        answer = api["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    (kind, content), = answer["content"].items()
    assert reply.headers["content-type"] == kind, reply
    jsonschema.Draft202012Validator({**content["schema"], "components": api["components"]}).validate(reply.json())


def test_orders_answers_as_described(shop, api):
    """Placed, refused, not understood, listed, shown, not there: status, type and body of every answer are those of the OpenAPI file."""
    placed = shop.post("/orders/v1/orders", order())
    assert placed.status in (201, 202)
    check(api, "/v1/orders", "post", placed)
    for body in (order(customer=""), {**order(), "items": []}, {}, order(price=2000000)):
        refused = shop.post("/orders/v1/orders", body)
        assert refused.status == 422
        check(api, "/v1/orders", "post", refused)
    wrong = shop.post("/orders/v1/orders", b"[1]")
    assert wrong.status == 400
    check(api, "/v1/orders", "post", wrong)
    check(api, "/v1/orders", "get", shop.get("/orders/v1/orders?limit=100"))
    check(api, "/v1/orders/{id}", "get", shop.get(f"/orders/v1/orders/{placed.json()['id']}"))
    missing = shop.get("/orders/v1/orders/999999999")
    assert missing.status == 404
    check(api, "/v1/orders/{id}", "get", missing)


def test_the_event_is_as_described(tmp_path):
    """The line that orders writes for an order, as it writes it, fits the event's schema; other lines do not."""
    validator = jsonschema.Draft202012Validator(json.loads((SHOP / "services/orders/contract/order-received.schema.json").read_text()))
    port = free_port()
    env = {"PATH": os.environ["PATH"], "SHOP_DATA": str(tmp_path), "INVOICING_URL": "http://127.0.0.1:9", "OTEL_SERVICE_NAME": "orders"}
    program = subprocess.Popen([SHOP / "services/orders/orders", "--port", str(port)], env=env, stdout=subprocess.PIPE, text=True)
    try:
        wait_for("orders answers", lambda: call(f"http://127.0.0.1:{port}", "GET", "/healthz").status == 200)
        assert call(f"http://127.0.0.1:{port}", "POST", "/v1/orders", order()).status == 202
    finally:
        program.terminate()
        lines = [json.loads(line) for line in program.communicate(timeout=30)[0].splitlines()]
    events = [line for line in lines if line["msg"] == "order received"]
    assert len(events) == 1 and len(lines) > 1
    validator.validate(events[0])
    assert not any(validator.is_valid(line) for line in lines if line not in events)


def test_notification_answers_as_described(shop, tmp_path):
    """What notification takes and gives is what the proto says, by Protobuf's own mapping to JSON."""
    from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
    folder = tmp_path / "google/api"
    folder.mkdir(parents=True)
    (folder / "annotations.proto").write_text('syntax = "proto3"; package google.api; import "google/protobuf/descriptor.proto";\nmessage HttpRule { string get = 2; string post = 4; string body = 7; }\n'
                                              "extend google.protobuf.MethodOptions { HttpRule http = 72295728; }\n")
    made = tmp_path / "set.binpb"
    subprocess.run(["protoc", f"-I{SHOP}/services/notification/contract", f"-I{tmp_path}", "--include_imports", f"--descriptor_set_out={made}", "notification.proto"], check=True, timeout=60)
    pool = descriptor_pool.DescriptorPool()
    for f in descriptor_pb2.FileDescriptorSet.FromString(made.read_bytes()).file:
        pool.Add(f)

    def parse(name, text):
        cls = message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName(f"shop.notification.v1.{name}"))
        return json_format.Parse(text, cls(), descriptor_pool=pool)  # refuses what the message does not have
    shop.post("/orders/v1/orders", order())
    port = next(i["address"] for i in shop.status("notification")["instances"])
    listed = call(f"http://{port}", "GET", "/v1/notifications?limit=3")
    messages = parse("ListReply", listed.text).notifications
    assert listed.status == 200 and messages and messages[0].invoice_id > 0 and messages[0].sent_ms > 0
    one = call(f"http://{port}", "GET", f"/v1/notifications/{messages[0].id}")
    assert parse("Notification", one.text) == messages[0]
    request = {"invoice_id": messages[0].invoice_id, "customer": "Studio Okapi", "text": "again"}
    parse("SendRequest", json.dumps(request))
    sent = call(f"http://{port}", "POST", "/v1/notifications", request)
    assert sent.status == 200 and parse("Sent", sent.text).invoice_id == messages[0].invoice_id


def test_as_locked(tmp_path):
    """The files in the repository are as they were locked, and the fleet's check has nothing to say of them."""
    assert run("contract", "lock", "--check", SHOP).code == 0
    r = run("check", SHOP)
    assert r.code == 0 and "3 contracts" in r.out and "no lock" not in r.out, r


def test_caught_by_comparison(repository):
    """`pleach contract diff main:`: one break, in both operations that show an order, at its place."""
    r = run("contract", "diff", "main:", ".", "--json", cwd=repository)
    breaks = [c for c in r.json()["changes"] if c["level"] == "breaking"]
    assert r.code == 1 and len(breaks) == 1, r
    (change,) = breaks
    assert "total_cents" in change["sentence"] and {x["operation"] for x in change["reach"]} == {"GET /v1/orders", "GET /v1/orders/{id}"}, change
    assert change["old"]["file"] == "services/orders/contract/openapi.yaml" and change["old"]["line"] == 114, change


def test_caught_in_ci(repository):
    """`pleach check` as GitHub annotations, as SARIF, as JUnit."""
    r = run("check", "--against", "main", "--format", "github", cwd=repository)
    assert r.code == 1 and "::error file=services/orders/contract/openapi.yaml,line=" in r.out, r
    r = run("check", "--against", "main", "--format", "sarif", cwd=repository)
    assert r.code == 1 and "error" in {x["level"] for x in json.loads(r.out)["runs"][0]["results"]}, r
    assert run("check", "--against", "main", "--format", "junit", cwd=repository).code == 1
    assert run("check", "--against", "remove-total", cwd=repository).code == 0


def test_caught_by_the_lock(repository):
    """`pleach contract lock --check`, and `pleach check` without a revision; the lock is not renewed by accident."""
    r = run("contract", "lock", "--check", cwd=repository)
    assert r.code == 1 and "not as it was locked" in r.out and "total_cents" in r.out, r
    assert run("check", cwd=repository).code == 1
    r = run("contract", "lock", cwd=repository)
    assert r.code == 1 and "not written" in r.out, r
    assert subprocess.run(["git", "status", "--short"], cwd=repository, capture_output=True, text=True, check=True).stdout == ""


def test_the_demonstration():
    """What ./demo shows of it."""
    env = {**os.environ, "PATH": f"{pathlib.Path(BIN).parent}:{os.environ['PATH']}"}
    r = subprocess.run([SHOP / "changes/show.sh"], capture_output=True, text=True, timeout=120, env=env)
    assert r.returncode == 0 and r.stdout.count("(exit status 1)") == 3 and "total_cents" in r.stdout, r
