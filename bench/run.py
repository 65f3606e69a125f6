#!/usr/bin/python3
"""Measures every ratio that bailey promises, in one go, against peers on this machine. scripts/bench prepares the peers.

    run.py [--quick] [--only NAME] [--json FILE]

Prints a table (promise, target, measured, pass or miss) and writes all times as JSON. Exits 1 on a miss.
"""

import argparse
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

import fixtures
import gate_rows
import keep_rows
import push_rows
import review_rows
import yard
from measure import Failed, Row, interleaved, machine, medians, milliseconds, paired_ratio, run, timed

START_TIMES_BWRAP_MAX = 2.0
DOCKER_TIMES_START_MIN = 10.0
OVERLAY_LARGE_TIMES_SMALL_MAX = 1.5
COPY_TIMES_CP_MAX = 0.6
BUILD_RATIO_MAX = 1.03
CONFIGURE_RATIO_MAX = 1.10
STATUS_RATIO_MAX = 1.1
PSS_MB_MAX = 12.0
SESSIONS_AT_ONCE = 100
FILES_LARGE, FILES_SMALL, FILES_COPY = 100_000, 100, 20_000
SETTLE_SECONDS_MAX = 120
ROUNDS_QUICK = 5


def memory_mb(pid):
    """PSS; of a process that hides its memory from its own user, the resident size, which counts shared pages in full."""
    try:
        text, field = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), "Pss:"
    except PermissionError:
        text, field = pathlib.Path(f"/proc/{pid}/status").read_text(), "VmRSS:"
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(field)) / 1024


class Bench:
    def __init__(self, top, quick):
        self.top = top
        self.rounds = ROUNDS_QUICK if quick else 15
        self.few = 3 if quick else 7

    def start(self):
        repository = fixtures.repository(self.top / "small", 20)
        candidates = {"bailey": lambda: yard.start(repository)}
        bwrap = yard.bubblewrap(repository)
        if bwrap:
            candidates["bwrap"] = lambda: timed(*bwrap)
        docker = yard.docker(repository, os.environ.get("BENCH_IMAGE"))
        if docker:
            candidates["docker"] = lambda: timed(*docker)
        results = interleaved(candidates, self.rounds, warm=2)
        middle = medians(results)
        text = ", ".join(f"{name} {milliseconds(seconds)}" for name, seconds in middle.items())
        if bwrap:
            ratio = paired_ratio(results, "bailey", "bwrap")
            yield Row("whole start against bwrap", f"<= {START_TIMES_BWRAP_MAX}x", f"{ratio:.2f}x ({text})", ratio <= START_TIMES_BWRAP_MAX, results)
        else:
            yield Row("whole start against bwrap", f"<= {START_TIMES_BWRAP_MAX}x", "bubblewrap is not installed", None, {})
        if docker:
            ratio = paired_ratio(results, "docker", "bailey")
            yield Row("docker run against it", f">= {DOCKER_TIMES_START_MIN}x", f"{ratio:.1f}x", ratio >= DOCKER_TIMES_START_MIN, {})
        else:
            reason = os.environ.get("BENCH_NO_DOCKER") or "no docker daemon that we may use"
            yield Row("docker run against it", f">= {DOCKER_TIMES_START_MIN}x", reason, None, {})

    def overlay(self):
        small = fixtures.repository(self.top / "files-small", FILES_SMALL)
        large = fixtures.repository(self.top / "files-large", FILES_LARGE)
        results = interleaved(
            {
                "small": lambda: yard.start(small, "--workspace", "overlay"),
                "large": lambda: yard.start(large, "--workspace", "overlay"),
            },
            self.rounds,
        )
        ratio = paired_ratio(results, "large", "small")
        middle = medians(results)
        text = f"{ratio:.2f}x ({FILES_LARGE} files {milliseconds(middle['large'])}, {FILES_SMALL} files {milliseconds(middle['small'])})"
        yield Row("overlay start, large against small", f"<= {OVERLAY_LARGE_TIMES_SMALL_MAX}x", text, ratio <= OVERLAY_LARGE_TIMES_SMALL_MAX, results)

    def copy(self):
        repository = fixtures.repository(self.top / "files-copy", FILES_COPY)

        def cp():
            seconds = timed("cp", "-a", repository, self.top / "cp")
            shutil.rmtree(self.top / "cp")
            return seconds

        results = interleaved({"bailey": lambda: yard.start(repository, "--workspace", "copy"), "cp": cp}, self.few)
        ratio = paired_ratio(results, "bailey", "cp")
        middle = medians(results)
        text = f"{ratio:.2f}x (whole start {milliseconds(middle['bailey'])}, cp -a {milliseconds(middle['cp'])})"
        yield Row(f"copy of {FILES_COPY} files against cp -a", f"<= {COPY_TIMES_CP_MAX}x", text, ratio <= COPY_TIMES_CP_MAX, results)

    def work(self, name, repository, script, ratio_max, rounds):
        results = interleaved(
            {"inside": lambda: yard.inside(repository, script), "outside": lambda: yard.outside(repository, script)}, rounds
        )
        ratio = paired_ratio(results, "inside", "outside")
        middle = medians(results)
        text = f"{ratio:.3f}x (inside {milliseconds(middle['inside'])}, outside {milliseconds(middle['outside'])})"
        return Row(name, f"<= {ratio_max}x", text, ratio <= ratio_max, results)

    def build(self):
        repository = fixtures.c_project(self.top / "c")
        yield self.work("C build inside", repository, f"make -s -j{os.cpu_count()}", BUILD_RATIO_MAX, self.few)

    def configure(self):
        repository = fixtures.configure_project(self.top / "configure")
        if repository is None:
            yield Row("./configure inside", f"<= {CONFIGURE_RATIO_MAX}x", "autoconf is not installed", None, {})
        else:
            yield self.work("./configure inside", repository, "./configure -q", CONFIGURE_RATIO_MAX, self.few)

    def status(self):
        repository = fixtures.repository(self.top / "files-status", FILES_COPY)
        script = "git status --porcelain; git status --porcelain; git status --porcelain; git status --porcelain"
        yield self.work(f"git status inside, {FILES_COPY} files", repository, script, STATUS_RATIO_MAX, self.few)

    def memory(self):
        repository = fixtures.repository(self.top / "memory", 20)
        run(*yard.run_flags(repository, "-d", "--name", "memory", "-b", "memory"), "--", "sleep", "600")
        try:
            time.sleep(1)
            supervisor = next(entry["supervisor"]["pid"] for entry in yard.sessions() if entry["name"] == "shell-memory")
            children = run("pgrep", "-P", supervisor).stdout.split()
            sizes = {}
            for pid in [supervisor, *map(int, children)]:
                command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
                sizes[f"{pid} {command}"] = memory_mb(pid)
            total = sum(sizes.values())
            yield Row("supervisor and init, PSS or RSS", f"<= {PSS_MB_MAX:.0f} MB", f"{total:.1f} MB in {len(sizes)} processes", total <= PSS_MB_MAX, sizes)
        finally:
            run("bailey", "rm", "-y", "shell-memory", check=False)

    def hundred(self):
        repository = fixtures.repository(self.top / "hundred", 50)
        begin = time.perf_counter()
        for number in range(SESSIONS_AT_ONCE):
            run(*yard.run_flags(repository, "-d", "--name", f"h{number}", "-b", f"h{number}"), "--", "sh", "-c", f"echo {number} >n; sleep 600")
        started = time.perf_counter() - begin
        supervisors = {entry["supervisor"]["pid"] for entry in yard.sessions() if entry["status"] == "running"}
        for number in range(SESSIONS_AT_ONCE):
            run("bailey", "stop", f"shell-h{number}")
        saved = sum(
            run("git", "-C", repository, "cat-file", "blob", f"shell/h{number}:n", check=False).stdout == f"{number}\n".encode()
            for number in range(SESSIONS_AT_ONCE)
        )
        deadline = time.monotonic() + SETTLE_SECONDS_MAX
        while (left := [pid for pid in supervisors if os.path.exists(f"/proc/{pid}")]) and time.monotonic() < deadline:
            time.sleep(0.1)
        for number in range(SESSIONS_AT_ONCE):
            run("bailey", "rm", "-y", f"shell-h{number}")
        text = f"{len(supervisors)} running, {saved} saved, {len(left)} left over; started in {milliseconds(started)}"
        good = len(supervisors) == saved == SESSIONS_AT_ONCE and not left
        yield Row(f"{SESSIONS_AT_ONCE} sessions at once", "none lost, all reaped", text, good, {"started_seconds": started})


    def gate_part(self, name):
        why_not = gate_rows.available()
        if why_not:
            yield Row(f"gate: {name}", "", why_not, None, {})
            return
        (self.top / f"gate-{name}").mkdir()
        yield from getattr(gate_rows.Gate(self.top / f"gate-{name}", self.rounds == ROUNDS_QUICK), name)()

    def tunnel(self):
        yield from self.gate_part("tunnel")

    def inspection(self):
        yield from self.gate_part("inspection")

    def rules(self):
        yield from self.gate_part("rules")

    def gate_start(self):
        yield from self.gate_part("start")

    def keep(self):
        why_not = gate_rows.available()
        if why_not:
            yield Row("keep", "", why_not, None, {})
            return
        (self.top / "keep").mkdir()
        yield from keep_rows.keep_rows(self.top / "keep", self.rounds == ROUNDS_QUICK)

    def review(self):
        yield from review_rows.review_rows(self.top, self.few)

    def push(self):
        yield from push_rows.Push(self.top, self.rounds == ROUNDS_QUICK).rows()


PARTS = ("start", "overlay", "copy", "build", "configure", "status", "memory", "hundred", "tunnel", "inspection", "rules", "gate_start", "keep", "review", "push")


def print_row(row):
    verdict = {True: "pass", False: "MISS", None: "skipped"}[row.ok]
    print(f"{row.name:<38} {row.target:<22} {verdict:<8} {row.measured}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    facts = machine()
    print(f"Linux {facts['kernel']}, {facts['cpus']} cpus ({facts['cpu']}), as {facts['user']}, load {facts['load']:.1f}\n")
    print(f"{'promise':<38} {'target':<22} {'':<8} measured (medians)")
    rows = []
    top = pathlib.Path(tempfile.mkdtemp(prefix="bailey-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")))
    for variable, place in (("HOME", "home"), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache")):
        (top / place).mkdir()
        os.environ[variable] = str(top / place)
    run("git", "config", "--global", "user.name", "Bench")
    run("git", "config", "--global", "user.email", "bench@example.org")
    try:
        bench = Bench(top, arguments.quick)
        for part in arguments.only or PARTS:
            try:
                for row in getattr(bench, part)():
                    rows.append(row)
                    print_row(row)
            except Failed as error:
                rows.append(Row(part, "", str(error), False, {}))
                print_row(rows[-1])
    finally:
        shutil.rmtree(top, ignore_errors=True)
    if arguments.json:
        document = {"machine": facts, "rows": [vars(row) for row in rows]}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n")
    missed = [row for row in rows if row.ok is False]
    print(f"\n{sum(row.ok is True for row in rows)} passed, {len(missed)} failed, {sum(row.ok is None for row in rows)} skipped")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
