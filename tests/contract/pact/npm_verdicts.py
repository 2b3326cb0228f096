#!/usr/bin/env python3
"""Asks npm's Pact (the library of @pact-foundation/pact-core, which pact-js, its verifier and its mock server share) for its verdict on pairs of what is expected and what
is sent, and writes them to verdicts.json, which tests/unit/test_pact_verdicts.c replays without npm: tests/contract/pact/npm_verdicts.py [NODE_MODULES]

The specification's own suite knows only `type` and `regex` of versions 3 and 4; all other matchers, rules in other places than JSON bodies, and combinations are here.
Requests are judged by the mock server (nothing unexpected is allowed), messages by pactffi_match_message (more is allowed), times by pactffi_validate_datetime."""
import ctypes
import http.client
import json
import os
import pathlib
import random
import sys
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
MODULES = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[1] / "clients" / "node_modules")
os.environ["PACT_DO_NOT_TRACK"] = "true"


def load():
    found = sorted((MODULES / "@pact-foundation").glob("pact-core-linux-*-glibc/prebuilds/*/libpact_ffi.so"))
    if not found:
        sys.exit(f"{MODULES} has no libpact_ffi.so; run npm ci in tests/clients")
    lib = ctypes.CDLL(str(found[0]))
    text, u16, u32, size, flag, pointer = ctypes.c_char_p, ctypes.c_uint16, ctypes.c_uint32, ctypes.c_size_t, ctypes.c_bool, ctypes.c_void_p
    for name, arguments, result in [
            ("new_pact", [text, text], u16), ("new_interaction", [u16, text], u32), ("with_request", [u32, text, text], flag), ("with_specification", [u16, ctypes.c_int], flag),
            ("with_body", [u32, ctypes.c_int, text, text], flag), ("with_matching_rules", [u32, ctypes.c_int, text], flag), ("with_query_parameter_v2", [u32, text, size, text], flag),
            ("with_header_v2", [u32, ctypes.c_int, text, size, text], flag), ("create_mock_server_for_transport", [u16, text, u16, text, text], ctypes.c_int32),
            ("cleanup_mock_server", [ctypes.c_int32], flag), ("version", [], text), ("free_pact_handle", [u16], ctypes.c_uint), ("validate_datetime", [text, text], ctypes.c_int),
            ("message_new_from_json", [ctypes.c_uint, text, ctypes.c_int], pointer), ("match_message", [pointer, pointer], pointer), ("mismatches_get_iter", [pointer], pointer),
            ("mismatches_iter_next", [pointer], pointer), ("mismatches_delete", [pointer], None), ("message_delete", [pointer], None), ("mismatches_iter_delete", [pointer], None)]:
        function = getattr(lib, "pactffi_" + name)
        function.argtypes, function.restype = arguments, result
    return lib


def content(body):
    """A body of version 4 as bytes."""
    value = body["content"]
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def request_verdict(lib, expected, actual):
    pact = lib.pactffi_new_pact(b"consumer", b"provider")
    lib.pactffi_with_specification(pact, 5)
    interaction = lib.pactffi_new_interaction(pact, b"case")
    lib.pactffi_with_request(interaction, expected.get("method", "POST").encode(), expected.get("path", "/").encode())
    for name, values in expected.get("query", {}).items():
        for i, value in enumerate(values):
            lib.pactffi_with_query_parameter_v2(interaction, name.encode(), i, value.encode())
    for name, values in expected.get("headers", {}).items():
        for i, value in enumerate(values):
            lib.pactffi_with_header_v2(interaction, 0, name.encode(), i, value.encode())
    if "body" in expected:
        lib.pactffi_with_body(interaction, 0, expected["body"]["contentType"].encode(), content(expected["body"]))
    if not lib.pactffi_with_matching_rules(interaction, 0, json.dumps(expected.get("matchingRules", {})).encode()):
        sys.exit(f"rules refused: {expected}")
    port = lib.pactffi_create_mock_server_for_transport(pact, b"127.0.0.1", 0, b"http", None)
    if port <= 0:
        sys.exit(f"no mock server: {port}")
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        target = actual.get("path", "/") + ("?" + actual["query"] if actual.get("query") else "")
        connection.request(actual.get("method", "POST"), target, body=actual["body"].encode() if "body" in actual else None,
                           headers={k: ", ".join(v) for k, v in actual.get("headers", {}).items()})
        return connection.getresponse().status == 200
    finally:
        lib.pactffi_cleanup_mock_server(port)
        lib.pactffi_free_pact_handle(pact)


def message_verdict(lib, expected, actual):
    def make(part):
        node = {"description": "case", "contents": part["contents"]["content"], "metadata": {"contentType": part["contents"]["contentType"]}}
        if "matchingRules" in part:
            node["matchingRules"] = part["matchingRules"]
        message = lib.pactffi_message_new_from_json(0, json.dumps(node).encode(), 4)
        if not message:
            sys.exit(f"message refused: {part}")
        return message
    one, two = make(expected), make(actual)
    mismatches = lib.pactffi_match_message(one, two)
    if not mismatches:
        sys.exit(f"messages could not be compared: {expected}")
    iterator = lib.pactffi_mismatches_get_iter(mismatches)
    return not lib.pactffi_mismatches_iter_next(iterator)


def rule(*matchers, combine="AND"):
    return {"matchers": list(matchers), "combine": combine}


def m(name, **members):
    return {"match": name, **members}


T, I, D, N, B, NULL = m("type"), m("integer"), m("decimal"), m("number"), m("boolean"), m("null")
KEY, VALUE = m("eachKey", rules=[m("regex", regex="[a-z]+")]), m("eachValue", rules=[I])


def rx(pattern):
    return m("regex", regex=pattern)


def body_cases():
    """(rules of the body, expected JSON, actual JSON)"""
    scalars = [1, 0, -7, 1.5, 1.0, 1000.0, "s", "", "12", "1.5", "true", "x1", None, True, False, "2024-02-29", "1.0.0", [], [1], {}, {"k": 1}]
    single = [T, I, D, N, B, NULL, m("equality"), rx("[a-z]+"), rx("\\d+"), rx(".*"), m("include", value="1"), m("notEmpty"), m("semver"), m("date", format="yyyy-MM-dd"),
              m("datetime", format="yyyy-MM-dd'T'HH:mm:ss"), m("time", format="HH:mm")]
    for matcher in single:
        for value in scalars:
            for example in (1, "s", value):
                if isinstance(example, (list, dict)) != isinstance(value, (list, dict)):
                    continue
                yield {"$.a": rule(matcher)}, {"a": example}, {"a": value}
    lists = [[], [1], [1, 2], [2], [2, 3, 4], ["s"], [1, "s"]]
    for matcher in [T, m("type", min=1), m("type", min=2), m("type", max=2), m("type", min=1, max=2), rx("\\d"), I, m("equality"), m("notEmpty"), VALUE, m("values"),
                    m("arrayContains", variants=[])]:
        for example in ([1], [1, 2], []):
            for value in lists:
                yield {"$.a": rule(matcher)}, {"a": example}, {"a": value}
    for value in lists:
        yield {"$.a[*]": rule(T)}, {"a": [1]}, {"a": value}
        yield {"$.a": rule(m("type", min=1)), "$.a[*]": rule(I)}, {"a": [1]}, {"a": value}
        yield {"$": rule(T)}, {"a": [1]}, {"a": value}
        yield {"$.a[0]": rule(T)}, {"a": [1, 2]}, {"a": value}
        yield {}, {"a": [1, 2]}, {"a": value}
    objects = [{}, {"k": 1}, {"k": 2}, {"q": 1}, {"k": 1, "q": 2}, {"k": "s"}, {"Q": 1}, {"k": {"x": 1}}, {"k": None}]
    for matcher in [T, KEY, VALUE, m("values"), m("equality"), m("notEmpty"), m("eachValue", rules=[T]), m("eachKey", rules=[rx("k.*")])]:
        for value in objects:
            yield {"$.a": rule(matcher)}, {"a": {"k": 1}}, {"a": value}
            yield {"$.a": rule(matcher), "$.a.*": rule(I)}, {"a": {"k": 1}}, {"a": value}
    for value in objects:
        yield {"$.a": rule(KEY, VALUE)}, {"a": {"k": 1}}, {"a": value}
        yield {"$.a.*": rule(T)}, {"a": {"k": 1}}, {"a": value}
        yield {"$": rule(T)}, {"a": {"k": 1}}, {"a": value}
        yield {"$": rule(T), "$.a": rule(m("values"))}, {"a": {"k": 1}}, {"a": value}
        yield {"$": rule(T), "$.a": rule(m("equality"))}, {"a": {"k": 1}}, {"a": value}
        yield {"$.a": rule(m("eachValue", rules=[T])), "$.a.*.x": rule(rx("z+"))}, {"a": {"k": {"x": "z"}}}, {"a": {"q": {"x": "zz"}}}
        yield {"$.a": rule(m("eachValue", rules=[T])), "$.a.*.x": rule(rx("z+"))}, {"a": {"k": {"x": "z"}}}, {"a": {"q": {"x": "y"}}}
    for value in (1, "s", None, 1.5, True, "x"):
        yield {"$.a": rule(I, NULL, combine="OR")}, {"a": 1}, {"a": value}
        yield {"$.a": rule(rx("x+"), I, combine="OR")}, {"a": "x"}, {"a": value}
        yield {"$.a": rule(T, rx("x+"))}, {"a": "x"}, {"a": value}
        yield {"$.a": rule(m("notEmpty"), T)}, {"a": "x"}, {"a": value}
    variant = m("arrayContains", variants=[{"index": 0, "rules": {"$.t": rule(m("equality")), "$.v": rule(I)}}, {"index": 1, "rules": {"$.t": rule(rx("b.*"))}}])
    example = [{"t": "a", "v": 1}, {"t": "b"}]
    for value in ([{"t": "a", "v": 5}, {"t": "bb"}], [{"t": "bb"}, {"t": "x"}, {"t": "a", "v": 5}], [{"t": "a", "v": "5"}, {"t": "b"}], [{"t": "a", "v": 5}], [], [{"t": "a", "v": 5, "w": 1}, {"t": "b"}]):
        yield {"$.a": rule(variant)}, {"a": example}, {"a": value}
    for rules in ({"$.a.b": rule(T), "$.a": rule(m("equality"))}, {"$.*.b": rule(NULL), "$.a.b": rule(T)}, {"$.*.*": rule(NULL), "$.a": rule(T)}, {"$.a": rule(NULL), "$.a.b": rule(T)},
                  {"$['a']['b']": rule(T)}, {"$.a.*": rule(I), "$.a.b": rule(rx("[0-9]"))}, {"$.*": rule(T)}, {"$.*": rule(T), "$.a.b": rule(m("equality"))}, {"$.x": rule(T)}):
        for value in ({"b": 1}, {"b": 2}, {"b": "s"}, {"c": 1}, {"b": 1, "c": 1}):
            yield rules, {"a": {"b": 1}}, {"a": value}
    for key in ("a.b", "a b", "ä", "1", "@x"):
        yield {f"$['{key}']": rule(T)}, {key: 1}, {key: 2}
    for version in ("1.0.0", "1.0", "01.0.0", "1.0.0-", "1.0.0-rc.1", "1.0.0-rc.01", "1.0.0+a.b", "v1.0.0", "1.0.0.0", "", "99999.9.9"):
        yield {"$.a": rule(m("semver"))}, {"a": "1.0.0"}, {"a": version}
    # an array of arrays, and rules at several depths
    for value in ([[1, 2], [3]], [[1, "x"]], [[]], [], [1]):
        yield {"$.a": rule(T), "$.a[*]": rule(m("type", min=1)), "$.a[*][*]": rule(I)}, {"a": [[1]]}, {"a": value}


def random_cases(count):
    """Small trees, rules at places of the example, and values near the example."""
    r = random.Random(20261126)

    def tree(depth):
        kind = r.randrange(8 if depth else 5)
        if kind >= 6:
            return {key: tree(depth - 1) for key in r.sample("abc", r.randint(1, 2))}
        if kind == 5:
            return [tree(depth - 1)] * r.randint(1, 2)
        return [1, 2.5, "s", "12", True][kind]

    def places(value, path="$"):
        yield path
        if isinstance(value, dict):
            yield path + ".*"
            for key, inner in value.items():
                yield from places(inner, f"{path}.{key}")
        if isinstance(value, list):
            yield path + "[*]"
            for i, inner in enumerate(value):
                yield from places(inner, f"{path}[{i}]")

    def changed(value):
        if r.random() < 0.12:
            return r.choice([1, 3, 2.5, "s", "t", None, False, [], {}])
        if isinstance(value, dict):
            return {(key if r.random() > 0.06 else "z"): changed(inner) for key, inner in value.items() if r.random() > 0.05}
        if isinstance(value, list):
            copies = [changed(inner) for inner in value]
            return copies + copies[:1] if r.random() < 0.2 else copies[:-1] if r.random() < 0.1 else copies
        return {1: 4, "s": "u", "12": "345"}.get(value, value) if r.random() < 0.5 and not isinstance(value, bool) else value

    for _ in range(count):
        example = {"r": tree(3)}
        all_places = sorted(set(places(example)))
        rules = {place: rule(r.choice([T, T, T, I, rx(".*"), rx("[a-z]"), m("equality"), m("type", min=1), m("values"), N, m("notEmpty"), VALUE, KEY]))
                 for place in r.sample(all_places, min(len(all_places), r.randint(0, 3)))}
        yield rules, example, changed(example)


XML = [
    ({}, "<a x='1'><b>t</b></a>", "<a x='1'><b>t</b></a>"), ({}, "<a x='1'/>", "<a x='2'/>"), ({}, "<a/>", "<a x='2'/>"), ({}, "<a><b/></a>", "<a><b/><b/></a>"), ({}, "<a><b/></a>", "<a/>"),
    ({}, "<a>t</a>", "<a> t </a>"), ({}, "<a>t</a>", "<a><![CDATA[t]]></a>"), ({}, "<a/>", "<b/>"), ({}, "<a><b/><c/></a>", "<a><c/><b/></a>"),
    ({"$.a['@x']": rule(T)}, "<a x='1'/>", "<a x='2'/>"), ({"$.a['@x']": rule(I)}, "<a x='1'/>", "<a x='22'/>"), ({"$.a['@x']": rule(I)}, "<a x='1'/>", "<a x='z'/>"),
    ({"$.a['@x']": rule(rx("[0-9]"))}, "<a x='1'/>", "<a x='2'/>"), ({"$.a['@x']": rule(rx("[0-9]"))}, "<a x='1'/>", "<a x='22'/>"),
    ({"$.a['#text']": rule(T)}, "<a>t</a>", "<a>u</a>"), ({"$.a.#text": rule(rx("u+"))}, "<a>u</a>", "<a>uu</a>"), ({"$.a.#text": rule(rx("u+"))}, "<a>u</a>", "<a>v</a>"),
    ({"$.a.b": rule(T)}, "<a><b>t</b></a>", "<a><b>u</b><b>v</b></a>"), ({"$.a.b": rule(m("type", min=2))}, "<a><b>t</b></a>", "<a><b>u</b></a>"),
    ({"$.a.b": rule(m("type", min=2))}, "<a><b>t</b></a>", "<a><b>u</b><b>w</b></a>"), ({"$.a.b": rule(m("type", max=1))}, "<a><b>t</b></a>", "<a><b>u</b><b>w</b></a>"),
    ({"$.a.b['@i']": rule(I), "$.a.b": rule(T)}, "<a><b i='1'/></a>", "<a><b i='2'/><b i='3'/></a>"), ({"$.a.b['@i']": rule(I), "$.a.b": rule(T)}, "<a><b i='1'/></a>", "<a><b i='2'/><b i='q'/></a>"),
    ({"$.a.b.c['#text']": rule(D)}, "<a><b><c>1.5</c></b></a>", "<a><b><c>2.25</c></b></a>"), ({"$.a.b.c['#text']": rule(D)}, "<a><b><c>1.5</c></b></a>", "<a><b><c>2</c></b></a>"),
    ({"$.a.*['@i']": rule(T)}, "<a><b i='1'/><c i='1'/></a>", "<a><b i='2'/><c i='3'/></a>"), ({"$.a": rule(T)}, "<a><b>1</b></a>", "<a><b>2</b></a>"), ({"$.a": rule(T)}, "<a><b>1</b></a>", "<a/>"),
]


def cases():
    for kind in ("request", "message"):
        seen = set()
        for rules, example, value in list(body_cases()) + list(random_cases(600)):
            key = json.dumps([rules, example, value], sort_keys=True)
            if key in seen:
                continue
            seen.add(key)
            rules = {"matchingRules": {"body": rules}} if rules else {}
            if kind == "request":
                yield {"kind": kind, "expected": {"method": "POST", "path": "/", "body": {"content": example, "contentType": "application/json", "encoded": False}, **rules},
                       "actual": {"method": "POST", "path": "/", "headers": {"Content-Type": ["application/json"]}, "body": json.dumps(value)}}
            elif len(seen) % 3 == 0:
                yield {"kind": kind, "expected": {"contents": {"content": example, "contentType": "application/json", "encoded": False}, **rules},
                       "actual": {"contents": {"content": value, "contentType": "application/json", "encoded": False}}}
    for rules, example, value in XML:
        yield {"kind": "request", "expected": {"method": "POST", "path": "/", "body": {"content": example, "contentType": "application/xml", "encoded": False}, "matchingRules": {"body": rules}},
               "actual": {"method": "POST", "path": "/", "headers": {"Content-Type": ["application/xml"]}, "body": value}}
    for rules, example, value in [({}, "t", "t"), ({}, "t", "u"), ({"$": rule(rx("t+"))}, "t", "ttt"), ({"$": rule(rx("t+"))}, "t", "xtx"), ({"$": rule(m("include", value="b"))}, "abc", "xbx"),
                                  ({"$": rule(T)}, "abc", "x"), ({"$": rule(I)}, "12", "345"), ({"$": rule(I)}, "12", "x")]:
        yield {"kind": "request", "expected": {"method": "POST", "path": "/", "body": {"content": example, "contentType": "text/plain", "encoded": False}, "matchingRules": {"body": rules}},
               "actual": {"method": "POST", "path": "/", "headers": {"Content-Type": ["text/plain"]}, "body": value}}
    for rules, example, value in [({}, "a=1&b=2", "b=2&a=1"), ({}, "a=1", "a=2"), ({}, "a=1", "a=1&b=2"), ({}, "a=1&b=2", "a=1"), ({"$.a": rule(I)}, "a=1", "a=22"), ({"$.a": rule(I)}, "a=1", "a=x"),
                                  ({"$.a": rule(rx("x+"))}, "a=x", "a=xx"), ({}, "a=x+y", "a=x%20y"), ({}, "a=1&a=2", "a=1&a=2"), ({}, "a=1&a=2", "a=2&a=1")]:
        yield {"kind": "request", "expected": {"method": "POST", "path": "/", "body": {"content": example, "contentType": "application/x-www-form-urlencoded", "encoded": False},
                                               "matchingRules": {"body": rules}},
               "actual": {"method": "POST", "path": "/", "headers": {"Content-Type": ["application/x-www-form-urlencoded"]}, "body": value}}
    for rules, example, value in [({}, {"q": ["1"]}, "q=1"), ({}, {"q": ["1"]}, "q=2"), ({}, {"q": ["1"]}, "q=1&r=1"), ({}, {"q": ["1", "2"]}, "q=1&q=2"), ({}, {"q": ["1", "2"]}, "q=2&q=1"), ({}, {"q": ["a b"]}, "q=a+b"),
                                  ({"q": rule(I)}, {"q": ["1"]}, "q=22"), ({"q": rule(I)}, {"q": ["1"]}, "q=x"), ({"$.q": rule(I)}, {"q": ["1"]}, "q=22"), ({"q": rule(rx("a+"))}, {"q": ["a"]}, "q=aa&q=a"),
                                  ({"q": rule(T)}, {"q": ["1"]}, "q=x&q=y"), ({"q": rule(m("type", min=2))}, {"q": ["1", "2"]}, "q=x"), ({"q": rule(D)}, {"q": ["1.5"]}, "q=2.25"), ({"q": rule(B)}, {"q": ["true"]}, "q=false"),
                                  ({"q": rule(B)}, {"q": ["true"]}, "q=1"), ({"q": rule(m("date", format="yyyy-MM-dd"))}, {"q": ["2020-01-01"]}, "q=2021-12-31"), ({"q": rule(m("equality"))}, {"q": ["1"]}, "q=2"),
                                  ({"$.q[0]": rule(I)}, {"q": ["1", "2"]}, "q=5&q=2"), ({"$.q[0]": rule(I)}, {"q": ["1", "2"]}, "q=5&q=3"), ({"ids[]": rule(I)}, {"ids[]": ["1"]}, "ids%5B%5D=7"), ({"q": rule(NULL)}, {"q": ["1"]}, "q=1"),
                                  ({"q": rule(N)}, {"q": ["1"]}, "q=1e3"), ({"q": rule(m("semver"))}, {"q": ["1.0.0"]}, "q=2.0.0"), ({"q": rule(m("include", value="x"))}, {"q": ["x"]}, "q=axb")]:
        yield {"kind": "request", "expected": {"method": "GET", "path": "/", "query": example, "matchingRules": {"query": rules}}, "actual": {"method": "GET", "path": "/", "query": value}}
    for rules, example, value in [({}, {"X-A": ["1"]}, {"x-a": ["1"]}), ({}, {"X-A": ["1"]}, {"X-A": ["2"]}), ({}, {"X-A": ["1"]}, {}), ({"X-A": rule(I)}, {"X-A": ["1"]}, {"X-A": ["22"]}), ({"x-a": rule(I)}, {"X-A": ["1"]}, {"X-A": ["22"]}),
                                  ({"X-A": rule(I)}, {"X-A": ["1"]}, {"X-A": ["z"]}), ({"X-A": rule(rx("a+"))}, {"X-A": ["a"]}, {"X-A": ["aaa"]}), ({"X-A": rule(rx("a+"))}, {"X-A": ["a"]}, {"X-A": ["ba"]}), ({}, {"X-A": ["a", "b"]}, {"X-A": ["a, b"]}),
                                  ({}, {"Accept": ["application/json"]}, {"Accept": ["application/json;q=1"]}), ({}, {"Accept": ["application/json;charset=UTF-8"]}, {"Accept": ["application/json; charset=utf-8"]}),
                                  ({"X-A": rule(T)}, {"X-A": ["a"]}, {"X-A": ["q"]}), ({"X-A": rule(m("datetime", format="yyyy-MM-dd"))}, {"X-A": ["2020-01-01"]}, {"X-A": ["2020-31-31"]}), ({"$.X-A": rule(rx("a+"))}, {"X-A": ["a"]}, {"X-A": ["aa"]}),
                                  ({"$['X-A']": rule(rx("a+"))}, {"X-A": ["a"]}, {"X-A": ["aa"]})]:
        yield {"kind": "request", "expected": {"method": "GET", "path": "/", "headers": example, "matchingRules": {"header": rules}}, "actual": {"method": "GET", "path": "/", "headers": value}}
    for rules, example, value in [({}, "/a", "/a"), ({}, "/a", "/b"), (rule(rx("/a/\\d+")), "/a/1", "/a/22"), (rule(rx("/a/\\d+")), "/a/1", "/a/x"), (rule(T), "/a", "/b"), ({}, "/a%20b", "/a%20b"), ({}, "/a b", "/a%20b"),
                                  (rule(rx("/a/[^/]+")), "/a/1", "/a/b%2Fc"), (rule(m("include", value="x")), "/x", "/ax"), (rule(m("equality")), "/x", "/y")]:
        yield {"kind": "request", "expected": {"method": "GET", "path": example, **({"matchingRules": {"path": rules}} if rules else {})}, "actual": {"method": "GET", "path": value}}
    forms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.SSSX", "yyyy-MM-dd'T'HH:mm:ssXXX", "yyyy-MM-dd'T'HH:mm:ssZ", "HH:mm:ss", "hh:mm a", "d/M/yy", "EEE, d MMM yyyy HH:mm:ss Z", "MMMM d, yyyy",
             "yyyyMMdd", "HH:mm:ss.SSS", "D", "kk:mm", "K a", "yyyy-MM", "dd.MM.yyyy", "EEEE", "yyyy-MM-dd'T'HH:mm:ssxxx", "yyyy-MM-dd HH:mm:ss z", "ss", "S", "SSSSSS", "u-MM-dd", "q", "QQQ", "w", "H:m:s"]
    texts = ["2024-02-29", "2023-02-29", "2024-13-01", "2024-1-1", "2024-01-01T00:00:00", "2024-01-01T24:00:00", "2024-01-01T10:11:12.123Z", "2024-01-01T10:11:12.123+02", "2024-01-01T10:11:12+02:00", "2024-01-01T10:11:12Z",
             "2024-01-01T10:11:12+0200", "10:11:12", "25:00:00", "10:11:60", "10:11 AM", "13:11 PM", "10:11 am", "1/2/24", "01/02/2024", "Mon, 1 Jan 2024 10:11:12 +0000", "Tue, 1 Jan 2024 10:11:12 +0000", "January 1, 2024",
             "20240101", "10:11:12.123", "366", "0", "24:00", "11 PM", "2024-01", "31.12.2024", "Monday", "monday", "2024-01-01 10:11:12 UTC", "2024-01-01 10:11:12 CET", "5", "123456", "", "2024-02-30", "12345-01-01", "4", "Q1", "53", "9:5:1"]
    for form in forms:
        for text in texts:
            yield {"kind": "time", "form": form, "text": text}


def on_purpose(case, verdict):
    """Where Pleach judges otherwise: (its verdict, why)."""
    if case["kind"] == "time":
        known = {("D", "366"), ("D", "5"), ("D", "4"), ("D", "53"), ("yyyy-MM-dd HH:mm:ss z", "2024-01-01 10:11:12 UTC"), ("yyyy-MM-dd HH:mm:ss z", "2024-01-01 10:11:12 CET"),
                 ("u-MM-dd", "2024-02-29"), ("u-MM-dd", "2024-1-1"), ("u-MM-dd", "12345-01-01")}
        return (True, "as Java's DateTimeFormatter") if (case["form"], case["text"]) in known else None
    rules = case["expected"].get("matchingRules", {})
    example = case["expected"].get("body", case["expected"].get("contents", {})).get("content")
    if isinstance(example, dict) and example.get("a") == [] and verdict:
        kind = rules.get("body", {}).get("$.a", {"matchers": [{"match": ""}]})["matchers"][0]
        sent = (json.loads(case["actual"]["body"]) if "body" in case["actual"] else case["actual"]["contents"]["content"])["a"]
        broken = {"notEmpty": not sent, "equality": sent != [], "eachValue": any(not isinstance(x, int) for x in sent)}.get(kind["match"], False)
        if broken or len(sent) < kind.get("min", 0) or len(sent) > kind.get("max", 99):
            return (False, "a rule holds for a list whose example is empty, too")
    if isinstance(example, str) and "max" in json.dumps(rules):
        return (False, "max counts elements of XML, too")
    names = list(rules.get("query", {})) + list(rules.get("header", {}))
    if any(name.startswith("$") for name in names) and case["actual"].get("query") != "q=5&q=3":
        return (True, "names of parameters and headers may be written as paths")
    if case["expected"].get("headers", {}).get("X-A") == ["a", "b"]:
        return (True, "several values of a header are one list (RFC 9110, section 5.3)")
    if case["expected"].get("path") == "/a b":
        return (True, "a path is compared as it is and without its percent-encoding")
    return None


def main():
    lib = load()
    table = []
    for case in cases():
        if case["kind"] == "time":
            verdict = lib.pactffi_validate_datetime(case["text"].encode(), case["form"].encode()) == 0
        else:
            verdict = (request_verdict if case["kind"] == "request" else message_verdict)(lib, case["expected"], case["actual"])
        ours = on_purpose(case, verdict)
        table.append({**case, "verdict": verdict, **({"ours": ours[0], "why": ours[1]} if ours and ours[0] != verdict else {})})
    with open(HERE / "verdicts.json", "w") as out:
        out.write('{"by": "pact_ffi ' + lib.pactffi_version().decode() + '", "cases": [\n' + ",\n".join(json.dumps(c, ensure_ascii=False) for c in table) + "\n]}\n")
    print(f"{len(table)} verdicts by pact_ffi {lib.pactffi_version().decode()}, {sum(c['verdict'] for c in table)} fit")


if __name__ == "__main__":
    main()
