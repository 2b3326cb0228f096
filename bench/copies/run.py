#!/usr/bin/env python3
"""Copied code beside npm's jscpd: the same files, the same fewest tokens (50) and lines (5).

bench/copies/run.py --build build/bench --work FOLDER [--fetch] [--files 500] [--rounds 3]

The corpus are files of this repository (every n-th, sorted) in nine languages and those of `--more FOLDER`, and copies that are planted: pieces of 12 to 40 lines of them, as they are or with
other indentation and comments between, in files of their own. Measured: CPU time of the whole process (user and system), the least of the rounds; recall: of the lines that jscpd reports
(both places of each clone) how many are in a copy that we report, and the other way round; and of the planted copies how many each reports. --fetch installs jscpd 4 into the folder by npm."""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import resource
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENDINGS = {".c": "c", ".h": "c", ".py": "python", ".mjs": "javascript", ".ts": "typescript", ".tsx": "tsx", ".css": "css", ".proto": "protobuf", ".sh": "bash", ".yaml": "yaml", ".cc": "cpp", ".go": "go", ".java": "java", ".rs": "rust", ".js": "javascript"}
COMMENT = {".py": "# {}", ".sh": "# {}", ".yaml": "# {}", ".css": "/* {} */", ".proto": "// {}"}


def corpus(args, rng):
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    paths = sorted(ROOT / p for p in tracked if pathlib.Path(p).suffix in ENDINGS)
    for more in args.more:
        paths += sorted(p for p in pathlib.Path(more).rglob("*") if p.suffix in ENDINGS and p.is_file())
    paths = [p for p in paths if p.stat().st_size < 200_000]
    paths = paths[:: max(1, len(paths) // args.files)][: args.files]
    out = args.work / "corpus"
    subprocess.run(["rm", "-rf", out], check=True)
    files, planted = [], []
    for i, p in enumerate(paths):
        to = out / f"{i:04}{p.suffix}"
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(p.read_text(errors="replace"))
        files.append(to)
    originals = [f for f in files if len(f.read_text().split("\n")) > 80]
    for k in range(args.planted):
        source = rng.choice(originals)
        lines = source.read_text().split("\n")
        n = rng.randrange(12, 40)
        at = rng.randrange(0, len(lines) - n)
        piece = lines[at : at + n]
        changed = k % 2 == 1
        if changed and source.suffix not in (".yaml", ".py"):
            piece = [x for i, line in enumerate(piece) for x in (["\t  " + line] + ([COMMENT.get(source.suffix, "// {}").format(f"note {i}")] if i % 5 == 4 else []))]
        to = out / f"planted{k:03}{source.suffix}"
        to.write_text("\n".join(piece) + "\n")
        files.append(to)
        planted.append({"file": to.name, "of": source.name, "changed": changed})
    return files, planted


def cpu(command, cwd=None, text=None):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    r = subprocess.run(command, cwd=cwd, input=text, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return r, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def ours(args, files):
    best = None
    for _ in range(args.rounds):
        r, took = cpu([args.build / "bench/bench_copies"], text="\n".join(map(str, files)))
        assert r.returncode == 0, r.stderr
        best = min(best, took) if best else took
    rows = [json.loads(x) for x in r.stdout.splitlines()]
    return [((pathlib.Path(x["a"]).name, x["a_from"], x["a_to"]), (pathlib.Path(x["b"]).name, x["b_from"], x["b_to"])) for x in rows[:-1]], best, rows[-1]


def theirs(args):
    best, report = None, args.work / "report/jscpd-report.json"
    for _ in range(args.rounds):
        r, took = cpu([args.work / "node_modules/.bin/jscpd", args.work / "corpus", "--min-tokens", "50", "--min-lines", "5", "--mode", args.mode, "--reporters", "json", "--output", args.work / "report", "--silent", "--max-size", "1mb",
                       "--max-lines", "100000", "--absolute"])
        assert report.exists(), r.stdout + r.stderr
        best = min(best, took) if best else took
    answer = json.loads(report.read_text())
    side = lambda f: (pathlib.Path(f["name"]).name, f["start"], f["end"])
    return [(side(d["firstFile"]), side(d["secondFile"]), d["tokens"]) for d in answer["duplicates"]], best, answer["statistics"]["total"]


def tokens_in(text):
    """Words and signs, about as jscpd's weak mode counts them: without blanks and comments of whole lines."""
    return sum(len(re.findall(r"\w+|[^\w\s]", line)) for line in text if not line.lstrip().startswith(("//", "/*", "*", "#", "--")))


def is_overlong(args, clone):
    """A copy is as long in both places: a clone of jscpd's whose one range holds ten times the tokens that it counts itself, and the other does not, is a range that it got wrong."""
    held = [tokens_in((args.work / "corpus" / name).read_text().split("\n")[start - 1 : end]) for name, start, end in clone[:2]]
    return max(held) > 10 * clone[2] and min(held) < 3 * clone[2]


def lines_of(pairs):
    found = collections.defaultdict(set)
    for pair in pairs:
        for name, start, end in pair:
            found[name].update(range(start, end + 1))
    return found


def recall(wanted, have):
    all_, got = 0, 0
    for name, lines in wanted.items():
        all_ += len(lines)
        got += len(lines & have[name])
    return got / all_ if all_ else 1


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--build", type=pathlib.Path, required=True)
    p.add_argument("--work", type=pathlib.Path, required=True)
    p.add_argument("--fetch", action="store_true")
    p.add_argument("--files", type=int, default=500)
    p.add_argument("--planted", type=int, default=60)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--mode", default="weak", help="of jscpd: weak does not count comments, mild (its default) does")
    p.add_argument("--more", action="append", default=[])
    args = p.parse_args()
    args.build, args.work = args.build.resolve(), args.work.resolve()
    args.work.mkdir(parents=True, exist_ok=True)
    if args.fetch:
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "jscpd@4"], cwd=args.work, check=True)
    files, planted = corpus(args, random.Random(1))
    mine, my_cpu, my_figures = ours(args, files)
    peer, peer_cpu, peer_figures = theirs(args)
    overlong = [c for c in peer if is_overlong(args, c)]
    plain_lines, peer = lines_of(c[:2] for c in peer), [c[:2] for c in peer if c not in overlong]
    my_lines, peer_lines = lines_of(mine), lines_of(peer)
    whole = lambda pairs, have: sum(all(len(set(range(s, e + 1)) & have[n]) >= 0.8 * (e - s + 1) for n, s, e in pair) for pair in pairs)
    hit = lambda pairs: sum(any({a[0], b[0]} == {x["file"], x["of"]} or x["file"] in (a[0], b[0]) for a, b in pairs) for x in planted)
    kinds = collections.Counter(f.suffix for f in files)
    print(f"files {len(files)} {dict(kinds)}, {my_figures['tokens']} tokens")
    print(f"CPU: ours {my_cpu:.3f} s ({my_figures['ns'] / 1e9:.3f} s of it searching), jscpd {peer_cpu:.2f} s: {peer_cpu / my_cpu:.0f} times")
    print(f"copies: ours {len(mine)}, {sum(map(len, my_lines.values()))} lines; jscpd {len(peer)}, {sum(map(len, peer_lines.values()))} lines ({peer_figures['percentage']} %)")
    for a, b, tokens in overlong:
        print(f"left out, a range of jscpd's with over ten times the {tokens} tokens of its clone: {a[0]}:{a[1]}-{a[2]}, {b[0]}:{b[1]}-{b[2]} (with them {100 * recall(plain_lines, my_lines):.1f} % of jscpd's lines are in ours)")
    print(f"of jscpd's lines in ours {100 * recall(peer_lines, my_lines):.1f} %; of ours in jscpd's {100 * recall(my_lines, peer_lines):.1f} %")
    print(f"clones of jscpd that ours covers (four fifths of the lines of both places): {whole(peer, my_lines)} of {len(peer)}; of ours that jscpd covers: {whole(mine, peer_lines)} of {len(mine)}")
    print(f"planted {len(planted)}: ours {hit(mine)}, jscpd {hit(peer)}")
    missed = [(n, sorted(l - my_lines[n])) for n, l in peer_lines.items() if l - my_lines[n]]
    for name, lines in sorted(missed, key=lambda x: -len(x[1]))[:12]:
        print("  missed", name, len(lines), f"{lines[0]}..{lines[-1]}")


if __name__ == "__main__":
    sys.exit(main())
