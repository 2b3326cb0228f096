"""The command line itself: help, manual pages, completion, wrong use; from the command table, so for every row of it."""

import contextlib
import json
import os
import subprocess

import pytest
import touched
from fleet import BIN, environment, order, run, wait_for

COMMANDS = touched.commands()
HIDDEN = ("part", "crawl")  # of Pleach's own use


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command):
    """`pleach X --help` begins with an example and lists every option of the command."""
    r = run(command, "--help")
    assert r.code == 0 and r.out.lstrip().startswith("pleach" if command != "completion" else "source"), r
    for owner, name, _ in touched.options():
        assert (f"--{name}" in r.out) == (owner in ("ALL", command)) or owner not in ("ALL", command), name
    assert run("help", command).out == r.out == run(command, "-h").out


def test_overview_and_version():
    """`pleach` alone and `pleach help` list the commands; `pleach version` has a number."""
    out = run().out
    assert out == run("help").out == run("--help").out and all(f"  {c} " in out for c in COMMANDS if c not in HIDDEN)
    assert run("--version").out == run("version").out and run("version").out.startswith("pleach ")
    assert run("version", "--json").json()["version"]


@pytest.mark.parametrize("command", COMMANDS)
def test_manual_page(command, tmp_path):
    """The manual page of every command goes through scdoc and is rendered by man without a warning."""
    source = run("help", "--manual", command)
    assert source.code == 0
    page = subprocess.run(["scdoc"], input=source.out, capture_output=True, text=True, timeout=20)
    assert page.returncode == 0 and not page.stderr, (page.stderr, source.out)
    path = tmp_path / f"pleach-{command}.1"
    path.write_text(page.stdout)
    shown = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", str(path)], capture_output=True, text=True, timeout=20, env={"PATH": "/usr/bin:/bin", "MANWIDTH": "100", "LANG": "C.UTF-8"})
    assert shown.returncode == 0 and not shown.stderr and "SYNOPSIS" in shown.stdout, shown


def test_completion():
    """Completion for bash parses and completes commands and options; zsh and fish know every command; another shell is an error."""
    script = run("completion", "bash").out
    assert subprocess.run(["bash", "-n"], input=script, text=True, timeout=20).returncode == 0
    ask = script + '\nCOMP_WORDS=(pleach lo); COMP_CWORD=1; _pleach; echo "${COMPREPLY[@]}"\nCOMP_WORDS=(pleach logs --fo); COMP_CWORD=2; _pleach; echo "${COMPREPLY[@]}"\n'
    got = subprocess.run(["bash"], input=ask, capture_output=True, text=True, timeout=20)
    assert got.stdout.split("\n")[:2] == ["logs", "--follow"] and not got.stderr, got
    for shell in ("zsh", "fish"):
        out = run("completion", shell).out
        assert all(c in out for c in COMMANDS if c not in HIDDEN)
    assert run("completion", "tcsh").code == 2


@pytest.mark.parametrize("words, says", [
    (["statsu"], "did you mean `status`"),
    (["fly"], "no command `fly`"),
    (["logs", "--folow"], "did you mean --follow"),
    (["map", "--from"], "--from needs a value"),
    (["trace"], "TRACE is missing"),
    (["status", "a", "b"], "one argument too many"),
    (["up", "--foreground=yes"], "takes no value"),
    (["up", "--wait", "soon"], "soon"),
    (["help", "fly"], "no command `fly`"),
    (["part", "engine"], "there is no part `engine`"),
])
def test_wrong_use(words, says, tmp_path):
    """A wrong command line has exit status 2 and says what is meant; with --json as JSON on standard output."""
    (tmp_path / "pleach.yaml").write_text("fleet: empty\n")
    r = run(*words, cwd=tmp_path)
    assert r.code == 2 and says in r.err and not r.out, r
    if words[0] not in ("statsu", "fly"):
        r = run(words[0], "--json", *words[1:], cwd=tmp_path)
        assert r.code == 2 and (says in json.loads(r.out)["message"] if words != ["map", "--from"] else True), r


def test_every_command_has_json(shop):
    """Every command that prints something has a --json form that is one JSON document."""
    assert shop.post("/orders/v1/orders", order()).status in (201, 202)
    wait_for("a trace", lambda: shop.api("/api/traces")["traces"])
    wait_for("the gateway to have what contracts told at the start", lambda: shop.cli("status").code == 0)
    for words in (["up"], ["status"], ["logs"], ["map"], ["findings"], ["findings", "orders"], ["check"], ["version"], ["trace", "--slowest"], ["why", "--slowest"]):
        assert isinstance(shop.ok(*words, "--json").json(), dict), words
        text = shop.ok(*words, "--no-color").out
        assert text and "\033" not in text, words
    r = shop.cli("trace", "f" * 32, "--json")
    assert r.code == 3 and r.json()["error"] == "not_found"


def test_long_work_shows_progress_on_a_terminal(make_fleet):
    """`up` and `down` say on a terminal what they wait for, in one line that is gone at the end; elsewhere they don't."""
    f = make_fleet()
    f.add("front")

    def on_terminal(command):
        ours, theirs = os.openpty()
        done = subprocess.run([BIN, command], cwd=f.root, env=environment(f.tmp), stdout=subprocess.PIPE, stderr=theirs, timeout=60)
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # a terminal gives what was written in pieces, and this error at its end
            while piece := os.read(ours, 65536):
                said += piece
        os.close(ours)
        assert done.returncode == 0, said
        return said
    said = on_terminal("up")
    assert b"healthy" in said and said.endswith(b"\r\x1b[K"), said
    assert f.cli("up").err == ""
    said = on_terminal("down")
    assert b"stopping" in said and said.endswith(b"\r\x1b[K"), said
