#!/usr/bin/env python3
"""Asks buf (npm's @bufbuild/buf, installed by bench/contract/peers.sh) for its verdict on every pair under tests/contract/proto, and writes them to
tests/contract/proto_buf.json: {pair: {category: [rule, …]}}, or {pair: {"error": text}} where buf does not compile it.
    tests/contract/proto_buf.py [--missing]          --missing: only the pairs that the file does not have yet"""
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAIRS = ROOT / "tests/contract/proto"
CATEGORIES = ["FILE", "PACKAGE", "WIRE_JSON", "WIRE"]


def buf_binary():
    found = sorted((ROOT / "build/peers/contract/node_modules/@bufbuild").glob("buf-*/bin/buf"))
    return str(found[0]) if found else None


def known_files(folder):
    """The definitions that Pleach has built in, for a peer that has not: written into a folder beside the pair's files."""
    text = (ROOT / "tbl/proto_wellknown.h").read_text()
    defines = {}
    for name, args, body in re.findall(r'#define (\w+)(\([^)]*\))?((?:[^\n]*\\\n)*[^\n]*)\n', text):
        defines[name] = ([a.strip() for a in args.strip("()").split(",")] if args else [], body.replace("\\\n", " "))
    rows = re.findall(r'PROTO_WELLKNOWN_ROW\("([^"]+)",(.*?)\)\n(?=PROTO|#)', text, flags=re.S)

    def value(source):
        out = []
        for token in re.finditer(r'"((?:[^"\\]|\\.)*)"|(\w+)\(((?:"[^"]*"|\w+|,|\s)*)\)|(\w+)', source):
            if token.group(1) is not None:
                out.append(token.group(1))
            elif token.group(2) in defines:
                names, body = defines[token.group(2)]
                given = re.findall(r'"([^"]*)"|\b(\w+)\b', token.group(3))
                for name, (quoted, word) in zip(names, given):
                    text = '"' + (quoted or (value(word) if word else "")) + '"'
                    body = re.sub(rf"\b{name}\b", lambda _, text=text: text, body)
                out.append(value(body))
            elif token.group(4) in defines:
                out.append(value(defines[token.group(4)][1]))
        return "".join(out)
    for path, body in rows:
        if path.startswith(("google/api/", "buf/")):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(value(body))


def copy_pair(pair, side, to):
    for file in (pair / side).rglob("*"):
        if file.is_file():
            target = to / file.relative_to(pair / side)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())


def verdicts(buf, pair):
    answer = {}
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        for side in ("old", "new"):
            (tmp / side).mkdir()
            copy_pair(pair, side, tmp / side)
            if any("google/api/" in f.read_text() or "buf/validate" in f.read_text() for f in (pair / side).rglob("*.proto")):
                known_files(tmp / side)
        for category in CATEGORIES:
            config = json.dumps({"version": "v2", "breaking": {"use": [category]}})
            done = subprocess.run([buf, "breaking", str(tmp / "new"), "--against", str(tmp / "old"), "--config", config, "--against-config", '{"version":"v2"}',
                                   "--error-format", "json"], capture_output=True, text=True, cwd=tmp)
            if done.returncode not in (0, 100) or done.stderr.strip().startswith("Failure"):
                return {"error": re.sub(r"^.*?/(old|new)/", r"\1/", done.stderr.strip() or done.stdout.strip())[:300]}
            answer[category] = sorted({json.loads(line)["type"] for line in done.stdout.splitlines() if line.startswith("{")})
            if any(json.loads(line)["type"] == "COMPILE" for line in done.stdout.splitlines() if line.startswith("{")):
                return {"error": done.stdout[:300]}
    return answer


def pairs():
    return sorted(p.parent for p in PAIRS.rglob("old") if p.is_dir())


def main():
    buf, missing = buf_binary(), "--missing" in sys.argv
    file = ROOT / "tests/contract/proto_buf.json"
    known = json.loads(file.read_text()) if missing else {}
    if not buf:
        sys.exit("buf is not there; run bench/contract/peers.sh")
    todo = {str(p.relative_to(PAIRS)): p for p in pairs() if str(p.relative_to(PAIRS)) not in known}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = known | dict(zip(todo, pool.map(lambda p: verdicts(buf, p), todo.values())))
    with open(file, "w") as out:
        out.write("{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(v, sort_keys=True)}" for name, v in sorted(found.items())) + "\n}\n")
    print(f"{len(found)} pairs, {sum('error' in v for v in found.values())} that buf does not compile")


if __name__ == "__main__":
    main()
