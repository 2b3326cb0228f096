"""Queries and pipes through the API, each held against the independent oracle (tests/oracle) on the same rows: half of them in a segment, half in
memory; and again with all of them in segments. And what no oracle says: paging, streams, errors, the examples of docs/query.md, the command."""

import json
import re
import sys
import time
import urllib.parse

import pytest
import touched
from fleet import ROOT, call, connection, validate, wait_for
from records import COUNT, HOUR, MINUTE, attributes, make_rows, send
from test_telemetry import Store

sys.path.insert(0, str(ROOT / "tests/oracle"))
import oracle  # noqa: E402


class World:
    def __init__(self, home, parts, all_in_segments):
        """parts: how many times the rows so far are written out to a segment, by an orderly end and a new start."""
        self.end = time.time_ns()
        self.rows = make_rows(self.end)
        self.newest = sorted(self.rows, key=lambda r: (r["time"], r["number"]), reverse=True)
        self.store = Store(home, home / "fleet")
        size = COUNT // parts
        for begin in range(0, COUNT, size):
            send(self.store, self.rows[begin:begin + size])
            if begin + size < COUNT or all_in_segments:
                self.store.end()
                self.store.start()
        assert self.store.state()["segments"] == parts - (not all_in_segments)

    def ask(self, q, check=True, **more):
        touched.touch("routes", "GET", "/api/query")
        parameters = {"q": q, "from": self.end - 7 * HOUR, "to": self.end, **more}
        r = call(self.store.store, "GET", "/api/query?" + urllib.parse.urlencode({k: v for k, v in parameters.items() if v is not None}))
        if check:
            assert r.status == 200, r
            validate("Query", r.json())
            return r.json()
        return r


@pytest.fixture(scope="module", params=["memory and a segment", "segments"])
def world(request, tmp_path_factory):
    w = World(tmp_path_factory.mktemp("query"), 3 if request.param == "segments" else 2, request.param == "segments")
    yield w
    assert w.store.end() == 0


def nanoseconds(text):
    m = re.fullmatch(r"(.*)\.(\d{9})Z", text)
    return int(time.mktime(time.strptime(m.group(1), "%Y-%m-%dT%H:%M:%S")) - time.timezone) * 10**9 + int(m.group(2))


def same_cell(got, expected, column):
    if expected is None or got is None:
        return expected is None and got is None
    if isinstance(expected, tuple):  # a percentile
        low, high = sorted(expected)
        return low - abs(low) * 0.012 - 1e-6 <= got <= high + abs(high) * 0.012 + 1e-6
    if column["type"] == "time":
        return nanoseconds(got) == expected
    a, b = oracle.number_of(got), oracle.number_of(expected)
    if a is not None and b is not None:
        return abs(a - b) <= 1e-9 * max(1, abs(a), abs(b))
    return oracle.text_of(got) == oracle.text_of(expected)


def compare_answers(answer, kind, columns, rows, q):
    assert answer["kind"] == kind, q
    assert not answer["cut"] or "why" in answer
    if columns is None:
        got, expected = [r["attributes"]["n"] for r in answer["rows"]], [r["number"] for r in rows]
        assert got == expected, (q, len(got), len(expected), sorted(set(got) ^ set(expected))[:10])
        for r, e in zip(answer["rows"], rows):
            made = e.get("made") or {}
            assert r.get("made", {}) == made, (q, r, made)
            assert r.get("here", False) == e.get("here", False), (q, r)
        return
    assert [c["name"] for c in answer["columns"]] == columns, q
    assert len(answer["rows"]) == len(rows), (q, answer["rows"][:5], rows[:5])
    for got, expected in zip(answer["rows"], rows):
        assert len(got) == len(expected) and all(same_cell(g, e, c) for g, e, c in zip(got, expected, answer["columns"])), (q, got, expected)


FIRST_STAGE = r"""
*
timeout
timeouts
TIMEOUT
time*
*out
*imeou*
anna
bob
"logged in"
"user anna"
"user a"
"user a"*
*"er anna"
*"nna logge"*
/v1/orders
/v1/orders2
/v1/orders/
10.0.1.7
10.0.1
10.0.1*
"10.0.1."*
404
17
4bf92f3577b34da6a3ce929d0e0e4705
4BF92F35-77B3-4DA6-A3CE-929D0E0E4705
4bf92f3577b34da6a3ce*
0000000000000001
web-1
web
eu-1
cart
cart-db
front-end-1
münchen
München
Züge
Émile
émile
index
main.go
"main.go:7"
C:\temp
"<tag>"
"(paren) [bracket]"
"one | two"
"three \"four\""
`three "four"`
="REFUSED"
="refused"
Payment ="REFUSED"
user = "anna"
="user:3"
="ogged i"
/REFUSED \(code \d\)/
/refused/
/refused/i
/^user \S+ logged/
/10\.0\.[12]\.\d+$/
/Z.ge/
-timeout
-timeout -user
!timeout
not timeout
NOT timeout
timeout or refused
timeout OR REFUSED
timeout || refused
timeout and after
timeout && after
timeout AND NOT after
(timeout or refused) -db-1
-(timeout or refused)
user (anna or bob) -logged
timeout or user anna
service:cart
service:orders
service:cart*
service:*db
service="cart"
service=cart
service!=cart
service:cart,orders
service!=cart,orders
service:(cart or payments)
service:/^(cart|orders)$/
service=~"cart.*"
service=~"cart"
service!~"cart.*"
service.name:payments
version:1.2
version:*
-version:*
has:version
version=""
version!=""
instance:orders-1
instance="orders-1"
level:error
level:ERROR
level>=warn
level>warn
level<info
level<=info
level!=info
level:error,fatal
level:none
level:*
-level:*
level=~"err.*|fatal"
trace:4bf92f3577b34da6a3ce929d0e0e4703
trace_id="4bf92f3577b34da6a3ce929d0e0e4703"
trace!=4bf92f3577b34da6a3ce929d0e0e4703
trace:*
has:trace
span:0000000000000007
has:span
user:bob
user=bob
user:"d'Arc"
user:d
user:*
user=""
user!=anna
user:anna,carl
n:17
n=17.0
n:"17"
n:1*
n>=1190
n<5
n > 1190
n >= 1190 user:anna
n:>1190
n:[5 TO 9]
n:{5 TO 9}
n:[1195 TO *]
n:[* TO 3}
n:(3 or 5 or 7)
n:3,5,7
n!=3,5
status:500
status:500.0
status="500"
status=500.5
status>=500
status:5*
status:[500 TO 599]
status>=a
status!=200
-status:200
ms:2.5
ms=2.50
ms<1
ms:*
-ms:*
path:/v1/orders
path="/v1/orders"
path:orders
path:/orders$/
path:/ORDERS/i
path:"/v1/orders?x=1"
retry:true
retry:false
retry!=true
has:retry
ctx.user.id:3
ctx.user.id>=11
ctx.user.name:bob
ctx.a.b:dotted1
ctx.tags:blue
ctx.quote:"say \"hi\""
has:ctx.user
has:ctx.nothing
-has:ctx
ctx:red
size>9000
size:11000
size:11000.0
"odd name":odd
"odd name"="odd 1"
has:"odd name"
message:attribute
msg:attribute
message:timeout
body:timeout
body="timeouts are rising"
body:attribute
kind:log
host.name:web-1
host.name=web-2
zone:eu
missing:*
missing=x
missing!=x
-missing:x
last:30m
last:30m timeout
timeout last:30m level:error
+timeout +after
message:time*
_exists_:path
{service="cart"}
{app="cart"}
{app=~"cart.*", level="error"}
{app!="cart"} |= "REFUSED"
{job="orders"} |= "timeout" != "db-1"
{service="orders"} |~ "db-[12]" !~ "250"
{service="orders"} |= "timeout" or "REFUSED"
{}
{user=""}
{service=~"orders|payments"} | json | status >= 500
{service="orders"} | logfmt | user = "anna"
|= "REFUSED"
level:error service:(orders OR payments) AND NOT timeout
user:"bob" AND status:[500 TO 599]
std::string
http://x
""
"""

PIPES = r"""
* | limit 7
timeout | limit 0x
level:error | where status>=500
level:error | filter user:anna | limit 5
* | where timeout | where -after
* | parse "user <who> logged in from <from>"
* | parse "took <took:num>ms" | where took>=250
* | parse "took <took:num>ms status=<code:num>" | where code:500 took<100
* | parse "connection to <_> timeout after <t:num> ms" | where has:t
* | parse "<first> <second> <rest>" | where second:in
* | parse ip "10.<a>.<b>.<c>" | where b=1 | limit 20
* | parse "10.<a>.<b:num>.<c>" from ip | where b=1 | limit 20
* | parse /took (?<took>\d+)ms/ | where took>1000
* | regexp "code (?<code>\\d+)" | where code>=58
* | pattern "cache miss for key user:<u:num>:profile" | where u<2
* | stats count()
* | stats count
nothing-at-all | stats count(), avg(n)
nothing-at-all | stats count() by service
* | stats count() by service
* | stats count() by service, level
* | stats count() as c, avg(ms) as m by service
* | stats by (service) count()
* | stats sum(n), min(n), max(n), avg(n)
* | stats sum(ms), min(ms), max(ms) by user
* | stats min(size), max(size), sum(size), count(size)
* | stats min(time), max(time) by service
* | stats p50(ms), p95(ms), p99(ms) by service
* | stats median(n), p90(n), p99.9(n)
* | stats percentile(ms, 75) as x, quantile(0.5, n) as y
* | stats distinct(user), distinct(ip), distinct(n)
* | stats distinct(trace) by service
* | stats count_distinct(user) as users by level
* | stats count(status), count(retry), count(missing)
* | stats rate() by service
* | stats rate()
* | stats count() by bucket(1h)
* | stats count(), p95(ms) by bucket(30m), level
* | stats rate() as r by bucket(10m)
* | stats count() by retry
* | stats count() by status
* | stats count() by ctx.user.name
* | stats count() by "odd name"
* | stats count() by path | where count>100
* | stats count() as c by user | where c>180 user:bob,anna
* | stats count() as c by user | sort by c desc
* | stats count() as c by user | sort c desc, user | limit 2
* | stats avg(ms) as m by service | sort -m | limit 3
* | stats count() by level | where level>=warn
* | stats count() by service, user | stats count() by service
* | stats count() as c by trace | stats avg(c), max(c)
* | stats count() by service | fields service
* | stats count() as c by service | fields c, service | limit 2
* | stats count() by trace | sort by count desc, trace | limit 5
* | top user
* | top 3 ip
* | top 5 by (service, level)
* | top 2 status
* | top path, user
* | top 100 n | limit 4
level:error | patterns
* | patterns
* | patterns | limit 3
* | patterns | where count>80
* | patterns | where panic
* | patterns | sort by count | limit 2
* | sort by n
* | sort by n desc | limit 12
* | sort by ms desc, n | limit 30
* | sort by missing, user desc | limit 10
* | sort by status | limit 40
level:fatal | sort by user, n desc | limit 1000
* | limit 50 | stats count() by service
* | sort by n | limit 100 | stats sum(n), max(n)
* | limit 20 | where timeout
* | limit 500 | where timeout | stats count()
* | fields time, service, n
timeout | fields n, user, ms | limit 9
* | sort by n | limit 4 | fields n, trace, level
* | fields ms, n | stats avg(ms), count()
* | parse "took <took:num>ms" | stats count(took), avg(took), p95(took) by service
* | parse "took <took:num>ms" | where has:took | sort by took desc, n | limit 6
* | parse "took <took:num>ms" | top took
* | parse "user <u> logged" | fields u, n | limit 30
n:500 | context 3
n:500,503,900 | context 2
level:fatal service:cart | limit 4 | context
"wrong path" | sort by n | limit 2 | context 1
nothing-at-all | context 3
* | stats count() by service | compare 3h
* | stats count(), avg(ms) by service, level | compare 2h
* | stats count() by bucket(30m) | compare 3h
* | top 4 user | compare 3h
* | compare 3h
* | patterns | compare 3h | limit 5
* | stats count() as c by user | compare 3h | where c>100 | sort by user desc
error or fatal | where level:error | stats count() by service | sort by count desc, service
last:30m | stats count() by level
{service="orders"} | json | status >= 500 | stats count() by user
"""


def lines(text):
    return [line for line in text.strip().split("\n") if line and "0x" not in line]


@pytest.mark.parametrize("q", lines(FIRST_STAGE))
def test_first_stage(world, q):
    """A search finds what the plain scan finds, in the same order, and counts the same."""
    kind, columns, rows = oracle.Search(q, world.newest, world.end - 7 * HOUR, world.end, limit=1000).run()
    if "last:" in q:
        rows = [r for r in rows if r["time"] > world.end - 25 * MINUTE]
    compare_answers(world.ask(q, limit=1000), kind, columns, rows, q)


@pytest.mark.parametrize("q", lines(PIPES))
def test_pipes(world, q):
    """What pipes make of the rows is what the oracle makes of them."""
    back = 3 if "compare 3h" in q else 2 if "compare 2h" in q else 7
    start = world.end - back * HOUR
    kind, columns, rows = oracle.Search(q, world.newest, start, world.end).run()
    compare_answers(world.ask(q, **{"from": start}), kind, columns, rows, q)


def test_enough_queries():
    assert len(lines(FIRST_STAGE)) + len(lines(PIPES)) >= 200


@pytest.mark.parametrize("q", ["timeout or user", "timeout | where -db-1", "level:error | fields n, user", "* | parse \"took <t:num>ms\" | where has:t | limit 37"])
@pytest.mark.parametrize("order", ["desc", "asc"])
def test_pages_are_exact(world, q, order):
    """Pages joined by `next` are the whole answer, each row once, in both orders."""
    seen, after, rounds = [], None, 0
    while True:
        page = world.ask(q, limit=None if "limit" in q else 37, order=order, after=after)
        seen += [r["attributes"]["n"] if isinstance(r, dict) else r[0] for r in page["rows"]]
        after, rounds = page["next"], rounds + 1
        if not after:
            break
    whole = oracle.Search(q.replace("limit 37", "limit 10000"), world.newest, world.end - 7 * HOUR, world.end, limit=10**6).run()[2]
    expected = [r["number"] if isinstance(r, dict) else r[0] for r in whole]
    assert seen == (expected if order == "desc" else expected[::-1]) and rounds > 1


@pytest.mark.parametrize("q, order", [("*", "desc"), ("* | limit 5", "desc"), ("* | limit 20 | sort by n | limit 9", "given"), ("* | limit 20 | limit 5", "given"), ("* | sort by n | limit 5", "given"),
                                      ("* | limit 9 | stats count()", "given"), ("n:500 | context 2", "given"), ("* | fields n", "desc")])
def test_pages_only_where_they_are_exact(world, q, order):
    """There is a next page of what is ordered by time alone."""
    answer = world.ask(q)
    assert answer["order"] == order and bool(answer["next"]) == (order == "desc"), answer["next"]


def ask_lines(world, q, **more):
    touched.touch("routes", "GET", "/api/query")
    target = "/api/query?" + urllib.parse.urlencode({"q": q, "from": world.end - 7 * HOUR, "to": world.end, **more})
    r = call(world.store.store, "GET", target, headers={"Accept": "application/x-ndjson"})
    assert r.status == 200 and r.headers["content-type"] == "application/x-ndjson", r
    return [json.loads(line) for line in r.text.strip().split("\n")]


def test_lines_stream(world):
    """As lines come: all rows without a limit, the same table as whole, and at the end what was scanned."""
    got = ask_lines(world, "timeout or refused")
    for line in got[:-1]:
        validate("LogRow", line["row"])
    expected = oracle.Search("timeout or refused", world.newest, 0, world.end, limit=10**6).run()[2]
    assert sorted(line["row"]["attributes"]["n"] for line in got[:-1]) == sorted(r["number"] for r in expected)
    assert got[-1]["end"]["kind"] == "rows" and got[-1]["end"]["scanned"]["rows"] >= COUNT
    whole = world.ask("* | stats count() by service")
    got = ask_lines(world, "* | stats count() by service")
    assert got[0]["columns"] == whole["columns"] and [line["row"] for line in got[1:-1]] == whole["rows"]
    assert [line["row"]["attributes"]["n"] for line in ask_lines(world, "timeout", limit=5)[:-1]] == [r["attributes"]["n"] for r in world.ask("timeout", limit=5)["rows"]]
    assert [line["row"]["attributes"]["n"] for line in ask_lines(world, "n:500 | context 2")[:-1]] == [r["attributes"]["n"] for r in world.ask("n:500 | context 2")["rows"]]
    bad = call(world.store.store, "GET", "/api/query?q=a+%7C+stat", headers={"Accept": "application/x-ndjson"})
    assert bad.status == 400 and bad.json()["column"] == 5, bad


def test_slow_and_leaving_readers(world):
    """A stream whose reader stops takes nothing from the others, goes on when it reads again, and may be left at any time."""
    q = " or ".join(["*"] * 20)
    target = "/api/query?" + urllib.parse.urlencode({"q": q, "from": world.end - 7 * HOUR, "to": world.end})
    slow = []
    for _ in range(6):
        c = connection(world.store.store, 60)
        c.request("GET", target, headers={"Accept": "application/x-ndjson"})
        slow.append(c)
    for c in slow[3:]:
        c.close()
    assert world.ask("* | stats count()")["rows"] == [[COUNT]]
    for c in slow[:3]:
        body = c.getresponse().read().decode().strip().split("\n")
        assert len(body) == COUNT + 1 and "end" in json.loads(body[-1])
        c.close()


WRONG = {
    "a | stat count()": (5, "stats"), "a | stats cuont()": (11, "count"), "a | stats avg()": (15, "field"), "a | top": (8, "field"), "a | where": (10, "where"),
    "a | limit many": (11, "number"), "a | limit 100000": (11, "10000"), "a | limit 5000": (5, "1000"), "a | parse": (10, "name"), "a | parse \"no field\"": (11, "field"),
    "a | parse \"<a><b>\"": (11, "between"), "a | parse /(x/": (14, "regex"), "a | parse /x/": (12, "named"), "a | compare": (12, "duration"), "a | sort by": (12, "field"),
    "a | stats count() by": (21, "field"), "a | stats count(), count()": (20, "as"), "a | stats avg(x) as n by n": (5, "name"), "a | context 5 | limit 1": (5, "last"),
    "a | stats count() | context": (21, "table"), "a | stats count() | parse \"<x> y\"": (21, "messages"), "a | where x | compare 1d": (15, "compare"), "a |": (4, "pipe"),
    "a | | b": (5, "pipe"), "a | unwrap ms": (5, "avg"), "a | line_format \"x\"": (5, "fields"), "a | limit 5 6": (13, "ends"), "a | where last:5m": (11, "whole"),
    "sum by (app) (rate({app=\"x\"}[5m]))": (1, "stats"), "a | top 5 bucket(5m)": (11, "field"), "a | stats rate(ms)": (11, "rate"), "a | stats percentile(ms)": (11, "percentile"),
    "a | stats count() by x, x": (5, "twice"),
}


@pytest.mark.parametrize("q", WRONG)
def test_errors_point_at_the_place(world, q):
    """What is wrong is answered with its place and with what to do."""
    r = world.ask(q, check=False)
    column, word = WRONG[q]
    validate("Error", r.json())
    assert r.status == 400 and r.json()["column"] == column and word in r.json()["message"], (q, r)


@pytest.mark.parametrize("parameters", [{"limit": 0}, {"limit": 1001}, {"order": "up"}, {"after": "x"}, {"of": "metrics"}, {"of": "spans"}, {"from": "soon"},
                                        {"q": "* | stats count()", "after": "1.2.3"}, {"q": "* | sort by n", "after": "1.2.3"}])
def test_wrong_parameters(world, parameters):
    r = world.ask(**{"q": "a", "check": False, **parameters})
    assert r.status == 400 and r.json()["message"], r


def test_spans_as_tables(world):
    """The same language over spans: their fields, durations, numbers."""
    spans = [{"traceId": f"{n + 1:032x}", "spanId": f"{n + 1:016x}", "name": ["GET /", "POST /x"][n % 2], "kind": 2 + n % 2, "startTimeUnixNano": str(world.end - HOUR),
              "endTimeUnixNano": str(world.end - HOUR + (n + 1) * 10**6), "status": {"code": 2 if n % 5 == 0 else 0}} for n in range(50)]
    body = {"resourceSpans": [{"resource": {"attributes": attributes({"service.name": "spanner"})}, "scopeSpans": [{"spans": spans}]}]}
    assert call(world.store.store, "POST", "/v1/traces", body).status == 200
    answer = world.ask("service:spanner duration>=10ms | stats count() by name, status", of="spans")
    assert sorted(answer["rows"]) == sorted([["GET /", "error", 4], ["GET /", "unset", 16], ["POST /x", "error", 4], ["POST /x", "unset", 17]])
    assert world.ask("service:spanner | sort by duration desc | limit 2 | fields duration, kind", of="spans")["rows"] == [[50 * 10**6, "client"], [49 * 10**6, "server"]]


def test_limits_are_told(world):
    """An answer that a limit cut says so, and which."""
    answer = world.ask("/^(\\w+\\s?)+$/ | stats count()")
    assert answer["cut"] and "regex" in answer["why"]
    answer = world.ask("* | sort by n")
    assert re.search(r"^pleach_store_queries_cut_total [1-9]", call(world.store.socket, "GET", "/metrics").text, re.M)
    assert answer["cut"] and answer["why"] and len(answer["rows"]) == 100


def test_histogram_and_fields_take_pipes(world):
    """The text of a search page has pipes: its histogram and its fields count what where and parse leave."""
    for q in ("timeout", "timeout | where level:error", "* | parse \"took <t:num>ms\" | where t>100 | stats count() by service", "last:30m | top 5 user"):
        expected = len(oracle.Search(re.sub(r" \| (stats|top).*", "", q), world.newest, world.end - 7 * HOUR, world.end, limit=10**6).run()[2])
        if q.startswith("last"):
            expected = len([r for r in world.rows if r["time"] > world.end - 25 * MINUTE])
        parameters = urllib.parse.urlencode({"q": q, "from": world.end - 7 * HOUR, "to": world.end})
        h = call(world.store.store, "GET", f"/api/logs/histogram?{parameters}").json()
        f = call(world.store.store, "GET", f"/api/logs/fields?{parameters}").json()
        validate("LogHistogram", h)
        validate("LogFields", f)
        assert h["total"] == expected == next(x["count"] for x in f["fields"] if x["name"] == "service"), q


def blocks(page):
    return re.findall(r"^```query\n(.*?)^```", page, re.S | re.M)


def test_examples_of_the_page(world):
    """Every example of docs/query.md runs."""
    examples = [line for block in blocks((ROOT / "docs/query.md").read_text()) for line in block.strip().split("\n")]
    assert len(examples) > 40
    for q in (e.split("   ")[0].strip() for e in examples):
        assert world.ask(q, **{"from": world.end - HOUR})["kind"], q


def test_logs_command_speaks_it(toy):
    """`pleach logs`: lines, tables, patterns and a histogram for people; the whole answer as JSON; a mistake with its place; -f with pipes."""
    rows = [{"time": time.time_ns() - n * 10**9, "severity": [9, 17][n % 2], "body": f"job {n} took {n}ms", "service": "jobs", "version": "", "instance": f"jobs-{n % 2}", "trace": "", "span": "",
             "attributes": {"n": n}, "resource": {}} for n in range(40)]
    send(toy, rows)
    out = toy.ok("logs", "service:jobs", "| limit 3").out
    assert [re.search(r"job \d+", line).group() for line in out.strip().split("\n")] == ["job 2", "job 1", "job 0"], out
    out = toy.ok("logs", "service:jobs | stats count(), sum(n) as total, p50(n) by level").out
    assert re.search(r"^level +count +total +p50\(n\)\nerror +20 +400 +[\d.]+\ninfo +20 +380 +[\d.]+\n$", out), out
    out = toy.ok("logs", "service:jobs | top 2 n").out
    assert out.split("\n")[0].split() == ["n", "count"] and len(out.strip().split("\n")) == 3, out
    out = toy.ok("logs", "service:jobs | patterns").out
    assert re.search(r"^count +pattern\n +40 +job <\*> took <\*>\n$", out), out
    assert "job 0 took 0ms" in toy.ok("logs", "--fields", "service:jobs | patterns").out
    out = toy.ok("logs", "service:jobs n:20 | context 1").out
    assert re.findall(r"^(. ).*(job \d+)", out, re.M) == [("  ", "job 22"), ("> ", "job 20"), ("  ", "job 18")], out
    out = toy.ok("logs", "service:jobs | sort by n desc | limit 2").out
    assert re.findall(r"job \d+", out) == ["job 39", "job 38"]
    out = toy.ok("logs", "service:jobs | parse \"took <ms:num>ms\" | where ms=7").out
    assert "ms=7" in out and "job 7" in out
    out = toy.ok("logs", "--histogram", "service:jobs", "-n", "1", "--from", "10m").out.split("\n")
    assert re.match(r"error .*[▁▂▃▄▅▆▇█].* 20$", out[0]) and re.match(r"info .* 20$", out[1]) and re.match(r" +\d\d:\d\d:\d\d +\d\d:\d\d:\d\d$", out[2]), out
    assert len(out[0]) == 79 and "job 0" in out[3], out
    both = toy.ok("logs", "--histogram", "--json", "service:jobs").json()
    validate("LogHistogram", both["histogram"])
    validate("Query", both["answer"])
    assert len(toy.ok("logs", "--json", "service:jobs | stats count() by bucket(1m)").json()["columns"]) == 2
    r = toy.cli("logs", "service:jobs | stat count()")
    assert r.code == 2 and "did you mean stats" in r.err, r
    r = toy.cli("logs", "service:jobs | sort by n", "-n", "5")
    assert r.code == 0 and "this is not all" in r.err, r
    follow = toy.start("logs", "-f", "service:jobs | where n>=100 | fields n, service | limit 2")
    wait_for("the tail", lambda: toy.metric("store", "pleach_store_tails") >= 1, 20)
    send(toy, [{**rows[0], "time": time.time_ns(), "attributes": {"n": n}} for n in range(98, 103)])
    out, _ = follow.communicate(timeout=60)
    assert out == "100  jobs\n101  jobs\n" and follow.returncode == 0, out
