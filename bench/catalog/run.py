#!/usr/bin/env python3
"""The catalogue: first and repeated crawls, one long history, and pages of a running fleet. bench/catalog/run.py --build build/bench --work FOLDER

Made by git fast-import, seeded: 400 repositories of 50 files each (20,000 files; catalog-info.yaml, Dockerfile, CODEOWNERS, go.mod, a Kubernetes manifest, sources; some forty commits of three people, five tags), and one of
2,600 commits over 600 files with 40 services. Wall time and CPU time (with children) of `pleach catalog`, the least of the rounds; and of GET /api/catalog and each service's page with 100 of the repositories in a
fleet, over one kept connection, the slowest."""

import argparse
import http.client
import json
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import time

ENV = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1")


def fast_import(path, commits, tags=5):
    """commits: (person, time, {name: text}). tags: of the newest commit."""
    subprocess.run(["git", "init", "-q", "-b", "main", path], check=True, env=ENV)
    out = []
    for who, when, files in commits:
        out.append(f"commit refs/heads/main\nauthor {who} <{who.lower().replace(' ', '.')}@example.org> {when} +0000\ncommitter x <x@example.org> {when} +0000\ndata 1\nx\n")
        out += [f"M 644 inline {name}\ndata {len(text.encode())}\n{text}\n" for name, text in files.items()]
    out += [f"reset refs/tags/v1.{i}\nfrom refs/heads/main\n\n" for i in range(tags)]
    subprocess.run(["git", "fast-import", "--quiet"], input="".join(out).encode(), cwd=path, check=True, env=ENV)


def service_files(i, team, files, rng):
    f = {"catalog-info.yaml": f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{ name: svc-{i}, description: service {i} }}\nspec: {{ type: service, lifecycle: production, owner: {team} }}\n",
         "Dockerfile": "FROM debian:12\nEXPOSE 8080\n", "CODEOWNERS": f"* @org/{team}\n", "go.mod": f"module example.org/svc{i}\n",
         "deploy/k8s.yaml": f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: svc-{i}, labels: {{ team: {team} }} }}\nspec: {{ template: {{ spec: {{ containers: [ {{ image: r/svc-{i} }} ] }} }} }}\n"}
    for k in range(files - len(f)):
        f[f"src/p{k % 7}/f{k}.go"] = f"package p{k % 7}\n// {rng.random()}\n" * 8
    return f


def repositories(folder, n, files):
    now = int(time.time())
    for i in range(n):
        rng, commits = random.Random(i), []
        names = service_files(i, f"team-{i % 20}", files, rng)
        order = list(names)
        rng.shuffle(order)
        for c in range(40):
            part = {name: names[name] + f"// {c}\n" * (c > 0) for name in (order[c::40] or order[:1])}
            commits.append((f"Dev {i % 20 * 3 + rng.randrange(3)}", now - (40 - c) * 86400 * 5, part))
        fast_import(folder / f"svc-{i}", commits)


def long_history(path):
    now, rng = int(time.time()), random.Random(7)
    commits = [("Dev 0", now - 2600 * 40000, {f"services/s{k % 40}/Dockerfile": "FROM debian\n" for k in range(40)} | {f"services/s{k % 40}/f{k}.c": f"{k}\n" for k in range(600)})]
    for c in range(2599):
        commits.append((f"Dev {rng.randrange(30)}", now - (2599 - c) * 40000, {f"services/s{k % 40}/f{k}.c": f"{k} {c}\n" for k in (rng.randrange(600) for _ in range(rng.randrange(1, 6)))}))
    fast_import(path, commits)


def measure(command, cwd=None, rounds=3):
    best = (1e9, 1e9)
    for _ in range(rounds):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        r = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=ENV)
        wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        assert r.returncode == 0, r.stderr
        best = min(best, (wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    return best, r.stdout


def pages(pleach, fleet):
    subprocess.run([pleach, "up", "--fleet", fleet], check=True, capture_output=True)
    try:
        c = http.client.HTTPConnection("127.0.0.1", 17070)

        def get(path):
            began = time.monotonic()
            c.request("GET", path)
            body = c.getresponse().read()
            return time.monotonic() - began, body

        _, body = get("/api/catalog")  # waits for the first crawl
        services = json.loads(body)["services"]
        slowest = {}
        for path in ["/api/catalog", "/api/advice", "/api/duplicates", "/api/duplicates/libraries", "/api/duplicates/radar", "/api/duplicates/decisions", "/api/discovery", "/api/work-items", "/api/catalog/export/backstage", "/api/catalog/export/cyclonedx"]:
            slowest[path] = max(get(path)[0] for _ in range(20))
        slowest["/api/catalog/{service}"] = max(get(f"/api/catalog/{s['service']}")[0] for s in services for _ in range(3))
        return len(services), slowest
    finally:
        subprocess.run([pleach, "down", "--fleet", fleet], check=True, capture_output=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--build", type=pathlib.Path, required=True)
    p.add_argument("--work", type=pathlib.Path, required=True)
    args = p.parse_args()
    pleach, work = args.build.resolve() / "src/cli/pleach", args.work.resolve() / "catalog"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    repositories(work / "many", 400, 50)
    long_history(work / "long")
    line = lambda what, got: print(f"{what}: {got[0]:.3f} s, {got[1]:.3f} s CPU")
    got, out = measure([pleach, "catalog", "--json", "--in", work / "many"])
    line(f"first crawl of 400 repositories, {sum(r['files'] for r in json.loads(out)['repositories'])} files", got)
    (work / "fleet").mkdir()
    (work / "fleet/pleach.yaml").write_text("fleet: bench\ncatalog: { repositories: [../many] }\n")
    measure([pleach, "catalog", "--json"], cwd=work / "fleet", rounds=1)
    line("the same with nothing changed", measure([pleach, "catalog", "--json"], cwd=work / "fleet")[0])
    got, out = measure([pleach, "catalog", "--json", "--in", work / "long"])
    line(f"one repository of 2,600 commits, {len(json.loads(out)['services'])} services, with who wrote each", got)
    line("git log alone, as the crawl asks it", measure(["git", "log", "--name-status", "-M100%"], cwd=work / "long")[0])
    for flag in ("--libraries", "--radar", "--decisions", "--alike", "--copies"):
        line(f"of the 400, {flag}", measure([pleach, "catalog", flag, "--json", "--in", work / "many"])[0])
    change = work / "many/svc-0"
    (change / "Dockerfile").unlink(missing_ok=True)
    subprocess.run(["git", "reset", "-q", "--hard"], cwd=change, check=True, env=ENV)
    (change / "src/p0/new.go").write_text("package p0\n")
    subprocess.run(["git", "add", "-A"], cwd=change, check=True, env=ENV)
    subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q", "-m", "x"], cwd=change, check=True, env=ENV)
    line("check --change of one commit of one of them, with the score before and after", measure([pleach, "check", "--change", "HEAD~1..HEAD", "--json"], cwd=change)[0])
    for i in range(100, 400):
        shutil.rmtree(work / f"many/svc-{i}")
    (work / "fleet/pleach.yaml").write_text("fleet: bench\ncatalog: { repositories: [../many] }\ncontrol: { listen: 127.0.0.1:17070 }\ngateway: { listen: 127.0.0.1:18080, ports: 19100 }\nstore: { listen: 127.0.0.1:14318 }\n")
    n, slowest = pages(pleach, work / "fleet")
    for path, seconds in slowest.items():
        print(f"{n} services, {path}: slowest {1000 * seconds:.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
