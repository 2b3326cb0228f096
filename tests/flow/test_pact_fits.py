"""`pleach contract fits`: consumers' pacts against a provider's OpenAPI description, which runs nowhere."""

import json

from fleet import run

CONTRACT = """openapi: 3.0.3
info: {title: Orders, version: 1.0.0}
servers: [{url: "http://orders.example/v1"}]
paths:
  /orders/{id}:
    get:
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: limit, in: query, schema: {type: integer, maximum: 50}}
        - {name: X-Tenant, in: header, required: true, schema: {type: string}}
      responses:
        "200":
          description: an order
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Order"}
        "404": {description: none}
  /orders:
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [customer], properties: {customer: {type: string}}, additionalProperties: false}
      responses:
        "201": {description: made, headers: {Location: {schema: {type: string}}}}
components:
  schemas:
    Order:
      type: object
      required: [id]
      properties:
        id: {type: integer}
        total: {type: number}
        note: {type: string, nullable: true}
        state: {type: string, enum: [open, paid]}
        items: {type: array, items: {oneOf: [{type: object, properties: {sku: {type: string}}}, {type: string}]}}
"""


def get(body, status=200, path="/v1/orders/7", query=None, headers=None, rules=None):
    return {"description": "an order", "request": {"method": "GET", "path": path, "query": query or {}, "headers": {"X-Tenant": "a"} if headers is None else headers},
            "response": {"status": status, "body": body, **({"matchingRules": {"body": rules}} if rules else {})}}


def matched(word, **members):
    return {"matchers": [{"match": word, **members}], "combine": "AND"}


def fits(tmp_path, *interactions, options=("--json",)):
    (tmp_path / "openapi.yaml").write_text(CONTRACT)
    (tmp_path / "web-orders.json").write_text(json.dumps({"consumer": {"name": "web"}, "provider": {"name": "orders"}, "interactions": list(interactions),
                                                          "metadata": {"pactSpecification": {"version": "3.0.0"}}}, indent=1))
    return run("contract", "fits", "web-orders.json", "openapi.yaml", *options, cwd=tmp_path)


def told(r, level):
    return [f"{f['where']}: {f['sentence']}" for p in r.json()["pacts"] for i in p["interactions"] for f in i["findings"] if f["level"] == level]


def test_what_fits(tmp_path):
    r = fits(tmp_path, get({"id": 7, "state": "open", "items": [{"sku": "a"}, "b"]}, query={"limit": ["5"]}, rules={"$.id": matched("integer")}),
             {"description": "made", "request": {"method": "POST", "path": "/orders", "headers": {"Content-Type": "application/json"}, "body": {"customer": "c"}}, "response": {"status": 201}})
    assert r.code == 0, r.out + r.err
    pact = r.json()["pacts"][0]
    assert [i["verdict"] for i in pact["interactions"]] == ["fits", "fits"]
    assert [i["operation"] for i in pact["interactions"]] == ["GET /orders/{id}", "POST /orders"]
    assert told(r, "failure") == []
    assert told(r, "warning") == ['response body $.state: the contract does not promise "state": it is not required',
                                  'response body $.items: the contract does not promise "items": it is not required',
                                  'response body $.items[0].sku: the contract does not promise "sku": it is not required']


def test_requests_that_the_provider_does_not_take(tmp_path):
    for interaction, words in [
            (get({"id": 1}, path="/v1/orders/x"), "request path id: 'x' is not valid"), (get({"id": 1}, query={"limit": ["51"]}), "request query limit: '51' is not valid"),
            (get({"id": 1}, query={"sort": ["a"]}), "request query sort: the contract has no such parameter"), (get({"id": 1}, headers={}), "request header X-Tenant: the contract demands it"),
            (get({"id": 1}, path="/v1/nothing"), "request: the contract has no path"),
            ({**get({"id": 1}), "request": {"method": "DELETE", "path": "/orders/1"}}, "but not with the method DELETE"),
            ({"description": "d", "request": {"method": "POST", "path": "/orders", "body": {"customer": 1}}, "response": {"status": 201}}, "request body /customer"),
            ({"description": "d", "request": {"method": "POST", "path": "/orders", "body": {"customer": "c", "more": 1}}, "response": {"status": 201}}, "request body"),
            ({"description": "d", "request": {"method": "POST", "path": "/orders"}, "response": {"status": 201}}, "the contract demands a body"),
            ({"description": "d", "request": {"method": "POST", "path": "/orders", "headers": {"Content-Type": "text/plain"}, "body": "x"}, "response": {"status": 201}}, "does not take text/plain")]:
        r = fits(tmp_path, interaction)
        assert r.code == 1, interaction
        assert any(words in sentence for sentence in told(r, "failure")), (words, r.out)


def test_answers_that_the_provider_does_not_give(tmp_path):
    for interaction, words in [
            (get({"id": 1, "name": "n"}), 'response body $.name: the contract has no member "name" here'), (get({"id": "1"}), "response body $.id: "), (get({"id": 1, "state": "gone"}), "response body $.state: "),
            (get({"id": 1}, status=500), "response status: the contract gives no 500 here"), (get([1]), "response body $: the contract gives no list here"), (get({"id": 1, "items": [{"code": 1}]}), "alternatives fits"),
            (get({"id": 1}, status=404), "the contract gives no body with status 404")]:
        r = fits(tmp_path, interaction)
        assert r.code == 1, interaction
        assert any(words in sentence for sentence in told(r, "failure")), (words, r.out)
    r = fits(tmp_path, get({"id": 1, "total": 5, "note": "n"}, rules={"$.total": matched("integer"), "$.note": matched("type")}))
    assert r.code == 0
    assert any("numbers with a fraction" in w for w in told(r, "warning")) and any("allows null here" in w for w in told(r, "warning"))


def test_forms_and_errors(tmp_path):
    r = fits(tmp_path, get({"id": 1, "name": "n"}), options=())
    assert r.code == 1 and 'failure  response body $.name: the contract has no member "name" here' in r.out
    assert "web-orders.json:" in r.out and "openapi.yaml:16:" in r.out and "0 of 1 interactions of web fit" in r.out
    r = fits(tmp_path, get({"id": 1, "name": "n"}), options=("--format", "junit", "--output", "out.xml"))
    assert r.code == 1 and '<failure message="response body $.name' in (tmp_path / "out.xml").read_text()
    assert fits(tmp_path, get({"id": 1}), options=("--format", "sarif")).code == 2
    (tmp_path / "bad.json").write_text('{"consumer": {"name": "a"},\n "provider": {"name": "b"}, "interactions": [{"request": 1}]}')
    r = run("contract", "fits", "bad.json", "openapi.yaml", cwd=tmp_path)
    assert r.code == 2 and "bad.json:2:" in r.err and 'has no "request"' in r.err
    assert run("contract", "fits", "none.json", "openapi.yaml", cwd=tmp_path).code in (2, 3)
    (tmp_path / "a.graphql").write_text("type Query { a: Int }")
    r = run("contract", "fits", "web-orders.json", "a.graphql", cwd=tmp_path)
    assert r.code == 2 and "no OpenAPI description and no .proto file" in r.err
    r = fits(tmp_path, {"description": "refused", "request": {"method": "GET", "path": "/orders/x", "headers": {"X-Tenant": "a"}}, "response": {"status": 404}})
    assert r.code == 0 and told(r, "warning")
