#!/usr/bin/env python3
"""Measures the comparison of Protobuf trees beside buf, in one run: a tree of 160 files (73,000 lines) and one of 7,000 files (1.6 million lines), two versions each. The
trees are made here: files of a few packages each with messages, enums, comments, HTTP options and a service, and in the new version a change in every tenth file.
    bench/contract/proto.py --program build/bench/bench/contract/bench_contract_trees [--buf BUF] [--rounds 3] [--small] [--folder build/bench-contract]"""
import argparse
import os
import pathlib
import random
import shutil
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEAD = '// Orders and what belongs to them, file {n}.\n// Made for measuring.\nsyntax = "proto3";\n\npackage bench.p{p}.v1;\n\nimport "google/protobuf/timestamp.proto";\n{imports}\noption go_package = "example.com/bench/p{p}";\noption java_multiple_files = true;\n\n'
TYPES = ["string", "int32", "int64", "bool", "double", "bytes", "uint64", "google.protobuf.Timestamp"]


def message(rand, n, k, fields, previous, drop, retype):
    out = [f"// What stands in an order of kind {n}/{k}; the fields are those that", "// the shop's screens show. See the manual for their meaning.", f"message M{n}x{k} {{"]
    for i in range(1, fields + 1):
        kind = rand.choice(TYPES) if rand.random() < 0.75 or not previous else rand.choice(previous)
        label = "repeated " if rand.random() < 0.15 else "optional " if rand.random() < 0.1 else ""
        if i == drop:
            out.append(f"  reserved {i};")
            continue
        if i == retype:
            kind, label = ("bool" if kind == "string" else "string"), ""
        out += [f"  // The {i}th thing to know about it, in the words of the people", "  // who use it every day.", f"  {label}{kind} field_{i}_of_kind = {i};", ""]
    return out + ["}", ""]


def enumeration(n, k, values):
    return [f"// States of {n}/{k}.", f"enum E{n}x{k} {{"] + [f"  // State {i}.\n  E{n}X{k}_STATE_{i} = {i};" for i in range(values)] + ["}", ""]


def file_text(n, lines, changed):
    rand = random.Random(n)
    package = n // 8
    imports = f'import "bench/p{package}/f{n - 1}.proto";\n' if n % 8 else ""
    out = HEAD.format(n=n, p=package, imports=imports).split("\n")
    names, k = ([f"M{n - 1}x0"] if n % 8 else []), 0
    while len(out) < lines - 20:
        fields = rand.randint(4, 14)
        out += message(rand, n, k, fields, list(names), 2 if changed and k == 1 else 0, 3 if changed and k == 2 else 0)
        names.append(f"M{n}x{k}")
        if k % 4 == 0:
            out += enumeration(n, k, rand.randint(2, 9))
            names.append(f"E{n}x{k}")
        k += 1
    messages = [m for m in names if m.startswith("M")]
    out += [f"// Calls of file {n}.", f"service S{n} {{"]
    for i in range(4):
        out += [f"  // Call {i}.", f"  rpc Call{i}({rand.choice(messages)}) returns ({rand.choice(messages)});"]
    return "\n".join(out + ["}", ""])


def make(folder, files, lines):
    done = folder / f"made-{files}-{lines}"
    if done.exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    for n in range(files):
        for side in ("old", "new"):
            path = folder / side / f"bench/p{n // 8}/f{n}.proto"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file_text(n, lines, side == "new" and n % 10 == 0))
    done.touch()


def measure(command, cwd):
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    out = process.stdout.read()
    _, _, usage = os.wait4(process.pid, 0)
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out


def row(name, command, cwd, rounds, findings):
    best = min((measure(command, cwd) for _ in range(rounds)), key=lambda m: m[0])
    print(f"| {name} | {best[0] * 1000:,.0f} ms | {best[1] * 1000:,.0f} ms | {best[2]:,.0f} MiB | {findings(best[3])} |", flush=True)


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--program", required=True, type=lambda p: str(pathlib.Path(p).resolve()))
    ask.add_argument("--buf", default=next(map(str, (ROOT / "build/peers/contract/node_modules/@bufbuild").glob("buf-*/bin/buf")), None))
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--small", action="store_true", help="only the tree of 160 files")
    ask.add_argument("--folder", default=str(ROOT / "build/bench-contract"))
    options = ask.parse_args()
    for files, lines in [(160, 456)] + ([] if options.small else [(7000, 229)]):
        folder = pathlib.Path(options.folder).resolve() / f"proto{files}"
        make(folder, files, lines)
        total = sum(f.read_text().count("\n") for f in (folder / "new").rglob("*.proto"))
        print(f"\n{files:,} files, {total:,} lines, two versions\n\n| program | wall | CPU | memory | findings |\n|---|---|---|---|---|")
        row("Pleach, with witnesses", [options.program, "--json", "--breaking", "old", "new"], folder, options.rounds, lambda out: len(out.splitlines()))
        row("Pleach, without", [options.program, "--json", "--breaking", "--no-witnesses", "old", "new"], folder, options.rounds, lambda out: len(out.splitlines()))
        if options.buf:
            config = '{"version":"v2","breaking":{"use":["FILE"]}}'
            command = [options.buf, "breaking", str(folder / "new"), "--against", str(folder / "old"), "--config", config, "--against-config", '{"version":"v2"}', "--error-format", "json"]
            row("buf, FILE", command, "/", 1 if files > 1000 else options.rounds, lambda out: len(out.splitlines()))


main()
