"""OTLP requests for the scenarios: a small protobuf writer and reader, and the three signals in both encodings (OTLP 1.11)."""

import struct
import time


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    """One field: int as varint, bytes and text as length-delimited, float as fixed64 (double), ("fixed64", n) as that."""
    if isinstance(value, tuple):
        return varint(number << 3 | 1) + struct.pack("<Q", value[1])
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(data):
    """Reads a message: list of (number, value)."""
    out, at = [], 0

    def number():
        nonlocal at
        n = shift = 0
        while True:
            byte = data[at]
            at += 1
            n |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return n

    while at < len(data):
        key = number()
        if key & 7 == 0:
            value = number()
        elif key & 7 == 1:
            value, at = data[at : at + 8], at + 8
        elif key & 7 == 5:
            value, at = data[at : at + 4], at + 4
        else:
            size = number()
            value, at = data[at : at + size], at + size
        out.append((key >> 3, value))
    return out


def any_value(v):
    if isinstance(v, bool):
        return field(2, int(v))
    return field(3, v) if isinstance(v, int) else field(4, v) if isinstance(v, float) else field(1, v)


def attribute(key, value):
    return field(1, key) + field(2, any_value(value))


def resource(service, instance=""):
    out = field(1, attribute("service.name", service))
    if instance:
        out += field(1, attribute("service.instance.id", instance))
    return out


def log_record(body, trace=None, span=None, severity=9, at=None, **attributes):
    at = at or time.time_ns()
    out = field(1, ("fixed64", at)) + field(11, ("fixed64", at)) + field(2, severity) + field(5, any_value(body))
    for key, value in attributes.items():
        out += field(6, attribute(key, value))
    if trace:
        out += field(9, bytes.fromhex(trace))
    if span:
        out += field(10, bytes.fromhex(span))
    return out


def logs(records, service="outside", instance=""):
    scope = b"".join(field(2, r) for r in records)
    return field(1, field(1, resource(service, instance)) + field(2, scope))


def span(trace, span_id, parent=None, name="work", kind=2, start=None, length=1_000_000, **attributes):
    start = start or time.time_ns()
    out = field(1, bytes.fromhex(trace)) + field(2, bytes.fromhex(span_id)) + field(5, name) + field(6, kind)
    if parent:
        out += field(4, bytes.fromhex(parent))
    out += field(7, ("fixed64", start)) + field(8, ("fixed64", start + length))
    for key, value in attributes.items():
        out += field(9, attribute(key, value))
    return out


def traces(spans, service="outside"):
    scope = b"".join(field(2, s) for s in spans)
    return field(1, field(1, resource(service)) + field(2, scope))


def metrics(points, service="outside"):
    data = b"".join(field(1, field(3, ("fixed64", time.time_ns())) + field(4, float(p))) for p in points)
    metric = field(1, "temperature") + field(5, data)
    return field(1, field(1, resource(service)) + field(2, field(2, metric)))


def json_logs(bodies, service="outside"):
    at = str(time.time_ns())
    return {
        "resourceLogs": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
                "scopeLogs": [{"logRecords": [{"timeUnixNano": at, "severityNumber": 9, "body": {"stringValue": b}} for b in bodies]}],
            }
        ]
    }


def status_message(reply):
    """The message of a google.rpc.Status, from whichever encoding the reply is in."""
    if reply.headers.get("content-type", "").startswith("application/json"):
        return reply.json()["message"]
    return dict(fields(reply.body))[2].decode()
