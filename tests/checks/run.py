#!/usr/bin/env python3
"""Checks of the source tree that ./test runs: layers, system calls, tables, words. Each prints place and rule for what it finds."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAYERS = ["base", "sys", "net", "model", "domain", "part", "cli"]
DOMAINS = {"store", "gateway", "node", "catalog", "contract", "release", "journey", "report", "dev", "control"}
# What only sys may call. Names that the C library and the kernel use for time, chance, network, files, processes, threads.
CALLS = """accept accept4 access bind chdir clock_gettime clone close connect creat dup dup2 dup3 epoll_create1 epoll_ctl epoll_wait eventfd
execv execve execvp exit _exit fcntl fdatasync fopen fork fread fsync ftruncate fwrite getaddrinfo getentropy getenv getpid getrandom
gettimeofday ioctl kill link listen localtime lseek mkdir mmap msync munmap nanosleep open openat opendir pipe pipe2 poll popen posix_spawn
pread prctl pthread_create pthread_mutex_lock pwrite rand random read readdir recv recvfrom recvmsg rename rmdir select send sendfile sendmsg
sendto setenv setsockopt shutdown signal sigaction signalfd sleep socket splice stat statx strftime syscall system time timerfd_create unlink
usleep vfork waitid waitpid write writev printf puts putchar fprintf perror abort""".split()
EXCEPTIONS = {
    # the only place that may speak and end the process: a failed assertion
    ("src/base/check.c", "fprintf"), ("src/base/check.c", "abort"),
}
problems = []


def problem(path, line, text):
    problems.append(f"{path.relative_to(ROOT)}:{line}: {text}")


def layer(folder):
    return LAYERS.index("domain" if folder in DOMAINS else folder)


def strip_comments(text):
    """Comments and strings blanked, line numbers kept."""
    def blank(match):
        s = match.group(0)
        return "\n" * s.count("\n") if s.startswith("/") else '""'
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


def check_source(path):
    folder = path.relative_to(ROOT / "src").parts[0]
    raw = path.read_text()
    if not raw.lstrip().startswith("/*"):
        problem(path, 1, "the file's first comment is missing: what it is for, its invariants, who calls it")
    count = raw.count("\n")
    if count > 600:
        problem(path, count, "past 600 lines: look for the second subject in it")
    for number, line in enumerate(raw.split("\n"), 1):
        match = re.match(r'\s*#\s*include\s+"([^"/]+)/([^"]+)"', line)
        if not match or match.group(1) == "tbl":
            continue
        other = match.group(1)
        if other != folder and other not in DOMAINS and other not in LAYERS:
            problem(path, number, f"include of an unknown room: {other}")
        elif other != folder and other in DOMAINS and folder in DOMAINS:
            problem(path, number, f"a domain includes another domain: {folder} includes {other}")
        elif layer(other) > layer(folder):
            problem(path, number, f"an include that points upward: {folder} includes {other}")
        elif other == "sys" and match.group(2) in ("sim.h", "linux.h") and folder != "sys":
            problem(path, number, "only sys knows which platform it is on")
    if folder == "sys":
        return
    text = strip_comments(raw)
    for number, line in enumerate(text.split("\n"), 1):
        for match in re.finditer(r"(?<![\w.>])(" + "|".join(CALLS) + r")\s*\(", line):
            name = match.group(1)
            if (str(path.relative_to(ROOT)), name) in EXCEPTIONS:
                continue
            if re.search(rf"(?m)^static[^\n;=]*\b{name}\(", text):
                continue  # the file's own function of that name
            problem(path, number, f"{name}() outside of src/sys")


def check_words():
    """Nothing of one machine, of a registry, of how the work was done."""
    bad = re.compile(r"/(?:home/[a-z]+|root)/|\bTODO\b|\bFIXME\b|\bXXX\b|registry\.npmjs\.org|deb\.debian\.org")
    for path in sorted(ROOT.rglob("*")):
        rel = path.relative_to(ROOT)
        if not path.is_file() or rel.parts[0] in (".git", "build") or "node_modules" in rel.parts or "corpus" in rel.parts or "dist" in rel.parts \
                or rel.parts[0].startswith("build") or ".pleach" in rel.parts or rel == pathlib.Path("tests/checks/run.py"):
            continue
        try:
            text = path.read_text()
        except (UnicodeDecodeError, OSError):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            match = bad.search(line)
            if match:
                problem(path, number, f"does not belong in the repository: {match.group(0)}")


def check_tracked():
    """No build product and no third-party code is in the repository."""
    import subprocess
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    for name in listed.stdout.split("\0") if listed.returncode == 0 else []:
        if {"node_modules", "__pycache__", "dist", ".pleach"} & set(pathlib.PurePath(name).parts[:-1]):
            problem(ROOT / name, 1, "a build product or third-party code is tracked")


def check_tables():
    """Rows are unique and the published documents know them."""
    def names(file, pattern):
        return re.findall(pattern, (ROOT / "tbl" / file).read_text(), flags=re.M)
    for file, pattern in (("errors.h", r'^ERROR_ROW\(\w+, "([^"]+)"'), ("metrics.h", r'^METRIC_ROW\(\w+, \w+, "([^"]+)"'),
                          ("findings.h", r'^FINDING_ROW\(\w+, "([^"]+)"'), ("commands.h", r'^COMMAND_ROW\(\w+, "([^"]+)"'),
                          ("reasons.h", r'^REASON_ROW\(\w+, "([^"]+)"')):
        rows = names(file, pattern)
        if not rows:
            problem(ROOT / "tbl" / file, 1, "no rows found: has the table's form changed?")
        for row in sorted(set(r for r in rows if rows.count(r) > 1)):
            problem(ROOT / "tbl" / file, 1, f"the row {row} stands twice")


def main():
    for path in sorted((ROOT / "src").rglob("*.[ch]")) + sorted((ROOT / "src").rglob("*.cc")):
        check_source(path)
    check_words()
    check_tracked()
    check_tables()
    for line in problems:
        print(line)
    print(f"{len(problems)} problems in the source tree")
    return 1 if problems else 0


sys.exit(main())
