"""The schema registry below /schema-registry of control: Confluent's REST API as its documentation has it, asked bare and by real clients (npm's
@kafkajs/confluent-schema-registry, Debian's python3-confluent-kafka), and killed while it takes schemas."""

import json
import subprocess
import threading

import fleet
import pytest
from fleet import ROOT, SANITIZED, call, wait_for

BASE = "/schema-registry"
V1 = "application/vnd.schemaregistry.v1+json"
KILLS = 5 if SANITIZED else 25
CLIENTS = ROOT / "tests/clients"


@pytest.fixture(scope="module")
def registry():
    f = fleet.Fleet().add("idle")
    try:
        f.up()
        yield Registry(f)
    finally:
        f.stop()


class Registry:
    def __init__(self, f):
        self.fleet = f
        self.url = f.control + BASE

    def ask(self, method, path, body=None, **headers):
        data = json.dumps(body).encode() if body is not None else None
        return self.fleet.request(method, BASE + path, data, {"Content-Type": V1, **{k.replace("_", "-"): v for k, v in headers.items()}} if data else headers)

    def ok(self, method, path, body=None):
        r = self.ask(method, path, body)
        assert r.status == 200, (method, path, r)
        return r.json()

    def refused(self, code, method, path, body=None):
        r = self.ask(method, path, body)
        assert r.status == (code if code < 1000 else code // 100) and r.json()["error_code"] == code, (method, path, r)
        return r.json()["message"]

    def register(self, subject, schema, **more):
        return self.ok("POST", f"/subjects/{subject}/versions", {"schema": json.dumps(schema), **more})["id"]


def record(name, *fields, **more):
    return {"type": "record", "name": name, "fields": [dict(zip(("name", "type", "default"), f)) for f in fields], **more}


def test_subjects_versions_ids(registry):
    """Registering, finding, listing; the same schema has the same id, however it is written and whoever has it."""
    r = registry
    user = record("User", ("name", "string"))
    assert r.ok("GET", "/") == {} and r.ok("GET", "/schemas/types") == ["JSON", "PROTOBUF", "AVRO"]
    first = r.register("users-value", user)
    assert r.register("users-value", user) == first
    spread = json.dumps({"fields": [{"type": {"type": "string"}, "name": "name"}], "name": "User", "type": "record"}, indent=4)
    assert r.ok("POST", "/subjects/people-value/versions", {"schema": spread, "schemaType": "AVRO"})["id"] == first
    text = '{"type":"record","name":"User","fields":[{"name":"name","type":"string"}]}'
    assert r.ok("GET", f"/schemas/ids/{first}") == {"schema": text}
    assert r.ok("GET", f"/schemas/ids/{first}?fetchMaxId=true")["maxId"] >= first
    assert r.ok("GET", f"/schemas/ids/{first}/schema") == user
    assert r.ok("GET", f"/schemas/ids/{first}/subjects") == ["people-value", "users-value"]
    assert r.ok("GET", f"/schemas/ids/{first}/versions") == [{"subject": "people-value", "version": 1}, {"subject": "users-value", "version": 1}]
    second = r.register("users-value", record("User", ("name", "string"), ("age", ["null", "int"], None)))
    assert second != first
    assert r.ok("GET", "/subjects/users-value/versions") == [1, 2]
    assert r.ok("GET", "/subjects/users-value/versions/1") == {"subject": "users-value", "version": 1, "id": first, "schema": text}
    latest = r.ok("GET", "/subjects/users-value/versions/latest")
    assert (latest["version"], latest["id"]) == (2, second) and latest == r.ok("GET", "/subjects/users-value/versions/-1")
    assert r.ok("GET", "/subjects/users-value/versions/1/schema") == user
    assert r.ok("POST", "/subjects/users-value", {"schema": spread})["version"] == 1
    assert {"people-value", "users-value"} <= set(r.ok("GET", "/subjects"))
    assert r.ok("GET", "/subjects?subjectPrefix=users") == ["users-value"] == r.ok("GET", "/subjects?subjectPrefix=:*:users")
    assert r.ok("GET", "/contexts") == ["."]
    slashed = "a%2Fb%20c"
    r.register(slashed, "string")
    assert "a/b c" in r.ok("GET", "/subjects") and r.ok("GET", f"/subjects/{slashed}/versions/1")["schema"] == '"string"'


def test_errors(registry):
    """Each error under its documented code."""
    r = registry
    r.register("errors", record("E", ("a", "int")))
    assert r.refused(40401, "GET", "/subjects/nobody/versions") == "Subject 'nobody' not found."
    r.refused(40401, "GET", "/subjects/nobody/versions/1")
    r.refused(40401, "POST", "/subjects/nobody", {"schema": '"int"'})
    r.refused(40401, "DELETE", "/subjects/nobody")
    assert r.refused(40402, "GET", "/subjects/errors/versions/7") == "Version 7 not found."
    assert r.refused(40403, "GET", "/schemas/ids/99999") == "Schema 99999 not found"
    r.refused(40403, "GET", "/schemas/ids/abc")
    assert r.refused(40403, "POST", "/subjects/errors", {"schema": '"int"'}) == "Schema not found"
    r.refused(40408, "GET", "/config/errors")
    r.refused(40408, "DELETE", "/config/errors")
    r.refused(40409, "GET", "/mode/errors")
    r.refused(40409, "DELETE", "/mode/errors")
    for version in ("0", "-2", "two", "2147483648"):
        assert version in r.refused(42202, "GET", f"/subjects/errors/versions/{version}")
    r.refused(42203, "PUT", "/config", {"compatibility": "SOMETIMES"})
    r.refused(42204, "PUT", "/mode", {"mode": "IMPORT"})
    r.refused(42205, "POST", "/subjects/errors/versions", {"schema": '"int"', "id": 5, "version": 1})
    r.refused(42208, "POST", "/subjects/__GLOBAL/versions", {"schema": '"int"'})
    r.refused(42208, "POST", f"/subjects/{'x' * 256}/versions", {"schema": '"int"'})
    r.refused(404, "GET", "/nothing")
    r.refused(405, "PUT", "/subjects")
    r.refused(400, "POST", "/subjects/errors/versions", [1])
    assert r.fleet.request("POST", BASE + "/subjects/errors/versions", b"{}", {"Content-Type": "text/plain"}).status == 415
    assert r.fleet.request("POST", BASE + "/subjects/errors/versions", b"{", {"Content-Type": V1}).json()["error_code"] == 400
    assert r.fleet.request("GET", BASE + "/subjects", headers={"Accept": "text/html"}).status == 406
    for method, path in (("DELETE", "/subjects/errors"), ("PUT", "/mode"), ("POST", "/subjects/errors/versions")):
        reply = r.fleet.request(method, BASE + path, b'{"mode":"READONLY"}', {"Content-Type": "application/json", "Origin": "http://127.0.0.1:7070"})
        assert reply.status == 403 and reply.json()["error_code"] == 403
    assert r.ok("GET", "/subjects/errors/versions") == [1] and r.ok("GET", "/mode") == {"mode": "READWRITE"}


@pytest.mark.parametrize("schema,words", [
    ("", "Empty schema"),
    ('{"type":"record","name":"R"}', "no fields"),
    ('{"type":"record","name":"R","fields":[{"name":"a","type":"nothing"}]}', "no type `nothing`"),
    ('{"type":"record","name":"R","fields":[\n {"name":"a","type":"int","default":"x"}]}', "line 2"),
    ('{"type":"enum","name":"E","symbols":["A","A"]}', "twice"),
    ('["null","null"]', "twice"),
    ('{"type":', "line 1"),
    ("[" * 10000, "line 1"),
    ('"' + "x" * (1 << 20) + '"', "at most"),
])
def test_invalid_schemas(registry, schema, words):
    """42201 with place and words; nothing is kept."""
    assert words in registry.refused(42201, "POST", "/subjects/invalid/versions", {"schema": schema})
    registry.refused(40401, "GET", "/subjects/invalid/versions")


def test_other_invalid_bodies(registry):
    r = registry
    r.refused(42201, "POST", "/subjects/invalid/versions", {"schema": '"int"', "schemaType": "XML"})
    r.refused(42201, "POST", "/subjects/invalid/versions", {"schemaType": "AVRO"})
    r.refused(42201, "POST", "/subjects/invalid/versions", {"schema": '"int"', "references": [{"name": "x"}]})
    r.refused(42201, "POST", "/subjects/invalid/versions", {"schema": '"int"', "references": [{"name": "x", "subject": "nobody", "version": 1}]})
    assert r.fleet.request("POST", BASE + "/subjects/big/versions", b" " * (5 << 20), {"Content-Type": V1}).status == 413


def test_media_types(registry):
    """Answers come as the client asks for them; without a wish, or with any, as the API's first version."""
    asked = {None: V1, "*/*": V1, "application/json": "application/json", f"{V1}, application/json;q=0.5": V1, "application/vnd.schemaregistry+json": "application/vnd.schemaregistry+json"}
    for accept, given in asked.items():
        reply = registry.fleet.request("GET", BASE + "/subjects", headers={"Accept": accept} if accept else {})
        assert reply.headers["content-type"] == given
    body = json.dumps({"schema": '"long"'}).encode()
    for kind in (V1, "application/json", "application/vnd.schemaregistry+json; charset=utf-8"):
        assert registry.fleet.request("POST", BASE + "/subjects/media/versions", body, {"Content-Type": kind}).status == 200


BASIC = record("R", ("a", "int"))
WITH_DEFAULT = record("R", ("a", "int"), ("b", "int", 0))
WITHOUT_DEFAULT = record("R", ("a", "int"), ("b", "int"))
# What may follow BASIC, then WITH_DEFAULT, under each level: the new schema, whether it may.
LEVELS = [
    ("NONE", record("R", ("a", "string")), True),
    ("BACKWARD", WITHOUT_DEFAULT, True), # the version before has b
    ("BACKWARD_TRANSITIVE", WITHOUT_DEFAULT, False), # the first has not
    ("BACKWARD", record("R", ("a", "long"), ("b", "int", 0)), True),
    ("BACKWARD", record("R", ("b", "int", 0)), True),
    ("BACKWARD", record("R", ("a", "int"), ("c", "int")), False),
    ("FORWARD", record("R", ("a", "int"), ("c", "int")), True),
    ("FORWARD", record("R", ("a", "long"), ("b", "int", 0)), False),
    ("FORWARD", record("R", ("b", "int", 0)), False),
    ("FORWARD_TRANSITIVE", record("R", ("a", "int"), ("c", "string")), True),
    ("FULL", record("R", ("a", "int"), ("c", "int", 1)), True),
    ("FULL", record("R", ("a", "int"), ("c", "int")), False),
    ("FULL", record("R", ("a", "long"), ("b", "int", 0)), False),
    ("FULL_TRANSITIVE", record("R", ("a", "int"), ("c", "int", 1)), True),
    ("FULL_TRANSITIVE", WITHOUT_DEFAULT, False),
]


@pytest.mark.parametrize("number", range(len(LEVELS)))
def test_levels(registry, number):
    """The seven levels: what the check says is what registering does."""
    level, schema, allowed = LEVELS[number]
    r, subject = registry, f"level-{number}"
    r.register(subject, BASIC)
    r.register(subject, WITH_DEFAULT)
    assert r.ok("PUT", f"/config/{subject}", {"compatibility": level}) == {"compatibility": level}
    assert r.ok("GET", f"/config/{subject}") == {"compatibilityLevel": level}
    body = {"schema": json.dumps(schema)}
    verdict = r.ok("POST", f"/compatibility/subjects/{subject}/versions?verbose=true", body)
    assert verdict["is_compatible"] == allowed and bool(verdict["messages"]) != allowed, verdict
    assert r.ok("POST", f"/compatibility/subjects/{subject}/versions", body) == {"is_compatible": allowed}
    if allowed:
        r.register(subject, schema)
        return
    assert any("{compatibility: '" + level + "'}" == m for m in verdict["messages"]) and any(m.startswith("{oldSchemaVersion: ") for m in verdict["messages"])
    message = r.refused(409, "POST", f"/subjects/{subject}/versions", body)
    assert message.startswith(f'Schema being registered is incompatible with an earlier schema for subject "{subject}", details: [')
    assert r.ok("GET", f"/subjects/{subject}/versions") == [1, 2]


def test_one_version(registry):
    """A check against one version only; the difference is told under Confluent's name."""
    r = registry
    r.register("one", BASIC)
    r.register("one", WITH_DEFAULT)
    body = {"schema": json.dumps(WITHOUT_DEFAULT)}
    assert r.ok("POST", "/compatibility/subjects/one/versions/latest", body) == {"is_compatible": True}
    verdict = r.ok("POST", "/compatibility/subjects/one/versions/1?verbose=true", body)
    assert not verdict["is_compatible"] and "errorType:'READER_FIELD_MISSING_DEFAULT_VALUE'" in verdict["messages"][0], verdict
    assert "the field `R.b` was added without a default" in verdict["messages"][0] and verdict["messages"][1] == "{oldSchemaVersion: 1}"
    r.refused(40402, "POST", "/compatibility/subjects/one/versions/9", body)
    r.refused(40401, "POST", "/compatibility/subjects/nobody/versions/latest", body)
    assert r.ok("POST", "/compatibility/subjects/nobody/versions", body) == {"is_compatible": True}


def test_global_settings(registry):
    r = registry
    assert r.ok("GET", "/config") == {"compatibilityLevel": "BACKWARD"} and r.ok("GET", "/mode") == {"mode": "READWRITE"}
    r.register("settings", BASIC)
    try:
        assert r.ok("PUT", "/config", {"compatibility": "full"}) == {"compatibility": "FULL"}
        assert r.ok("GET", "/config") == {"compatibilityLevel": "FULL"} == r.ok("GET", "/config/settings?defaultToGlobal=true")
        r.refused(409, "POST", "/subjects/settings/versions", {"schema": json.dumps(record("R", ("a", "long")))})
        r.ok("PUT", "/config/settings", {"compatibility": "NONE"})
        r.register("settings", record("R", ("a", "long")))
        assert r.ok("DELETE", "/config/settings") == {"compatibilityLevel": "NONE"}
        assert r.ok("DELETE", "/config") == {"compatibilityLevel": "FULL"} and r.ok("GET", "/config") == {"compatibilityLevel": "BACKWARD"}
        r.ok("PUT", "/mode", {"mode": "READONLY"})
        assert "read-only" in r.refused(42205, "POST", "/subjects/settings/versions", {"schema": '"int"'})
        r.refused(42205, "DELETE", "/subjects/settings")
        assert r.ok("GET", "/mode/settings?defaultToGlobal=true") == {"mode": "READONLY"}
        r.ok("PUT", "/mode/settings", {"mode": "READWRITE"})
        assert r.ok("GET", "/mode/settings") == {"mode": "READWRITE"}
        r.register("settings", record("R", ("a", "double")))
        r.ok("PUT", "/mode", {"mode": "READONLY_OVERRIDE"})
        r.refused(42205, "DELETE", "/subjects/settings")
        assert r.ok("DELETE", "/mode/settings") == {"mode": "READWRITE"}
    finally:
        r.ok("PUT", "/mode", {"mode": "READWRITE"})


def test_deleting(registry):
    """Softly, then for good; ids are never given again."""
    r = registry
    old = r.register("doomed", BASIC)
    r.register("doomed", WITH_DEFAULT)
    assert r.refused(40407, "DELETE", "/subjects/doomed/versions/1?permanent=true").endswith("was not deleted first before being permanently deleted")
    assert r.ok("DELETE", "/subjects/doomed/versions/1") == 1
    r.refused(40406, "DELETE", "/subjects/doomed/versions/1")
    r.refused(40402, "GET", "/subjects/doomed/versions/1")
    assert r.ok("GET", "/subjects/doomed/versions") == [2] and r.ok("GET", "/subjects/doomed/versions?deleted=true") == [1, 2]
    assert r.ok("GET", "/subjects/doomed/versions/1?deleted=true")["id"] == old and "schema" in r.ok("GET", f"/schemas/ids/{old}")
    assert r.ok("DELETE", "/subjects/doomed/versions/1?permanent=true") == 1
    r.refused(40405, "DELETE", "/subjects/doomed?permanent=true")
    assert r.ok("DELETE", "/subjects/doomed") == [2]
    r.refused(40404, "DELETE", "/subjects/doomed")
    assert "doomed" not in r.ok("GET", "/subjects") and "doomed" in r.ok("GET", "/subjects?deleted=true") and "doomed" in r.ok("GET", "/subjects?deletedOnly=true")
    newest = r.register("other", record("Fresh", ("a", "int")))
    assert r.ok("DELETE", "/subjects/other/versions/latest") == 1 and r.ok("DELETE", "/subjects/other?permanent=true") == [1]
    r.refused(40403, "GET", f"/schemas/ids/{newest}")
    assert r.register("other", record("Fresh", ("a", "int"))) > newest
    back = r.register("doomed", WITH_DEFAULT)
    assert r.ok("GET", "/subjects/doomed/versions") == [3] and r.ok("GET", "/subjects/doomed/versions/3")["id"] == back


def test_references(registry):
    """A schema in parts: resolved, compared through the reference, listed, and protected from being deleted."""
    r = registry
    r.register("line", record("Line", ("sku", "string"), namespace="shop"))
    reference = [{"name": "shop.Line", "subject": "line", "version": 1}]
    basket = record("Basket", ("lines", {"type": "array", "items": "shop.Line"}), namespace="shop")
    r.refused(42201, "POST", "/subjects/basket/versions", {"schema": json.dumps(basket)})
    id_ = r.register("basket", basket, references=reference)
    assert r.ok("GET", "/subjects/basket/versions/1")["references"] == reference == r.ok("GET", f"/schemas/ids/{id_}")["references"]
    assert r.ok("GET", "/subjects/line/versions/1/referencedby") == [id_]
    assert "{magic=1,keytype=SCHEMA,subject=line,version=1}" in r.refused(42206, "DELETE", "/subjects/line/versions/1")
    r.refused(42206, "DELETE", "/subjects/line")
    r.register("line", record("Line", ("sku", "string"), ("count", "int", 1), namespace="shop"))
    r.register("basket", basket, references=[{**reference[0], "version": 2}])
    r.ok("PUT", "/config/line", {"compatibility": "NONE"})
    r.register("line", record("Line", ("sku", "int"), namespace="shop"))
    message = r.refused(409, "POST", "/subjects/basket/versions", {"schema": json.dumps(basket), "references": [{**reference[0], "version": 3}]})
    assert "`shop.Line.sku` was string and is int now" in message
    assert r.ok("DELETE", "/subjects/basket") == [1, 2]
    assert r.ok("DELETE", "/subjects/line/versions/1") == 1
    r.refused(42206, "DELETE", "/subjects/line/versions/1?permanent=true")
    assert r.ok("DELETE", "/subjects/basket?permanent=true") == [1, 2]
    assert r.ok("DELETE", "/subjects/line/versions/1?permanent=true") == 1


def test_json_schema(registry):
    """JSON Schema: compared by meaning, in the level's direction; references by name."""
    r = registry
    body = lambda schema, **more: {"schema": json.dumps(schema, indent=1), "schemaType": "JSON", **more}
    closed = lambda required=("id",), **properties: {"type": "object", "properties": {"id": {"type": "string"}, **properties}, "required": list(required), "additionalProperties": False}
    first = r.ok("POST", "/subjects/json-orders/versions", body(closed()))["id"]
    assert r.ok("POST", "/subjects/json-orders/versions", {"schema": json.dumps(closed()), "schemaType": "JSON"})["id"] == first
    version = r.ok("GET", "/subjects/json-orders/versions/1")
    assert version["schemaType"] == "JSON" and version["schema"] == json.dumps(closed(), separators=(",", ":")) and "JSON" in r.ok("GET", "/schemas/types")
    cases = [(closed(note={"type": "string"}), True, False), (closed(("id", "note"), note={"type": "string"}), False, False), ({"type": "object", "additionalProperties": False}, False, False), (closed(()), True, False),
             (closed(id={"type": "string", "minLength": 3}), False, True), (closed(id={"type": ["string", "integer"]}), True, False), (closed(), True, True)]
    for schema, backward, forward in cases:
        for level, allowed in (("BACKWARD", backward), ("FORWARD", forward), ("FULL", backward and forward)):
            r.ok("PUT", "/config/json-orders", {"compatibility": level})
            verdict = r.ok("POST", "/compatibility/subjects/json-orders/versions/1?verbose=true", body(schema))
            assert verdict["is_compatible"] == allowed, (schema, level, verdict)
    r.ok("PUT", "/config/json-orders", {"compatibility": "BACKWARD"})
    assert "MIN_LENGTH_ADDED" in r.refused(409, "POST", "/subjects/json-orders/versions", body(closed(id={"type": "string", "minLength": 3})))
    r.refused(42201, "POST", "/subjects/json-orders/versions", body({"type": "nothing"}))
    r.refused(42201, "POST", "/subjects/json-orders/versions", {"schema": "{", "schemaType": "JSON"})
    basket = {"type": "array", "items": {"$ref": "order.json"}}
    r.refused(42201, "POST", "/subjects/json-basket/versions", body(basket))
    reference = [{"name": "order.json", "subject": "json-orders", "version": 1}]
    r.ok("POST", "/subjects/json-basket/versions", body(basket, references=reference))
    second = r.ok("POST", "/subjects/json-orders/versions", body(closed(note={"type": "string"})))["id"]
    assert second != first
    r.ok("POST", "/subjects/json-basket/versions", body(basket, references=[{**reference[0], "version": 2}]))
    r.ok("PUT", "/config/json-orders", {"compatibility": "NONE"})
    r.ok("POST", "/subjects/json-orders/versions", body(closed(id={"type": "integer"})))
    r.refused(409, "POST", "/subjects/json-basket/versions", body(basket, references=[{**reference[0], "version": 3}]))


def test_protobuf(registry):
    """Protobuf: texts that differ in white space and comments are one schema; imports are references; the wire decides."""
    r = registry
    body = lambda text, **more: {"schema": text, "schemaType": "PROTOBUF", **more}
    order = 'syntax = "proto3";\npackage shop;\nmessage Order { string id = 1; int32 total = 2; }\n'
    first = r.ok("POST", "/subjects/proto-orders/versions", body(order))["id"]
    spread = '// orders\nsyntax = "proto3";\npackage shop; /* a package */\nmessage Order {\n  string id = 1;\n  int32 total = 2;\n}'
    assert r.ok("POST", "/subjects/proto-orders/versions", body(spread))["id"] == first
    version = r.ok("GET", "/subjects/proto-orders/versions/1")
    assert version["schemaType"] == "PROTOBUF" and version["schema"] == order.strip() and "PROTOBUF" in r.ok("GET", "/schemas/types")
    assert r.ask("GET", "/subjects/proto-orders/versions/1/schema").text == order.strip()
    for text, allowed in (("string id = 1; int32 total = 2; string note = 3;", True), ("string id = 1;", True), ("string id = 1; string total = 2;", False),
                          ("string id = 1; int64 total = 2;", True)):
        verdict = r.ok("POST", "/compatibility/subjects/proto-orders/versions/1?verbose=true", body(f'syntax = "proto3"; package shop; message Order {{ {text} }}'))
        assert verdict["is_compatible"] == allowed, (text, verdict)
    r.ok("PUT", "/config/proto-orders", {"compatibility": "FULL"})
    assert "Order" in r.refused(409, "POST", "/subjects/proto-orders/versions", body('syntax = "proto3"; package shop; message Order { string id = 1; repeated string total = 2; }'))
    assert r.refused(409, "POST", "/subjects/proto-orders/versions", {"schema": '"int"'})  # another type
    assert "line 1" in r.refused(42201, "POST", "/subjects/proto-orders/versions", body("message {"))
    basket = 'syntax = "proto3"; package shop; import "order.proto"; message Basket { repeated Order orders = 1; }'
    r.refused(42201, "POST", "/subjects/proto-basket/versions", body(basket))
    reference = [{"name": "order.proto", "subject": "proto-orders", "version": 1}]
    assert r.ok("POST", "/subjects/proto-basket/versions", body(basket, references=reference))["id"] > first
    assert r.ok("GET", "/subjects/proto-orders/versions/1/referencedby") == [r.ok("GET", "/subjects/proto-basket/versions/1")["id"]]


def test_unused_part_of_a_reference(registry):
    """Only what the schema itself reaches counts, not all that stands in what it refers to."""
    r = registry
    library = lambda kind: ["null", record("Used", ("a", "int"), namespace="lib"), record("Unused", ("b", kind), namespace="lib")]
    r.ok("PUT", "/config/library", {"compatibility": "NONE"})
    r.register("library", library("int"))
    r.register("library", library("string"))
    user = record("User", ("x", "lib.Used"))
    refer = lambda version: [{"name": "lib", "subject": "library", "version": version}]
    r.register("library-user", user, references=refer(1))
    r.register("library-user", user, references=refer(2))
    r.register("library-all", record("All", ("x", "lib.Unused")), references=refer(1))
    r.refused(409, "POST", "/subjects/library-all/versions", {"schema": json.dumps(record("All", ("x", "lib.Unused"))), "references": refer(2)})


def test_kafkajs_client(registry):
    """npm's @kafkajs/confluent-schema-registry: registers, encodes, decodes by id, evolves, is refused."""
    assert (CLIENTS / "node_modules").is_dir(), "run packaging/setup.sh test"
    done = subprocess.run(["node", str(CLIENTS / "registry.mjs"), registry.url], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    out = json.loads(done.stdout)
    assert out["sameId"] and out["latest"] and out["byVersion"] and out["bySchema"] and out["evolved"], out
    assert out["decoded"] == {"id": "a-1", "total": 1250} and out["readWithNew"] == {"id": "a-1", "total": 1250, "note": None}, out
    assert "incompatible" in out["refused"]["message"] and "not found" in out["missing"], out
    assert out["basket"] == {"lines": [{"sku": "mug"}]}, out
    assert out["json"] == {"id": "a-1"} and out["protobuf"] == {"id": "a-1", "total": 7}, out


PYTHON_CLIENT = """
import json, sys
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError
c = SchemaRegistryClient({"url": sys.argv[1]})
user = json.dumps({"type": "record", "name": "User", "fields": [{"name": "name", "type": "string"}]})
out = {"id": c.register_schema("python-users", Schema(user, "AVRO"))}
out["again"] = c.register_schema("python-users", Schema(user, "AVRO"))
out["schema"] = json.loads(SchemaRegistryClient({"url": sys.argv[1]}).get_schema(out["id"]).schema_str)
found = c.lookup_schema("python-users", Schema(user, "AVRO"))
out["found"] = [found.schema_id, found.subject, found.version]
out["versions"] = c.get_versions("python-users")
out["latest"] = c.get_latest_version("python-users").version
out["subjects"] = c.get_subjects()
out["level"] = c.set_compatibility(subject_name="python-users", level="FULL")
out["level_now"] = c.get_compatibility("python-users")
wrong = Schema(json.dumps({"type": "record", "name": "User", "fields": [{"name": "name", "type": "int"}]}), "AVRO")
out["compatible"] = c.test_compatibility("python-users", wrong)
try:
    c.register_schema("python-users", wrong)
except SchemaRegistryError as e:
    out["refused"] = [e.http_status_code, e.error_code]
try:
    c.get_latest_version("python-nobody")
except SchemaRegistryError as e:
    out["missing"] = [e.http_status_code, e.error_code]
out["deleted"] = c.delete_subject("python-users")
print(json.dumps(out))
"""


def test_python_client(registry):
    """Debian's python3-confluent-kafka: its SchemaRegistryClient through all of its calls."""
    done = subprocess.run(["/usr/bin/python3", "-c", PYTHON_CLIENT, registry.url], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    out = json.loads(done.stdout)
    assert out["again"] == out["id"] and out["schema"]["name"] == "User" and out["found"] == [out["id"], "python-users", 1], out
    assert out["versions"] == [1] and out["latest"] == 1 and "python-users" in out["subjects"] and out["deleted"] == [1], out
    assert out["level_now"] == "FULL" and out["compatible"] is False and out["refused"] == [409, 409] and out["missing"] == [404, 40401], out


class Writer(threading.Thread):
    """Registers schema after schema under a subject of its own; keeps what was acknowledged."""

    def __init__(self, url, number, stop):
        super().__init__()
        self.url, self.number, self.stop, self.acknowledged, self.fault = url, number, stop, {}, None

    def run(self):
        n = 0
        while not self.stop.is_set() and not self.fault:
            body = {"schema": json.dumps(record(f"R{self.number}", *[(f"f{i}", "int", 0) for i in range(n % 50)], doc=str(n)))}
            try:
                reply = call(self.url, "POST", f"{BASE}/subjects/crash-{self.number}/versions", json.dumps(body).encode(), {"Content-Type": V1}, timeout=5)
            except OSError:
                continue
            except Exception as caught:  # a connection that ended within an answer
                if type(caught).__module__ != "http.client":
                    self.fault = repr(caught)
                continue
            if reply.status == 200:
                self.acknowledged[n] = reply.json()["id"]
                n += 1
            elif reply.status not in (502, 503):
                self.fault = str(reply)


class Control:
    """control as a process of its own, without a node that waits before it starts it again."""

    def __init__(self, f):
        self.fleet, self.process = f, None

    def start(self):
        self.process = self.fleet.start("part", "control", "--fleet", self.fleet.root)
        wait_for("control answers", lambda: call(self.fleet.control, "GET", BASE).status == 200)

    def end(self, signal):
        self.process.send_signal(signal)
        self.process.communicate(timeout=30)


def test_kill(make_fleet):
    """control is killed by SIGKILL again and again while schemas are registered: all that was acknowledged is there, under its id, once."""
    f = make_fleet().add("idle")
    control, stop = Control(f), threading.Event()
    control.start()
    writers = [Writer(f.control, n, stop) for n in range(2)]
    for w in writers:
        w.start()
    try:
        for _ in range(KILLS):
            enough = sum(len(w.acknowledged) for w in writers) + 10
            wait_for("schemas are registered", lambda: sum(len(w.acknowledged) for w in writers) >= enough or any(w.fault for w in writers), 30)
            control.end(9)
            control.start()
    finally:
        stop.set()
        for w in writers:
            w.join()
    assert not [w.fault for w in writers if w.fault]
    ids = [i for w in writers for i in w.acknowledged.values()]
    assert len(set(ids)) == len(ids) >= 10 * KILLS
    r = Registry(f)
    for w in writers:
        versions = [r.ok("GET", f"/subjects/crash-{w.number}/versions/{v}") for v in r.ok("GET", f"/subjects/crash-{w.number}/versions")]
        kept = {json.loads(v["schema"])["doc"]: v["id"] for v in versions}
        assert len(kept) == len(versions), "a schema is there twice"
        assert {str(n): i for n, i in w.acknowledged.items()}.items() <= kept.items()
    control.end(15)


def test_damaged_file(make_fleet):
    """A damaged file: control comes up all the same, and the registry says what is wrong."""
    f = make_fleet().add("idle")
    f.up()
    r = Registry(f)
    r.register("kept", BASIC)
    f.down()
    path = f.root / ".pleach/registry.db"
    assert path.exists()
    path.write_bytes(b"this is no database at all" * 500)
    for extra in ("-wal", "-shm"):
        path.with_name(path.name + extra).unlink(missing_ok=True)
    f.up()
    assert "registry.db" in r.refused(50001, "GET", "/subjects") and f.api("/api/status")["healthy"] is True
