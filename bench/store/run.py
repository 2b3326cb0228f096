#!/usr/bin/env python3
"""The store beside its peers: each alone on one core, with the same data, in one run; the tables are for bench/RESULTS.md.

    bench/store/run.py --build BUILD [--peers FOLDER] [--scratch FOLDER] [--only pleach,victorialogs,…] [--parts logs,spans,growth]
                       [--rows 2050000] [--spans 10000000] [--rounds 3] [--full] [--quick]

Data come from BUILD/bench/store/bench_gen_logs and bench_gen_spans (same seed, so the same for all) with times that end now; what they should find is
counted by the generators and every answer is held against it. The server runs on CPU 1, its load and the questions on CPU 0. CPU time is that of the
server's process with all threads. MB are 10^6 bytes of the JSON lines, whatever form a server took them in. "settled": with all that it did afterwards
until it was still (Pleach: and was ended and started again, which writes out what it held in memory). A question is repeated; its wall time is the
median, its CPU time that of the server divided by the number of questions.
--peers: where bench/store/peers.sh put them. --full: the growth table up to 100 million rows (27 GB of JSON; half an hour). --quick: a tenth of it all.
A question that a server does not know is shown as "not there", a wrong answer as "WRONG" with what it said at the end."""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import servers
from measure import Missing, Wrong, peak, repeat

SERVER_CORE, LOAD_CORE = 1, 0
MIB = 1 << 20
problems = []


def say(text):
    print(text, file=sys.stderr, flush=True)


def out(text=""):
    print(text, flush=True)


# --- data --------------------------------------------------------------------------------------------------------------------------------

class Data:
    """One set of rows or spans: made on demand in each format, kept in the scratch folder, or piped (big ones)."""

    def __init__(self, a, program, count, option, keep=True):
        self.program, self.count, self.option, self.scratch, self.keep = f"{a.build}/bench/store/{program}", count, option, a.scratch, keep
        self.name = f"{self.scratch}/{count}-{int(os.path.getmtime(self.program))}"  # a newer generator may make other data
        # 1 ms a row, 40 µs a span on average; a minute of margin.
        self.start = (int(time.time()) - 60) * 10**9 - count * (1_000_100 if option == "--rows" else 40_000)
        self.truth = {}

    def command(self, format):
        return ["taskset", "-c", str(LOAD_CORE), self.program, self.option, str(self.count), "--start", str(self.start), "--manifest", self.manifest(format)] + \
            (["--format", format] if self.option == "--rows" else [])

    def manifest(self, format):
        return f"{self.name}.{format}.json"

    def open(self, format):
        """A stream of it, and what to wait for at its end."""
        if not self.keep:
            p = subprocess.Popen(self.command(format), stdout=subprocess.PIPE)
            return p.stdout, p
        path = f"{self.name}.{format}"
        if not os.path.exists(path):
            with open(path, "wb") as f:
                subprocess.run(self.command(format), stdout=f, check=True)
        return open(path, "rb"), None

    def known(self, format):
        """The truth, with the size as JSON lines."""
        if format not in self.truth:
            with open(self.manifest(format)) as f:
                self.truth[format] = json.load(f)
        return self.truth[format]


def send(a, server, data, format, path, media):
    """Loads all of it; returns the loader's report with the server's CPU time."""
    stream, maker = data.open(format)
    framing = "u32" if media.endswith("protobuf") else "lines"
    before, began = server.used(), time.monotonic()
    r = subprocess.run(["taskset", "-c", str(LOAD_CORE), f"{a.build}/bench/store/bench_load", "--port", str(getattr(server, "intake", server.port)), "--path", path,
                        "--type", media, "--framing", framing, "--batch", str(server.batch), "--connections", str(server.connections)],
                       stdin=stream, capture_output=True, text=True)
    stream.close()
    if maker and maker.wait() != 0:
        raise SystemExit("the generator failed")
    if r.returncode != 0:
        raise Wrong(f"load: {r.stderr[-300:]}")
    report = json.loads(r.stdout)
    t = data.known(format)
    server.range = (t["start"] - 10**9, t["end"] + 10**9)
    report["cpu"] = server.used() - before
    report["rss"] = peak(server.pid)
    server.settle()
    report["settled"] = server.used() - before
    report["settled_wall"] = time.monotonic() - began
    report["rss_settled"] = peak(server.pid)
    report["disk"] = server.size()
    return report


# --- questions -----------------------------------------------------------------------------------------------------------------------------

def expect(server, what, found, wanted):
    if found != wanted:
        if server.name != "pleach" and found in ([], 0):
            raise Missing("finds nothing")
        shown = json.dumps(found)
        problems.append(f"{server.title}, {what}: found {shown[:160]}, the truth is {json.dumps(wanted)[:160]}")
        raise Wrong(what)


def ask(server, what, question, seconds):
    """One row's cell. question(i) -> (found, wanted)."""
    def checked(i):
        found, wanted = question(i)
        expect(server, what, found, wanted)
    try:
        r = repeat(server.pid, checked, seconds)
        say(f"  {server.title}, {what}: {r['wall'] * 1e3:.2f} ms, CPU {r['cpu'] * 1e3:.2f} ms, first {r['first'] * 1e3:.1f} ms, {r['n']} times")
        return r
    except (Missing, AttributeError) as e:
        say(f"  {server.title}, {what}: not there ({e})")
        return "finds nothing" if str(e) == "finds nothing" else "not there"
    except (Wrong, KeyError, ValueError, IndexError, TypeError) as e:
        if str(e) != what:
            problems.append(f"{server.title}, {what}: {type(e).__name__}: {str(e)[:200]}")
        say(f"  {server.title}, {what}: WRONG {str(e)[:200]}")
        return "WRONG"


def log_questions(server, t):
    """Rows of the table: (what, to reach in words, seconds to reach, by wall or CPU, question)."""
    word, deadlock, planted = list(t["words"])
    sub, absent = list(t["substrings"])
    ids = t["ids"]
    at = lambda i: ids[i * 7 % len(ids)]
    digits = t["digits_in_any"] if server.name == "pleach" else t["digits_in_message"]
    return [
        ("one id, bare", "2 ms, no field named", 0.002, "wall", lambda i: (server.bare_id(at(i)), [at(i)])),
        ("one id, its field named", "", None, "", lambda i: (server.named_id(at(i)), [at(i)])),
        ("an id that is not there, bare", "", None, "", lambda i: (server.bare_id(f"{i + 1:032x}"), [])),
        (f"a word, all fields, count (`{word}`, {t['words'][word]:,} rows)", "10 ms", 0.010, "wall", lambda i: (server.word(word), t["words"][word])),
        (f"a word in few rows, count (`{deadlock}`, {t['words'][deadlock]:,} rows)", "10 ms", 0.010, "wall", lambda i: (server.word(deadlock), t["words"][deadlock])),
        (f"a word in {t['words'][planted]} rows, count", "10 ms", 0.010, "wall", lambda i: (server.word(planted), t["words"][planted])),
        ("a word that is nowhere, count", "10 ms", 0.010, "wall", lambda i: (server.word(f"nowhere{i}"), 0)),
        (f"a substring, no index helps, count (`{absent}`, 0 rows)", "0.06 s", 0.060, "cpu", lambda i: (server.substring(absent), t["substrings"][absent])),
        (f"a part of a word, count (`{sub}`, {t['substrings'][sub]:,} rows)", "0.06 s", 0.060, "cpu", lambda i: (server.substring(sub), t["substrings"][sub])),
        (f"a part of a number, count (`{t['digits']}`)", "0.06 s", 0.060, "cpu", lambda i: (server.substring(t["digits"]), digits)),
        ("newest 100 rows", "2 ms", 0.002, "cpu", lambda i: (sorted(server.newest(100), reverse=True), t["newest"])),
        ("newest 100 errors", "2 ms", 0.002, "cpu", lambda i: (sorted(server.newest_errors(100), reverse=True), t["newest_errors"])),
        ("patterns with counts", "0.05 s", 0.050, "cpu", lambda i: pattern_check(server, t)),
        (f"distinct count of a field with {t['distinct_traces']:,} values", "0.15 s", 0.150, "cpu", lambda i: (close_to(server.distinct(), t["distinct_traces"]), True)),
    ]


def close_to(found, truth):
    """A distinct count may be an estimate: within 2 of 100."""
    return abs(found - truth) <= truth * 0.02 or found


def pattern_check(server, t):
    """What counts as one pattern differs between servers; none may count more than there is, and a Pleach pattern is what the generator masks."""
    found = server.patterns()
    if server.name == "pleach":
        return found[:3], t["top_patterns"][:3]
    return len(found) > 0 and sum(found) <= t["rows"], True


def cell(r):
    if not isinstance(r, dict):
        return r or "–"
    return f"{shown(r['wall'])} / {shown(r['cpu'])}"


def shown(seconds):
    ms = seconds * 1e3
    return f"{ms:.2f}" if ms < 10 else f"{ms:.1f}" if ms < 100 else f"{ms:,.0f}"


def ratio(results, ours="pleach"):
    """The best peer's CPU time as a multiple of ours."""
    mine = results.get(ours)
    others = [r["cpu"] for k, r in results.items() if k != ours and isinstance(r, dict)]
    if not isinstance(mine, dict) or not others:
        return "–"
    return f"{min(others) / max(mine['cpu'], 1e-6):.1f}"


def verdict(value, limit, more=False):
    return "–" if value is None or limit is None else "yes" if (value >= limit if more else value <= limit) else "**no**"


# --- logs ------------------------------------------------------------------------------------------------------------------------------------

def bench_logs(a, kinds):
    data = Data(a, "bench_gen_logs", a.rows, "--rows")
    loads, answers = {k.name: [] for k in kinds}, {}
    data.open("json")[0].close()
    size = data.known("json")["bytes"]
    for n in range(a.rounds):
        for kind in kinds:
            server = kind(a.scratch, SERVER_CORE)
            try:
                path, media, format = server.log_input()
                data.open(format)[0].close()
                r = send(a, server, data, format, path, media)
                r["format"] = format
                loads[kind.name].append(r)
                say(f"round {n + 1}, {kind.title}: {size / r['cpu'] / 1e6:.1f} MB/s/core, settled {size / r['settled'] / 1e6:.1f}, wall {r['seconds']:.1f} s, "
                    f"{r['rss'] / MIB:.0f} MiB, {size / r['disk']:.2f} times smaller, {r['refused']} refusals")
                if n == a.rounds - 1:
                    for what, to_reach, limit, by, question in log_questions(server, data.known(format)):
                        if what not in answers:
                            answers[what] = {"to_reach": to_reach, "limit": limit, "by": by}
                        answers[what][kind.name] = ask(server, what, question, a.seconds)
                    loads[kind.name][-1]["rss_asked"] = peak(server.pid)
            except Wrong as e:
                problems.append(f"{kind.title}: {e}")
                say(f"{kind.title}: {e}")
            finally:
                server.stop()
    print_logs(kinds, loads, answers, data.known("json"))


def middle(loads, key):
    return statistics.median(r[key] for r in loads) if loads else None


def line(kinds, what, to_reach, values, show, met, best_is_more):
    """A row of numbers, one for each server; values by name."""
    mine, others = values.get("pleach"), [v for k, v in values.items() if k != "pleach" and v]
    if mine and others:
        r = f"{mine / max(others):.1f}" if best_is_more else f"{min(others) / mine:.1f}"
    else:
        r = "–"
    out(f"| {what} | " + " | ".join(show(values[k.name]) if values.get(k.name) else "–" for k in kinds) + f" | {r} | {to_reach} | {met(mine) if mine else '–'} |")


def head(kinds, last="to reach"):
    out("| work | " + " | ".join(k.title for k in kinds) + f" | the best peer ÷ Pleach | {last} | reached |")
    out("|---" * (len(kinds) + 4) + "|")


def print_logs(kinds, loads, answers, t):
    size = t["bytes"]
    out(f"\n### Logs: {size / 1e6:,.1f} MB of JSON lines, {t['rows']:,} rows ({size / t['rows']:.0f} B a row), {t['patterns']:,} patterns, {t['distinct_traces']:,} trace ids\n")
    forms = {"json": "JSON lines", "tsv": "rows split beforehand", "otlp": "OTLP protobuf"}
    out("Taken as: " + "; ".join(f"{k.title} {forms[loads[k.name][0]['format']]}, durable when acknowledged: {k.durable}" for k in kinds if loads[k.name]) + ".\n")
    head(kinds)
    by = lambda key, f: {k.name: f(middle(loads[k.name], key)) for k in kinds if loads[k.name]}
    speed = lambda v: size / v / 1e6
    mb = lambda v: f"{v:,.1f}"
    vl = by("settled", speed).get("victorialogs")
    line(kinds, "ingest, MB/s of CPU time", "160", by("cpu", speed), mb, lambda v: verdict(v, 160, True), True)
    line(kinds, "ingest settled, MB/s of CPU time", "160, 4 × VictoriaLogs", by("settled", speed), mb, lambda v: verdict(v, max(160, 4 * (vl or 0)), True), True)
    line(kinds, "ingest, MB/s of wall time", "", by("seconds", speed), mb, lambda v: "–", True)
    line(kinds, "times smaller than the JSON on disk", "11", by("disk", lambda v: size / v), lambda v: f"{v:.2f}", lambda v: verdict(v, 11, True), True)
    line(kinds, "memory while ingesting, MiB", "100", by("rss", lambda v: v / MIB), lambda v: f"{v:.0f}", lambda v: verdict(v, 100), False)
    line(kinds, "memory after the questions, MiB", "", {k.name: loads[k.name][-1].get("rss_asked", 0) / MIB for k in kinds if loads[k.name]}, lambda v: f"{v:.0f}",
         lambda v: "–", False)
    out("\nQuestions: wall time / CPU time of one in ms\n")
    head(kinds)
    for what, r in answers.items():
        results = {k.name: r.get(k.name) for k in kinds}
        mine = results.get("pleach")
        met = verdict(mine[r["by"]], r["limit"]) if isinstance(mine, dict) and r["by"] else "**no**" if mine and r["by"] else "–"
        out(f"| {what} | " + " | ".join(cell(results[k.name]) for k in kinds) + f" | {ratio(results)} | {r['to_reach']}{' ' + r['by'] if r['by'] else ''} | {met} |")


# --- spans -----------------------------------------------------------------------------------------------------------------------------------

def span_questions(server, t):
    ids = t["ids"]
    at = lambda i: ids[i * 37 % len(ids)]
    return [
        ("trace by id", lambda i: (server.trace(at(i)[0]), at(i)[1])),
        ("trace by an id that is not there", lambda i: (server.trace(f"{i + 1:032x}"), 0)),
        (f"traces with a rare attribute ({len(t['rare_traces'])} of all)", lambda i: (sorted(server.rare(t["rare_key"], t["rare_value"])), sorted(t["rare_traces"]))),
    ]


def bench_spans(a, kinds):
    everything = Data(a, "bench_gen_spans", a.spans, "--spans")
    loads, answers = {}, {}
    for kind in kinds:
        less = kind.most_spans and kind.most_spans < a.spans
        data = Data(a, "bench_gen_spans", kind.most_spans, "--spans") if less else everything
        server = kind(a.scratch, SERVER_CORE)
        try:
            path, media = server.span_input()
            loads[kind.name] = r = send(a, server, data, "otlp", path, media)
            t = data.known("otlp")
            r["n"] = n = t["spans"]
            say(f"{kind.title}: {n / r['cpu']:,.0f} spans/s/core, settled {n / r['settled']:,.0f}, wall {r['seconds']:.1f} s, {r['rss'] / MIB:.0f} MiB, "
                f"{r['disk'] / n:.1f} B a span")
            for what, question in span_questions(server, t):
                answers.setdefault(what, {})[kind.name] = ask(server, what, question, a.seconds * 3)
            r["rss_asked"] = peak(server.pid)
        except Wrong as e:
            problems.append(f"{kind.title}: {e}")
            say(f"{kind.title}: {e}")
        finally:
            server.stop()
    print_spans(kinds, loads, answers, everything)


def print_spans(kinds, loads, answers, data):
    if "otlp" not in data.truth:
        data.open("otlp")[0].close()
    t = data.known("otlp")
    out(f"\n### Spans: {t['spans']:,} in {t['traces']:,} traces (spans a trace: p50 {t['spans_per_trace_p50']}, p99 {t['spans_per_trace_p99']}), "
        f"{t['bytes'] / t['spans']:.0f} B a span as OTLP protobuf in requests of 512\n")
    for kind in kinds:
        if kind.name in loads and loads[kind.name]["n"] < t["spans"]:
            out(f"{kind.title} got only {loads[kind.name]['n']:,} of them: it would take too long.\n")
    head(kinds)
    by = lambda key, f: {k: f(r[key], r["n"]) for k, r in loads.items()}
    count = lambda v: f"{v:,.0f}"
    line(kinds, "spans/s of CPU time", "300,000", by("cpu", lambda v, n: n / v), count, lambda v: verdict(v, 300_000, True), True)
    line(kinds, "settled, spans/s of CPU time", "300,000", by("settled", lambda v, n: n / v), count, lambda v: verdict(v, 300_000, True), True)
    line(kinds, "spans/s of wall time", "", by("seconds", lambda v, n: n / v), count, lambda v: "–", True)
    line(kinds, "bytes a span on disk", "40", by("disk", lambda v, n: v / n), lambda v: f"{v:.1f}", lambda v: verdict(v, 40), False)
    line(kinds, "memory while ingesting, MiB", "100", by("rss", lambda v, n: v / MIB), count, lambda v: verdict(v, 100), False)
    out("\nQuestions: median and p99 of the wall time / CPU time of one in ms\n")
    head(kinds)
    limits = {"trace by id": ("p50 1 ms, p99 5 ms", lambda r: r["wall"] <= 0.001 and r["p99"] <= 0.005)}
    for what, results in answers.items():
        to_reach, ok = limits.get(what, ("30 ms", lambda r: r["wall"] <= 0.030) if "rare" in what else ("", None))
        mine = results.get("pleach")
        met = "–" if ok is None or mine is None else "yes" if isinstance(mine, dict) and ok(mine) else "**no**"
        cells = [f"{shown(r['wall'])}, {shown(r['p99'])} / {shown(r['cpu'])}" if isinstance(r := results.get(k.name), dict) else r or "–" for k in kinds]
        out(f"| {what} | " + " | ".join(cells) + f" | {ratio(results)} | {to_reach} | {met} |")


# --- growth ----------------------------------------------------------------------------------------------------------------------------------

def growth_questions(server, t):
    planted = list(t["words"])[-1]
    ids = t["ids"]
    return [("one id, bare", lambda i: (server.bare_id(ids[i * 7 % len(ids)]), [ids[i * 7 % len(ids)]])),
            (f"a word in {t['words'][planted]} rows, count", lambda i: (server.word(planted), t["words"][planted])),
            ("a word that is nowhere, count", lambda i: (server.word(f"nowhere{i}"), 0)),
            ("newest 100 rows", lambda i: (sorted(server.newest(100), reverse=True), t["newest"])),
            ("newest 100 errors", lambda i: (sorted(server.newest_errors(100), reverse=True), t["newest_errors"]))]


def bench_growth(a, kinds):
    sizes = a.growth_rows or [n // (10 if a.quick else 1) for n in (1_000_000, 10_000_000) + ((100_000_000,) if a.full else ())]
    table, notes = {}, []
    for rows in sizes:
        data = Data(a, "bench_gen_logs", rows, "--rows", keep=False)
        for kind in kinds:
            server = kind(a.scratch, SERVER_CORE)
            try:
                path, media, format = server.log_input()
                r = send(a, server, data, format, path, media)
                notes.append(f"{kind.title} with {rows:,} rows: {r['disk'] / 1e6:,.0f} MB on disk, peak {r['rss'] / MIB:.0f} MiB while ingesting")
                say(notes[-1])
                for what, question in growth_questions(server, data.known(format)):
                    table.setdefault((what, kind.title), {})[rows] = ask(server, what, question, a.seconds)
            except Wrong as e:
                problems.append(f"{kind.title} with {rows:,} rows: {e}")
                say(f"{kind.title}: {e}")
            finally:
                server.stop()
    out("\n### Growth: wall time / CPU time of one question in ms as the rows become more\n")
    out("| work | server | " + " | ".join(f"{n:,} rows" for n in sizes) + " | CPU: largest ÷ smallest |")
    out("|---" * (len(sizes) + 3) + "|")
    for (what, title), results in table.items():
        first, last = results.get(sizes[0]), results.get(sizes[-1])
        grown = f"{last['cpu'] / max(first['cpu'], 1e-6):.1f}" if isinstance(first, dict) and isinstance(last, dict) else "–"
        out(f"| {what} | {title} | " + " | ".join(cell(results.get(n)) for n in sizes) + f" | {grown} |")
    out()
    for note in notes:
        out(f"- {note}")


# --- the program -------------------------------------------------------------------------------------------------------------------------------

def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--build", required=True)
    p.add_argument("--peers", default="build/peers/store")
    p.add_argument("--scratch", default=None, help="where data and servers' files go; a few GB (default: a temporary folder)")
    p.add_argument("--only", default=None, help="servers, separated by commas")
    p.add_argument("--parts", default="logs,spans,growth")
    p.add_argument("--rows", type=int, default=2_050_000)
    p.add_argument("--spans", type=int, default=10_000_000)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seconds", type=float, default=2.0, help="how long a question is repeated")
    p.add_argument("--memory", default=None, help="the store's --memory; its default otherwise")
    p.add_argument("--full", action="store_true")
    p.add_argument("--growth-rows", type=int, nargs="*", help="other numbers of rows for the growth table")
    p.add_argument("--quick", action="store_true")
    a = p.parse_args()
    if a.quick:
        a.rows, a.spans, a.rounds, a.seconds = a.rows // 10, a.spans // 10, 1, 0.5
    a.build = os.path.abspath(a.build)
    return a


def main():
    a = arguments()
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("this needs two CPUs")
    os.sched_setaffinity(0, {LOAD_CORE})
    servers.Pleach.binary, servers.Pleach.memory = f"{a.build}/src/cli/pleach", a.memory
    kinds = [servers.Pleach]
    for kind in servers.PEERS:
        kind.peers = os.path.abspath(a.peers)
        if kind.program(a.peers).exists():
            kinds.append(kind)
        else:
            out(f"{kind.title} is not installed and left out. Get it with `bench/store/peers.sh {a.peers} {kind.name}`, or: {kind.get}.\n")
    wanted = a.only.split(",") if a.only else [k.name for k in kinds]
    kinds = [k for k in kinds if k.name in wanted]
    out(f"`bench/store/run.py {' '.join(sys.argv[1:])}`")
    own = a.scratch is None
    a.scratch = tempfile.mkdtemp(prefix="pleach-store-") if own else os.path.abspath(a.scratch)
    os.makedirs(a.scratch, exist_ok=True)
    try:
        parts = a.parts.split(",")
        if "logs" in parts:
            bench_logs(a, [k for k in kinds if k.logs])
        if "spans" in parts:
            bench_spans(a, [k for k in kinds if k.spans])
        if "growth" in parts:
            bench_growth(a, [k for k in kinds if k.logs and k.name in ("pleach", "victorialogs")])
    finally:
        if own:
            shutil.rmtree(a.scratch, ignore_errors=True)
    if problems:
        out("\nWrong answers and failures:\n")
        for text in problems:
            out(f"- {text}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
