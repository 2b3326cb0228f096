"""gRPC pacts as pact-protobuf-plugin writes them, verified without that plugin against Debian's python3-grpcio."""

import base64
import concurrent.futures
import hashlib
import json
import subprocess

import grpc
import pytest
from fleet import run, validate
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

PROTO = """syntax = "proto3";
package shop.v1;
enum State { STATE_UNSPECIFIED = 0; NEW = 1; SENT = 2; }
message Item { string sku = 1; int32 item_count = 2; }
message Order { int64 id = 1; string customer_name = 2; State state = 3; repeated Item items = 4; map<string, int32> stock = 5; double total = 6; bytes mark = 7; }
message GetOrder { int64 id = 1; }
service Orders { rpc Get(GetOrder) returns (Order); rpc Watch(GetOrder) returns (stream Order); }
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The descriptors by protoc, and the classes of the messages."""
    folder = tmp_path_factory.mktemp("proto")
    (folder / "shop.proto").write_text(PROTO)
    subprocess.run(["protoc", "-I", folder, "--include_imports", "-o", folder / "set.binpb", "shop.proto"], cwd=folder, check=True, timeout=60)
    data = (folder / "set.binpb").read_bytes()
    pool = descriptor_pool.DescriptorPool()
    for f in descriptor_pb2.FileDescriptorSet.FromString(data).file:
        pool.Add(f)
    factory = message_factory.MessageFactory(pool)
    return data, {n: factory.GetPrototype(pool.FindMessageTypeByName(f"shop.v1.{n}")) for n in ("Order", "GetOrder")}


def part(message, name, rules=None, metadata=None, generators=None):
    out = {"contents": {"content": base64.b64encode(message.SerializeToString()).decode(), "contentType": f"application/protobuf;message=.shop.v1.{name}", "contentTypeHint": "BINARY",
                        "encoded": "base64"}, "metadata": {"contentType": f"application/protobuf;message=.shop.v1.{name}", **(metadata or {})}}
    if rules:
        out["matchingRules"] = {"body": {k: {"combine": "AND", "matchers": [v]} for k, v in rules.items()}}
    if generators:
        out["generators"] = {"body": generators}
    return out


def pact(data, *interactions):
    key = hashlib.md5(data).hexdigest()
    for i in interactions:
        i["pluginConfiguration"]["protobuf"]["descriptorKey"] = key
    return {"consumer": {"name": "web"}, "provider": {"name": "orders"}, "interactions": list(interactions), "metadata": {"pactSpecification": {"version": "4.0"}, "plugins": [
        {"name": "protobuf", "version": "0.6.5", "configuration": {key: {"protoDescriptors": base64.b64encode(data).decode(), "protoFile": PROTO}}}]}}


def interaction(description, request, response, method="Get", service="shop.v1.Orders"):
    return {"type": "Synchronous/Messages", "description": description, "pluginConfiguration": {"protobuf": {"service": f"{service}/{method}"}}, "transport": "grpc",
            "interactionMarkup": {"markup": "```protobuf```", "markupType": "COMMON_MARK"}, "request": request, "response": [response]}


class Provider(grpc.GenericRpcHandler):
    def __init__(self, messages):
        self.messages, self.bend, self.seen = messages, "", []

    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(self.get, self.messages["GetOrder"].FromString, lambda m: m.SerializeToString()) if details.method == "/shop.v1.Orders/Get" else None

    def get(self, asked, context):
        self.seen.append((asked.id, dict(context.invocation_metadata())))
        if asked.id == 404:
            context.set_trailing_metadata((("x-why", "sold out"),))
            context.abort(grpc.StatusCode.NOT_FOUND, "there is no order 404")
        if self.bend == "status":
            context.abort(grpc.StatusCode.INTERNAL, "broken")
        order = self.messages["Order"](id=asked.id, customer_name="" if self.bend == "empty" else "eve", state=2, total=3.5, mark=b"\1\2", stock={"a": 9})
        if self.bend != "items":
            order.items.add(sku="XY-1", item_count=4)
            order.items.add(sku="lost" if self.bend == "regex" else "Z-9", item_count=5)
        return order


@pytest.fixture()
def served(shop):
    provider = Provider(shop[1])
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((provider,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield provider, f"http://127.0.0.1:{port}"
    server.stop(0)


def verify(path, content, url, *words):
    path.write_text(json.dumps(content))
    r = run("contract", "verify", path, "--provider", url, "--json", *words)
    assert r.code in (0, 1), r
    validate("ContractVerification", r.json())
    return r.json()["pacts"][0]["interactions"]


def order(shop, **values):
    return json_format.ParseDict(values, shop[1]["Order"]())


RULES = {"$.id": {"match": "integer"}, "$.customer_name": {"match": "notEmpty"}, "$.items": {"match": "type", "min": 1}, "$.items[*].sku": {"match": "regex", "regex": "^[A-Z]+-\\d$"},
         "$.items[*].item_count": {"match": "integer"}, "$.state": {"match": "regex", "regex": "NEW|SENT"}, "$.total": {"match": "number"}}


@pytest.mark.parametrize("bend,place", [("", None), ("regex", "$.items[1].sku"), ("items", "$.items"), ("empty", "$.customer_name"), ("status", "")])
def test_answers_are_compared_by_their_fields(shop, served, tmp_path, bend, place):
    provider, url = served
    provider.bend = bend
    expected = order(shop, id=5, customer_name="ada", state="NEW", items=[{"sku": "AB-1", "item_count": 1}], total=1.25)
    i = verify(tmp_path / "p.json", pact(shop[0], interaction("an order", part(shop[1]["GetOrder"](id=5), "GetOrder", metadata={"x-tenant": "acme"}), part(expected, "Order", RULES))), url)[0]
    if place is None:
        assert i["result"] == "success", i
    else:
        assert i["result"] == "failed" and place in [m["path"] for m in i["mismatches"]], i
    assert provider.seen[0][0] == 5 and provider.seen[0][1]["x-tenant"] == "acme"


def test_values_without_rules_must_be_equal(shop, served, tmp_path):
    _, url = served
    content = pact(shop[0], interaction("equal", part(shop[1]["GetOrder"](id=5), "GetOrder"), part(order(shop, id=5, state="SENT", stock={"a": 9}, mark="AQI="), "Order")),
                   interaction("other", part(shop[1]["GetOrder"](id=6), "GetOrder"), part(order(shop, id=5, state="NEW", stock={"a": 8}, mark="AQM="), "Order")))
    equal, other = verify(tmp_path / "p.json", content, url)
    assert equal["result"] == "success", equal
    assert {m["path"] for m in other["mismatches"]} == {"$.id", "$.state", "$.stock.a", "$.mark"}, other


def test_statuses_and_metadata(shop, served, tmp_path):
    _, url = served
    asked = part(shop[1]["GetOrder"](id=404), "GetOrder")
    content = pact(shop[0], *(interaction(name, asked, {"contents": {"content": ""}, "metadata": metadata}) for name, metadata in (
        ("right", {"grpc-status": "NOT_FOUND", "grpc-message": "there is no order 404", "x-why": "sold out"}), ("wrong", {"grpc-status": "INVALID_ARGUMENT"}),
        ("other words", {"grpc-status": "NOT_FOUND", "grpc-message": "gone"}), ("other metadata", {"grpc-status": "NOT_FOUND", "x-why": "lost"}))))
    got = {i["description"]: i for i in verify(tmp_path / "p.json", content, url)}
    assert {d: i["result"] for d, i in got.items()} == {"right": "success", "wrong": "failed", "other words": "failed", "other metadata": "failed"}, got
    assert "INVALID_ARGUMENT" in got["wrong"]["mismatches"][0]["message"] and "NOT_FOUND" in got["wrong"]["mismatches"][0]["message"]


def test_what_cannot_be_verified(shop, served, tmp_path):
    """Each with its reason; the others are verified all the same."""
    provider, url = served
    fine = interaction("fine", part(shop[1]["GetOrder"](id=5), "GetOrder"), part(order(shop, id=5), "Order"))
    stream = interaction("stream", part(shop[1]["GetOrder"](id=5), "GetOrder"), part(order(shop, id=5), "Order"), method="Watch")
    lost = interaction("lost", part(shop[1]["GetOrder"](id=5), "GetOrder"), part(order(shop, id=5), "Order"), service="shop.v1.Nobody")
    content = pact(shop[0], fine, stream, lost, interaction("missing method", part(shop[1]["GetOrder"](id=5), "GetOrder"), part(order(shop, id=5), "Order"), method="Put"))
    got = {i["description"]: i for i in verify(tmp_path / "p.json", content, url, "--grpc", url)}
    assert got["fine"]["result"] == "success", got
    assert "streams" in got["stream"]["error"]["message"] and "no service" in got["lost"]["error"]["message"] and "no method" in got["missing method"]["error"]["message"]
    content["metadata"]["plugins"][0]["configuration"] = {}
    assert "protoDescriptors" in verify(tmp_path / "p.json", content, url)[0]["error"]["message"]


CHANGES = {  # what the provider's contract says instead, and what is told of it; failures first
    ("int64 id = 1; string customer_name = 2", "int64 id = 1; string customer_name = 12"): "response.customer_name: the contract's shop.v1.Order has no field 2",
    ("string sku = 1", "int32 sku = 1"): "response.items.sku: field 1 is int32 in the contract, string in the pact",
    ("NEW = 1; SENT = 2", "NEW = 3; SENT = 2"): "response.state: the contract's shop.v1.State has no value NEW (1)",
    ("repeated Item items = 4", "Item items = 4"): "response.items: field 4 is single in the contract, repeated in the pact",
    ("rpc Get(GetOrder)", "rpc Fetch(GetOrder)"): "the contract has no method shop.v1.Orders/Get",
    ("message GetOrder { int64 id = 1; }", "message GetOrder { string id = 1; }"): "request.id: field 1 is string in the contract, int64 in the pact",
    ("double total = 6", "float total = 6"): None,  # the pact's message has no total
}


def test_against_the_providers_proto(shop, tmp_path):
    """Without running the provider: fields by number, bytes and enum values; what the messages do not have is not asked for; other names are warnings."""
    data, types = shop
    order = types["Order"](id=7, customer_name="anna", state=1, items=[{"sku": "tea", "item_count": 2}], stock={"tea": 3})
    file = tmp_path / "pact.json"
    file.write_text(json.dumps(pact(data, interaction("an order", part(types["GetOrder"](id=7), "GetOrder"), part(order, "Order")))))
    contract = tmp_path / "provider.proto"

    def fits(text, *words):
        contract.write_text(text)
        return run("contract", "fits", file, contract, *words)
    r = fits(PROTO)
    assert r.code == 0 and "1 of 1 interactions of web fit" in r.out, r
    for (old, new), told in CHANGES.items():
        assert old in PROTO
        r = fits(PROTO.replace(old, new))
        assert (r.code == 1 and told in r.out) if told else r.code == 0, (old, r)
    r = fits(PROTO.replace("customer_name", "client_name").replace("int32 item_count", "uint32 item_count"))
    assert r.code == 0 and "warning  response.customer_name: field 2 is called client_name in the contract" in r.out and "provider.proto:4:" in r.out and "item_count: field 2 is uint32" in r.out, r
    told = fits(PROTO, "--json").json()["pacts"][0]
    assert told["failed"] == 0 and told["interactions"][0]["operation"] == "shop.v1.Orders/Get"
    plain = tmp_path / "http.json"
    plain.write_text(json.dumps({"consumer": {"name": "web"}, "provider": {"name": "orders"}, "interactions": [{"description": "x", "request": {"path": "/x"}, "response": {"status": 200}}]}))
    r = run("contract", "fits", plain, contract)
    assert r.code == 0 and "not judged" in r.out and "is no gRPC call" in r.out, r
