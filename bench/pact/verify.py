#!/usr/bin/env python3
"""`pleach contract verify` beside npm's pact-verifier (its Rust program itself, without Node around it): CPU time and wall time for --count interactions against one
local provider, the stub of the same pact. Both must find that everything fits; then once more with a provider whose every answer differs in one value.

    bench/pact/verify.py --pleach BUILD/src/cli/pleach [--count 1000] [--rounds 3]"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from common import PACT, QUIET, free_port, pact, server


def run(words):
    """(CPU seconds, wall seconds, MiB, exit status)"""
    began = time.monotonic()
    p = subprocess.Popen([str(w) for w in words], env=QUIET, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime, time.monotonic() - began, used.ru_maxrss / 1024, p.returncode


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--pleach", required=True)
    a.add_argument("--count", type=int, default=1000)
    a.add_argument("--rounds", type=int, default=3)
    o = a.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        right, wrong = pact(o.count), pact(o.count)
        for i in wrong["interactions"]:
            i["response"]["body"]["state"] = "lost"
        (folder / "right.json").write_text(json.dumps(right))
        (folder / "wrong.json").write_text(json.dumps(wrong))
        print("| provider | verifier | CPU s | wall s | RSS MiB | exit status |\n|---|---|---|---|---|---|")
        for provider in ("right", "wrong"):
            port = free_port()
            verifiers = {"pleach contract verify": [o.pleach, "contract", "verify", folder / "right.json", "--provider", f"http://127.0.0.1:{port}", "--json"],
                         "npm's pact-verifier": [PACT, "verifier", "-f", folder / "right.json", "--hostname", "127.0.0.1", "-p", port]}
            found = {name: [] for name in verifiers}
            with server([o.pleach, "contract", "stub", folder / f"{provider}.json", "--listen", f"127.0.0.1:{port}"], port):
                for _ in range(o.rounds):
                    for name, words in verifiers.items():
                        found[name].append(run(words))
            for name, runs in found.items():
                used, wall, rss = (statistics.median(r[k] for r in runs) for k in range(3))
                print(f"| {'fits' if provider == 'right' else 'differs'} | {name} | {used:.3f} | {wall:.3f} | {rss:.0f} | {runs[0][3]} |")
            ours, theirs = (statistics.median(r[0] for r in runs) for runs in found.values())
            print(f"\nCPU, ours ÷ npm's: {ours / theirs:.3f}\n")


main()
