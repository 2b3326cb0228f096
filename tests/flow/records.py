"""Log records of every kind a query can ask about, and how they are sent to a store (OTLP): for test_query.py, test_tail.py, test_segment_files.py."""

import json
import random

from fleet import call

MINUTE = 60 * 10**9
HOUR = 60 * MINUTE
COUNT = 1200
TRACES = [f"{n:032x}" for n in range(0x4BF92F3577B34DA6A3CE929D0E0E4700, 0x4BF92F3577B34DA6A3CE929D0E0E4700 + 40)]


def make_rows(end):
    """Rows of every kind a query can ask about, over six hours; none between 40 and 20 minutes before the end (for last:30m)."""
    pick = random.Random(11)
    rows = []
    for n in range(COUNT):
        age = pick.choice([pick.randrange(10**6, 20 * MINUTE), pick.randrange(40 * MINUTE, 6 * HOUR)])
        at = end - age
        if n % 50 == 1:
            at = rows[-1]["time"]  # some at the very same moment
        service = pick.choice(["cart", "cart-db", "orders", "payments", "front-end"])
        ms, code, ip = pick.choice([0.5, 2.5, 12.25, 40.0, 250.5, 1200.75]), pick.choice([200, 200, 200, 201, 404, 500, 503]), f"10.0.{pick.randrange(3)}.{pick.randrange(1, 20)}"
        user = pick.choice(["anna", "Bob", "CARL", "d'Arc", "Émile", "bob"])
        body = pick.choice([
            f"user {user} logged in from {ip}", f"GET /v1/orders/{n} took {int(ms)}ms status={code}", f"connection to db-{n % 4} timeout after {int(ms)} ms",
            "timeouts are rising", f"Payment REFUSED (code {n % 60})", f"cache miss for key user:{n % 9}:profile", f"München und Zürich: {n % 30} Züge",
            f"panic: index out of range [{n % 7}]\n\tat main.go:{n % 90}\n\tat lib.go:7", "GET /v1/orders2 wrong path", f"trace {TRACES[n % 40]} ended", "one | two, three \"four\"",
            f"level=info msg=\"done in {ms}s\" ok", f"a-b-c {n % 3}.{n % 5}.{n % 2}", "C:\\temp\\x <tag> (paren) [bracket]"])
        attributes = {"n": n, "user": user, "ip": ip}
        if n % 2:
            attributes["status"] = pick.choice([code, str(code), float(code) + 0.5])
        if n % 3:
            attributes["ms"] = ms
        if n % 5 == 0:
            attributes["path"] = pick.choice(["/v1/orders", "/v1/Orders/7", "/healthz", "/v1/orders?x=1"])
        if n % 4 == 0:
            attributes["retry"] = bool(n % 8)
        if n % 7 == 0:
            attributes["ctx"] = {"user": {"id": n % 13, "name": user}, "tags": ["red", "blue"][: 1 + n % 2], "a.b": f"dotted{n % 2}", "quote": "say \"hi\""}
        if n % 11 == 0:
            attributes["size"] = str(n * 10)
        if n % 13 == 0:
            attributes["odd name"] = f"odd {n % 2}"
        if n % 17 == 0:
            attributes["message"] = "from the attribute"
        if n % 19 == 0:
            attributes["version"] = "attr"
        rows.append({"time": at, "severity": pick.choice([0, 1, 5, 9, 9, 9, 10, 13, 17, 17, 21]), "body": body, "service": service, "version": pick.choice(["1.2", "2.0", ""]),
                     "instance": f"{service}-{n % 2}", "trace": TRACES[n % 40] if n % 3 == 0 else "", "span": f"{n + 1:016x}" if n % 6 == 0 else "", "attributes": attributes,
                     "resource": {"host.name": f"web-{n % 3}", "zone": "eu-1"}, "number": n})
    # What is one sender's resource has one version.
    for r in rows:
        r["version"] = {"cart": "1.2", "cart-db": "2.0"}.get(r["service"], "")
    return rows


def any_value(v):
    if isinstance(v, bool):
        return {"boolValue": v}
    if isinstance(v, int):
        return {"intValue": str(v)}
    if isinstance(v, float):
        return {"doubleValue": v}
    if isinstance(v, dict):
        return {"kvlistValue": {"values": [{"key": k, "value": any_value(x)} for k, x in v.items()]}}
    if isinstance(v, list):
        return {"arrayValue": {"values": [any_value(x) for x in v]}}
    return {"stringValue": v}


def attributes(d):
    return [{"key": k, "value": any_value(v)} for k, v in d.items()]


def send(store, rows):
    for begin in range(0, len(rows), 200):
        resources = []
        for r in rows[begin:begin + 200]:
            record = {"timeUnixNano": str(r["time"]), "severityNumber": r["severity"], "body": {"stringValue": r["body"]}, "attributes": attributes(r["attributes"]),
                      "traceId": r["trace"], "spanId": r["span"]}
            who = {"service.name": r["service"], "service.version": r["version"], "service.instance.id": r["instance"], **r["resource"]}
            resources.append({"resource": {"attributes": attributes({k: v for k, v in who.items() if v})}, "scopeLogs": [{"logRecords": [record]}]})
        reply = call(store.store, "POST", "/v1/logs", json.dumps({"resourceLogs": resources}).encode(), {"Content-Type": "application/json"})
        assert reply.status == 200, reply
