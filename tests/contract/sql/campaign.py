#!/usr/bin/env python3
"""Random tables and migrations, executed by SQLite and judged by Pleach: a SELECT that worked and does not any more must be a reported break of what it reads, each
witness must hold in SQLite, and the tables that we read from the files are the ones that SQLite has after them.
  tests/contract/sql/campaign.py JUDGE [COUNT [FIRST_SEED]]     prints counts; each failure with its seed"""

import json
import os
import random
import sqlite3
import subprocess
import sys

TYPES = ["int", "bigint", "text", "varchar(10)", "varchar(20)", "numeric(10,2)", "real", "boolean", "date", "uuid"]
NAMES = ["a", "b", "c", "d", "e", "f", '"order"', '"Mixed Case"']


def plain(name):
    return name.strip('"')


def column(r, name):
    text = f"{name} {r.choice(TYPES)}"
    if r.random() < 0.3:
        text += " NOT NULL"
    if r.random() < 0.2:
        text += " DEFAULT 1"
    return text


def table(r, name):
    names = r.sample(NAMES, r.randint(2, 5))
    t = {"name": name, "columns": {n: column(r, n) for n in names}, "primary": r.sample(names, r.randint(0, 2))}
    return t


def create(t):
    body = list(t["columns"].values())
    if t["primary"]:
        body.append("PRIMARY KEY (" + ", ".join(t["primary"]) + ")")
    return f"CREATE TABLE {t['name']} (\n  " + ",\n  ".join(body) + "\n);"


def view(r, t):
    names = r.sample(list(t["columns"]), r.randint(1, len(t["columns"])))
    return f"CREATE VIEW v{t['name']} AS SELECT " + ", ".join(f"{n} AS v{i}" for i, n in enumerate(names)) + f" FROM {t['name']};"


def migrate(r, tables):
    """One statement, with `tables` kept in step."""
    t = r.choice(tables)
    n = r.choice(list(t["columns"]))
    free = [x for x in NAMES if x not in t["columns"]]
    match r.randint(0, 6):
        case 0:
            new = r.choice(["x", "y", "t0", "t1", "t2"])
            if any(o["name"] == new for o in tables):
                return ""
            old, t["name"] = t["name"], new
            return f"ALTER TABLE {old} RENAME TO {new};"
        case 1 if free:
            new = r.choice(free)
            t["columns"] = {new if k == n else k: v for k, v in t["columns"].items()}
            return f"ALTER TABLE {t['name']} RENAME COLUMN {n} TO {new};"
        case 2 if free:
            new = r.choice(free)
            t["columns"][new] = f"{new} {r.choice(TYPES)}"
            return f"ALTER TABLE {t['name']} ADD COLUMN {t['columns'][new]};"
        case 3 | 4 if len(t["columns"]) > 1:
            del t["columns"][n]
            return f"ALTER TABLE {t['name']} DROP COLUMN {n};"
        case 5 if len(tables) > 1:
            tables.remove(t)
            return f"DROP TABLE {t['name']};"
        case _:
            return ""


def rewrite(r, tables):
    """The tables anew, with something else in one."""
    t = r.choice(tables)
    n = r.choice(list(t["columns"]))
    match r.randint(0, 4):
        case 0:
            t["columns"][n] = t["columns"][n].replace(" NOT NULL", "") if " NOT NULL" in t["columns"][n] else t["columns"][n] + " NOT NULL"
        case 1:
            t["columns"][n] = column(r, n)
        case 2:
            t["primary"] = r.sample(list(t["columns"]), r.randint(0, 2))
        case 3 if len(t["columns"]) > 1 and n not in t["primary"]:
            del t["columns"][n]
        case _:
            if len(tables) > 1:
                tables.remove(t)


def pair(seed):
    r = random.Random(seed)
    tables = [table(r, f"t{i}") for i in range(r.randint(1, 3))]
    first = "\n".join(create(t) for t in tables)
    views = "\n".join(view(r, t) for t in tables if r.random() < 0.4)
    copied = json.loads(json.dumps(tables))
    old = {"1.sql": first, "2.sql": views} if views else {"1.sql": first}
    if r.random() < 0.6:
        new = dict(old)
        for i in range(r.randint(1, 3)):
            new[f"{i + 9}.sql"] = migrate(r, copied)
    else:
        rewrite(r, copied)
        new = {**old, "1.sql": "\n".join(create(t) for t in copied)}
    return r, tables, old, new


def database(files):
    db = sqlite3.connect(":memory:", isolation_level=None)
    for name in sorted(files, key=lambda f: int(f.split(".")[0])):
        db.executescript(files[name])
    for (v,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
        db.execute(f"SELECT * FROM {v}")  # a view over what is gone fails only here
    return db


def works(db, query):
    try:
        db.execute(query).fetchall()
        return True
    except sqlite3.Error:
        return False


def takes(db, name, rows):
    """Whether the rows can be inserted; they are taken back."""
    db.execute("BEGIN")
    try:
        for row in rows:
            names = ", ".join(f'"{k}"' for k in row)
            db.execute(f"INSERT INTO {name} ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
        return True
    except sqlite3.Error:
        return False
    finally:
        db.execute("ROLLBACK")


def catalogue(db):
    found = {}
    for name, kind in db.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'").fetchall():
        rows = db.execute(f'PRAGMA table_info("{name}")').fetchall()
        found[name] = [(r[1], r[2].lower() if kind == "table" else "", bool(r[3] or r[5]) if kind == "table" else False) for r in rows]
    return found


class Judge:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def described(judge, files):
    types = judge.ask({"describe": files, "format": "sql"})["document"]["contracts"]
    return {t["name"]: [(f["name"], f["type"].lower() if t["kind"] == "table" else "", f["required"]) for f in t["fields"]] for c in types for t in c["types"]}


def check(judge, seed, total, fail):
    r, tables, old_files, new_files = pair(seed)
    try:
        old, new = database(old_files), database(new_files)
    except sqlite3.Error:
        total["refused"] += 1
        return
    total["pairs"] += 1
    answer = judge.ask({"old": old_files, "new": new_files})
    if "error" in answer:
        total["our_refusal"] += 1
        fail(seed, "refused", answer["error"])
        return
    for db, files in ((old, old_files), (new, new_files)):
        have, want = described(judge, files), catalogue(db)
        if have != want:
            total["other_tables"] += 1
            fail(seed, "other tables", f"{have} instead of {want}")
    changes = answer["changes"]
    breaks = [c for c in changes if c["level"] == "breaking"]
    reached = {name for c in breaks for name in c["reach"]}
    everything = [(t["name"], list(t["columns"])) for t in tables]
    everything += [(n, [c[0] for c in cs]) for n, cs in catalogue(old).items() if n.startswith("v")]
    for name, columns in everything:
        for _ in range(3):
            names = r.sample(columns, r.randint(1, len(columns)))
            query = f"SELECT {', '.join(name + '.' + n for n in names)} FROM {name}" if r.random() < 0.9 else f"SELECT * FROM {name}"
            if not works(old, query):
                continue
            total["queries"] += 1
            if not works(new, query):
                total["broken"] += 1
                if name not in reached:
                    total["missed"] += 1
                    fail(seed, "missed", query)
    for c in breaks:
        total["breaking"] += 1
        w = c["witness"]
        if w["state"] != "proved":
            total["unproved"] += 1
            if os.environ.get("SHOW_UNPROVED"):
                fail(seed, "unproved", f"{c['kind']} {c['subject']} {c['detail']}")
            continue
        total["proved"] += 1
        if w["what"] == "query":
            total["proved_by_sqlite"] += 1
            good = works(old, w["text"]) and not works(new, w["text"])
        elif c["kind"] in ("null-allowed", "primary-key-changed") and w["of"].startswith("rows"):
            rows = json.loads(w["text"])
            rows = rows if isinstance(rows, list) else [rows]
            name = w["of"].split()[-1]
            was = name if name in catalogue(old) else next(iter(set(catalogue(old)) - set(catalogue(new))), name)
            if c["kind"] == "null-allowed" and not any(r[3] and r[1] == plain(c["subject"].split(".", 1)[1]) for r in old.execute(f"PRAGMA table_info({was})")):
                continue  # SQLite lets columns of a primary key be null, unlike the standard
            total["proved_by_sqlite"] += 1
            good = (takes(old, was, rows), takes(new, name, rows)) == (w["before"] == "valid", w["after"] == "valid")
        else:
            continue
        if not good:
            total["false_witness"] += 1
            fail(seed, "false witness", f"{c['kind']} {c['subject']}: {w['text']}")


def main():
    judge = Judge(sys.argv[1])
    count, first = int((sys.argv[2:] + ["1000"])[0]), int((sys.argv[3:] + ["1"])[0])
    total = dict.fromkeys(["pairs", "refused", "our_refusal", "other_tables", "queries", "broken", "missed", "breaking", "proved", "proved_by_sqlite", "unproved", "false_witness"], 0)
    failures = []
    for seed in range(first, first + count):
        if os.environ.get("PROGRESS") and seed % 5000 == 4999:
            print(seed, json.dumps(total), file=sys.stderr, flush=True)
        check(judge, seed, total, lambda *what: failures.append(what))
    judge.process.stdin.close()
    print(json.dumps(total))
    for seed, what, text in failures[:40]:
        print(f"{what}: seed {seed}: {text}")
    return 1 if total["missed"] or total["false_witness"] or total["our_refusal"] or total["other_tables"] else 0


if __name__ == "__main__":
    sys.exit(main())
