#!/usr/bin/env python3
"""protoc as the oracle: our descriptor set of a tree equals the one that protoc 3.21 writes (--descriptor_set_out --include_imports), field by field, for the texts under
tests/contract/proto_texts, for both sides of every pair (editions excepted, which 3.21 does not know) and for all .proto files of Debian's packages; reading protoc's set gives
the same set again; and each witness of a pair that is bytes or JSON is read by protobuf's Python: valid on the side that wrote it, refused or read differently on the other.
    tests/contract/proto_protoc.py BENCH_CONTRACT_TREES"""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import proto_buf  # noqa: E402
import proto_verdicts as v  # noqa: E402
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message, message_factory  # noqa: E402

PROGRAM = sys.argv[1]
INCLUDE = pathlib.Path("/usr/include")
# Newer in our table than in protoc 3.21; texts that import it are compared without it.
NEWER = {"google/protobuf/descriptor.proto", "google/protobuf/compiler/plugin.proto"}


def ours(tree):
    out = subprocess.run([PROGRAM, "--set", str(tree)], capture_output=True)
    if out.returncode:
        raise AssertionError(out.stdout.decode())
    return out.stdout


def theirs(tree, names):
    with tempfile.NamedTemporaryFile() as out:
        done = subprocess.run(["protoc", f"--descriptor_set_out={out.name}", "--include_imports", f"-I{tree}", f"-I{INCLUDE}", *names], capture_output=True, text=True)
        return (pathlib.Path(out.name).read_bytes(), "") if done.returncode == 0 else (None, done.stderr)


def reader(files):
    """Reads a FileDescriptorProto with the options' own extensions, so that the order of what a parser does not know is of no account."""
    pool = descriptor_pool.DescriptorPool()
    done = set()
    by_name = {f.name: f for f in files}

    def add(f):
        if f.name in done:
            return
        done.add(f.name)
        for d in f.dependency:
            add(by_name[d])
        pool.AddSerializedFile(f.SerializeToString())
    if "google/protobuf/descriptor.proto" not in by_name:
        own = descriptor_pb2.FileDescriptorProto()
        descriptor_pb2.DESCRIPTOR.CopyToProto(own)
        by_name[own.name] = own
    for f in by_name.values():
        add(f)
    classes = message_factory.MessageFactory(pool)
    for name in by_name:
        for extension in pool.FindFileByName(name).extensions_by_name.values():
            classes.GetPrototype(extension.containing_type).RegisterExtension(extension)
    kind = classes.GetPrototype(pool.FindMessageTypeByName("google.protobuf.FileDescriptorProto"))
    return lambda f: kind.FromString(f.SerializeToString())


def parsed(data):
    return descriptor_pb2.FileDescriptorSet.FromString(data)


def compare(tree, what):
    names = sorted(str(p.relative_to(tree)) for p in tree.rglob("*.proto"))
    expected, error = theirs(tree, names)
    if expected is None:
        return None, error
    a, b = parsed(ours(tree)), parsed(expected)
    on_disk = set(names)
    a = {f.name: f for f in a.file if f.name not in NEWER or f.name in on_disk}
    b = {f.name: f for f in b.file if f.name not in NEWER or f.name in on_disk}
    # ours always has the options' definitions
    assert set(b) <= set(a) and set(a) - set(b) <= NEWER, (what, set(a) ^ set(b))
    problems = []
    if any(a[n] != b[n] for n in b):
        whole = reader(parsed(expected).file)
        problems = [f"{what}: {n} differs from protoc's" for n in b if whole(a[n]) != whole(b[n])]
    # protoc's own set, read as a set
    with tempfile.TemporaryDirectory() as again:
        (pathlib.Path(again) / "all.binpb").write_bytes(expected)
        back = {f.name: f for f in parsed(ours(again)).file}
        if any(back[f.name].SerializeToString(deterministic=True) != f.SerializeToString(deterministic=True) for f in parsed(expected).file if f.name not in NEWER):
            problems.append(f"{what}: protoc's set changes when it is read and written")
    return problems, ""


def debian_trees():
    """Folders that Debian's packages install .proto files under, by the root that their imports count from."""
    roots = {}
    for base in ("/usr/include", "/usr/share", "/usr/lib"):
        for file in pathlib.Path(base).rglob("*.proto"):
            if "/google-cloud-sdk/" not in str(file) and file.is_file():
                root = INCLUDE if str(file).startswith("/usr/include/") else file.parent
                roots.setdefault(root, []).append(file.relative_to(root))
    return roots


def link_tree(root, files, to):
    for f in files:
        (to / f).parent.mkdir(parents=True, exist_ok=True)
        (to / f).write_bytes((root / f).read_bytes())


def classes(data):
    pool = descriptor_pool.DescriptorPool()
    for f in parsed(data).file:
        pool.AddSerializedFile(f.SerializeToString())
    factory = message_factory.MessageFactory(pool)
    factory.GetMessages([f.name for f in parsed(data).file])  # with their extensions
    return pool, factory


def effective(m):
    """What a message says, under its numbers: values of fields that are set, defaults of the others, and that there is something unknown."""
    said = {}
    for f in m.DESCRIPTOR.fields:
        value = getattr(m, f.name)
        if f.message_type is not None and f.label != f.LABEL_REPEATED:
            said[f.number] = effective(value) if m.HasField(f.name) else None
        elif f.label == f.LABEL_REPEATED:
            said[f.number] = str(value)
        else:
            said[f.number] = value
        if f.label != f.LABEL_REPEATED and f.has_presence:
            said[-f.number] = m.HasField(f.name)
    said |= {f.number: str(value) for f, value in m.ListFields() if f.is_extension}
    said["unknown"] = len(m.UnknownFields())
    return said


def read(kind, change):
    m = kind()
    try:
        if change["of"].split(" as ")[-1].startswith("JSON"):
            json_format.Parse(change["witness"], m)
        else:
            m.ParseFromString(bytes.fromhex(change["witness"].replace("(no bytes)", "")))
            if not m.IsInitialized():
                return "a required field is missing"
    except (message.DecodeError, json_format.ParseError, UnicodeDecodeError, ValueError) as e:
        return str(e)
    return effective(m)


def check_witness(name, change, sets):
    if change["proof"] != "proved" or change["what"] != 2 or not change["of"].startswith("message ") or "breaks the rule" in change["after"] or "must be set" in change["after"]:
        return None
    if change["kind"] == "json-name-collision" or (change["kind"] == "field-default-changed" and not change["subject"].startswith(change["of"].split()[1])):
        return None  # duplicate names, and defaults of extensions: not to be seen in a message that protobuf reads
    kind = change["of"].split()[1]
    other = change["detail"].split(" to ")[1] if change["kind"].startswith("method-re") else kind
    backwards = "read by the old" in change["of"] or change["before"].startswith("the other contract")
    sides = [classes(s) for s in (reversed(sets) if backwards else sets)]
    readings = []
    for (pool, factory), each in zip(sides, (kind, other)):
        try:
            readings.append(read(factory.GetPrototype(pool.FindMessageTypeByName(each)), change))
        except KeyError:
            return None  # the message has another name on that side
    if isinstance(readings[0], str):
        return f"{name}: {change['kind']}: its writer's side refuses the witness: {readings[0]}"
    if change["kind"] == "field-number-changed" and len(readings) == 2:
        return True  # the number means another field: the same value under another name
    if "writes the same value as" not in change["after"] + change["before"] and readings[0] == readings[1]:
        return f"{name}: {change['kind']}: protobuf reads the witness {change['witness']} the same on both sides"
    return True


def main():
    problems, trees, witnesses, skipped = [], 0, 0, 0
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        found, error = compare(v.ROOT / "tests/contract/proto_texts", "proto_texts")
        problems += found if found is not None else [error]
        trees += 1
        for number, (root, files) in enumerate(debian_trees().items()):
            tree = tmp / f"debian{number}"
            link_tree(root, files, tree)
            found, error = compare(tree, str(root))
            if found is None:
                skipped += 1
                continue
            problems += found
            trees += 1
        answers = v.answers(PROGRAM, v.pairs())
        for pair in v.pairs():
            name, sets = str(pair.relative_to(v.PAIRS)), []
            for side in ("old", "new"):
                tree = tmp / name / side
                tree.mkdir(parents=True)
                proto_buf.copy_pair(pair, side, tree)
                texts = "".join(f.read_text() for f in tree.rglob("*.proto"))
                if "edition =" in texts:
                    continue
                if "google/api/" in texts or "buf/validate" in texts:
                    proto_buf.known_files(tree)
                found, error = compare(tree, f"{name}/{side}")
                if found is None:
                    problems.append(f"{name}/{side}: protoc does not compile it: {error}")
                    continue
                problems += found
                trees += 1
                sets.append(theirs(tree, sorted(str(p.relative_to(tree)) for p in tree.rglob("*.proto")))[0])
            for change in answers[name] if len(sets) == 2 else []:
                verdict = check_witness(name, change, sets)
                witnesses += verdict is True
                problems += [verdict] if isinstance(verdict, str) else []
    for p in problems:
        print(p)
    print(f"{trees} trees equal to protoc's, {skipped} that protoc itself refuses, {witnesses} witnesses read by protobuf, {len(problems)} problems")
    return 1 if problems or witnesses < 40 else 0


sys.exit(main())
