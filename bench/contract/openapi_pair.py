#!/usr/bin/env python3
"""Writes the pairs of OpenAPI descriptions that bench/contract/openapi.py measures, the same for the same seed.

  openapi_pair.py wide OLD NEW        about 12 MB each, in the shape of a large public REST API: 900 operations, each with inline schemas, shared responses and parameters,
                                      thousands of component schemas with descriptions, and examples of what they describe; a release apart
  openapi_pair.py recursive OLD NEW   in the shape of a payments API: 600 component schemas that refer to each other all over (`anyOf` of an id and the whole object), 98
                                      of them changed, reached by 570 operations that share them
Prints, as JSON, the numbers of operations, schemas and of the changes made."""
import argparse
import json
import random

WORDS = """account amount archive asset balance branch build card charge check city code color comment commit company config count country created currency customer data
date default description discount display domain draft email enabled entry error event expires external feature file filter flag format group hook id image index invoice item job
key kind label language last level limit line link list locale lock login member merge message method mode name node note number object offer option order organization owner
page parent path payment period plan policy price product project property provider public rate reason record ref region release report repository request review role rule scope
score secret section seller sequence service session setting shipping sort source stage start state status step store subject subscription summary tag target tax team template text
thread time title token topic total type unit update url usage user value vendor version view visibility volume webhook weight workflow zone""".split()


class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def word(self):
        return self.r.choice(WORDS)

    def name(self, n=2):
        return "_".join(self.word() for _ in range(n))

    def sentence(self, n=14):
        return " ".join(self.word() for _ in range(n)).capitalize() + "."

    def scalar(self):
        kind = self.r.randrange(8)
        if kind < 3:
            s = {"type": "string"}
            if self.r.random() < 0.3:
                s["format"] = self.r.choice(["uri", "date-time", "email", "uuid"])
            elif self.r.random() < 0.3:
                s["maxLength"] = self.r.choice([50, 100, 255])
            return s
        if kind == 3:
            return {"type": "string", "enum": sorted({self.word() for _ in range(self.r.randrange(2, 7))})}
        if kind < 6:
            s = {"type": "integer"}
            if self.r.random() < 0.3:
                s["minimum"] = 0
            return s
        return {"type": "boolean"} if kind == 6 else {"type": "number"}


def example(schemas, s, depth=0):
    """A value of the schema, as the examples of real descriptions."""
    if "$ref" in s:
        return example(schemas, schemas[s["$ref"].rsplit("/", 1)[1]], depth + 1) if depth < 3 else {}
    if "anyOf" in s:
        return example(schemas, s["anyOf"][0], depth)
    if "enum" in s:
        return s["enum"][0]
    kind = s.get("type")
    if kind == "object":
        return {k: example(schemas, v, depth + 1) for k, v in s.get("properties", {}).items()} if depth < 4 else {}
    if kind == "array":
        return [example(schemas, s["items"], depth + 1)]
    return {"string": {"uri": "https://api.example.com/things/1", "date-time": "2026-01-31T12:00:00Z", "email": "octo@example.com",
                       "uuid": "00000000-0000-4000-8000-000000000000"}.get(s.get("format"), "some text of usual length"),
            "integer": 1296269, "boolean": False, "number": 1.5}.get(kind)


def wide(seed=1):
    m = Maker(seed)
    names = []
    schemas = {}
    for i in range(4700):
        name = f"{m.name()}_{i}"
        properties = {}
        for _ in range(m.r.randrange(6, 20)):
            p = m.scalar()
            if i >= 1800 and m.r.random() < 0.18:
                # simple ones, then ones made of these, then ones made of both: as deep as real descriptions of resources
                p = {"$ref": "#/components/schemas/" + m.r.choice(names[:1800] if i < 3600 else names[:3600])}
                if m.r.random() < 0.3:
                    p = {"type": "array", "items": p}
            elif m.r.random() < 0.6:
                p["description"] = m.sentence(m.r.randrange(5, 16))
            properties[m.name()] = p
        required = sorted(m.r.sample(sorted(properties), len(properties) // 2))
        schemas[name] = {"title": name, "description": m.sentence(), "type": "object", "properties": properties, "required": required}
        names.append(name)
    parameters = {f"{m.name()}_{i}": {"name": m.name(), "in": m.r.choice(["query", "query", "header"]), "description": m.sentence(), "schema": m.scalar()} for i in range(120)}
    responses = {f"error_{c}": {"description": m.sentence(), "content": {"application/json": {"schema": {"$ref": "#/components/schemas/" + names[c]}}}} for c in range(12)}
    paths = {}
    operations = 0
    while operations < 900:
        path = "/" + "/".join([m.word(), "{id}", m.word(), f"{m.word()}{len(paths)}"])
        item = {}
        for method in m.r.sample(["get", "post", "put", "patch", "delete"], m.r.randrange(1, 4)):
            body = {"$ref": "#/components/schemas/" + m.r.choice(names)}
            answer = {"$ref": "#/components/schemas/" + m.r.choice(names)} if m.r.random() < 0.7 else {"type": "array", "items": {"$ref": "#/components/schemas/" + m.r.choice(names)}}
            op = {"summary": m.sentence(5), "description": " ".join(m.sentence() for _ in range(4)), "operationId": f"{m.word()}/{m.word()}-{operations}", "tags": [m.word()],
                  "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]
                  + [{"$ref": "#/components/parameters/" + p} for p in m.r.sample(sorted(parameters), 3)],
                  "responses": {"200": {"description": "Response", "content": {"application/json": {"schema": answer,
                                        "examples": {"default": {"value": example(schemas, answer)}}}}},
                                **{code: {"$ref": f"#/components/responses/error_{m.r.randrange(12)}"} for code in m.r.sample(["304", "401", "403", "404", "409", "422"], 3)}}}
            if method not in ("get", "delete"):
                op["requestBody"] = {"required": True, "content": {"application/json": {"schema": body, "examples": {"default": {"value": example(schemas, body)}}}}}
            item[method] = op
            operations += 1
        paths[path] = item
    old = {"openapi": "3.0.3", "info": {"title": "Wide", "version": "1.0.0"}, "servers": [{"url": "https://api.example.com"}], "paths": paths,
           "components": {"schemas": schemas, "parameters": parameters, "responses": responses}}
    new = json.loads(json.dumps(old))
    return old, new, change_wide(m, new, names), operations


def change_wide(m, new, names):
    """A release apart: mostly additions, some breaks."""
    changes = 0
    schemas = new["components"]["schemas"]
    for name in m.r.sample(names, 120):
        s = schemas[name]
        kind = m.r.randrange(4)
        if kind == 0:
            s["properties"][m.name(3)] = m.scalar()
        elif kind == 1 and s["required"]:
            s["required"].pop()
        elif kind == 2:
            s["properties"].pop(next(iter(s["properties"])))
            s["required"] = [r for r in s["required"] if r in s["properties"]]
        else:
            s["description"] = m.sentence()
        changes += 1
    paths = new["paths"]
    for path in m.r.sample(sorted(paths), 8):
        paths.pop(path)
        changes += 1
    for path in m.r.sample(sorted(paths), 30):
        for op in paths[path].values():
            op["parameters"].append({"name": m.name(), "in": "query", "schema": m.scalar()})
        changes += 1
    return changes


def reached(schemas, names):
    """All schemas that these lead to."""
    seen, todo = set(), list(names)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += [part.split('"')[0] for part in json.dumps(schemas[name]).split("#/components/schemas/")[1:]]
    return seen


def recursive(seed=2, count=600, changed=98, second=0.15):
    m = Maker(seed)
    names = [f"{m.name()}_{i}" for i in range(count)]
    schemas = {}
    for i, name in enumerate(names):
        properties = {"id": {"type": "string", "maxLength": 5000}, "object": {"type": "string", "enum": [name]}, "created": {"type": "integer", "format": "unix-time"}}
        for _ in range(m.r.randrange(5, 16)):
            properties[m.name()] = m.scalar()
        for _ in range(1 + (m.r.random() < second)):
            other = "#/components/schemas/" + m.r.choice(names)
            p = {"anyOf": [{"maxLength": 5000, "type": "string"}, {"$ref": other}]} if m.r.random() < 0.6 else {"$ref": other}
            properties[m.name()] = {"type": "array", "items": p} if m.r.random() < 0.2 else p
        schemas[name] = {"description": m.sentence(), "type": "object", "properties": properties, "required": ["id", "object"]}
    paths = {}
    for i in range(285):
        s = {"$ref": "#/components/schemas/" + names[i]}
        error = {"description": "Error", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/" + names[0]}}}}
        answer = {"200": {"description": "ok", "content": {"application/json": {"schema": s}}}, "default": error}
        form = {"type": "object", "properties": {m.name(): m.scalar() for _ in range(8)}}
        paths[f"/v1/{names[i]}"] = {"get": {"operationId": f"Get{i}", "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}], "responses": answer},
                                    "post": {"operationId": f"Post{i}", "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": form}}}, "responses": answer}}
    old = {"openapi": "3.0.3", "info": {"title": "Recursive", "version": "1"}, "servers": [{"url": "https://api.example.com"}], "paths": paths, "components": {"schemas": schemas}}
    new = json.loads(json.dumps(old))
    for name in m.r.sample(sorted(reached(schemas, names[:285])), changed):
        s = new["components"]["schemas"][name]
        kind = m.r.randrange(3)
        if kind == 0:
            s["properties"]["object"]["enum"].append("another_" + name)
        elif kind == 1:
            s["required"].remove("id")
        else:
            s["properties"]["created"]["type"] = "string"
    return old, new, changed, 570


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", choices=["wide", "recursive"])
    parser.add_argument("old")
    parser.add_argument("new")
    args = parser.parse_args()
    old, new, changes, operations = wide() if args.shape == "wide" else recursive()
    for path, document in ((args.old, old), (args.new, new)):
        with open(path, "w", encoding="utf-8") as f:
            json.dump(document, f, indent=1 if args.shape == "wide" else None)
    print(json.dumps({"operations": operations, "schemas": len(old["components"]["schemas"]), "changes": changes}))


if __name__ == "__main__":
    main()
