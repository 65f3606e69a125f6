#!/usr/bin/python3
"""Runs one end-to-end scenario in a world of its own, and looks afterwards for anything left behind.

    runner.py [--as-root] tests/e2e/SCENARIO

A scenario is a directory with run.sh or run.py. It gets a temporary directory with its own HOME and XDG directories,
`bailey` on PATH, and nothing on standard input. Exit status 0 passes, 77 skips (the last line says why), anything else
fails. Afterwards these fail it too, whatever it said itself: a process that outlives it (we are the subreaper, so that
daemons come back to us), a mount below its directory, a bound socket below its directory, an empty cgroup of bailey's.

A scenario's first comment says what behaviour or attack it shows. A line `# runner: timeout=SECONDS root=also|only`
changes the defaults (120, ordinary user only). As root, scenarios run as the user `bailey-test` unless --as-root is
given. BAILEY_KEEP=1 keeps the directory.
"""

import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SUPPORT = pathlib.Path(__file__).resolve().parent
SOURCE = SUPPORT.parent.parent
TIMEOUT_SECONDS = 120
REAP_SECONDS = 4.0
CLEAN_LOOKS = 3
SKIP_STATUS = 77
PR_SET_CHILD_SUBREAPER = 36


def stage():
    """The directory with bin/bailey: an installed copy (scripts/test makes one), or else the build tree."""
    if os.environ.get("BAILEY_STAGE"):
        return pathlib.Path(os.environ["BAILEY_STAGE"]) / "prefix" / "bin"
    return SOURCE / "build" / "release" / "bin"


def directives(script):
    found = re.search(r"^# runner:(.*)$", script.read_text(), re.M)
    return dict(word.split("=", 1) for word in found.group(1).split()) if found else {}


def environment(top):
    home = top / "home"
    variables = {
        "HOME": home,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_STATE_HOME": home / ".local/state",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_RUNTIME_DIR": top / "run",
        "TMPDIR": top / "tmp",
        "T": top,
    }
    for directory in variables.values():
        directory.mkdir(parents=True, exist_ok=True)
    (top / "run").chmod(0o700)
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Test User\n\temail = test@example.org\n[init]\n\tdefaultBranch = main\n"
        "[protocol \"file\"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n"
    )
    result = {name: str(value) for name, value in variables.items()}
    result |= {
        "PATH": f"{stage()}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "USER": os.environ.get("USER", "test"),
        "LOGNAME": os.environ.get("USER", "test"),
        "SUPPORT": str(SUPPORT),
        "PYTHONPATH": str(SUPPORT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "BAILEY_KEEP", "BAILEY_TEST_AGENTS", "KILL_ROUNDS", "KILL_SEED"):
        if name in os.environ:
            result[name] = os.environ[name]
    return result


def descendants():
    """{pid: command line} of every process below us, other than zombies."""
    parents, names = {}, {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = pathlib.Path(f"/proc/{entry}/stat").read_text()
            after_name = stat[stat.rindex(")") + 2 :].split()
            command = pathlib.Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:
            continue
        if after_name[0] != "Z":
            parents[int(entry)] = int(after_name[1])
            names[int(entry)] = command.decode(errors="replace").strip() or stat[: stat.rindex(")") + 1]
    ours = {}
    for pid in parents:
        above = pid
        while above in parents and above != os.getpid():
            above = parents[above]
        if above == os.getpid() and pid != os.getpid():
            ours[pid] = names[pid]
    return ours


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def empty_cgroups():
    found = set()
    for root in ("/sys/fs/cgroup",):
        for path, directories, _ in os.walk(root):
            if "bailey" in os.path.basename(path) and not directories:
                try:
                    if not pathlib.Path(path, "cgroup.procs").read_text().strip():
                        found.add(path)
                except OSError:
                    pass
    return found


def lines_about(path, text):
    try:
        return [line for line in pathlib.Path(path).read_text(errors="replace").splitlines() if text in line]
    except OSError:
        return []


def leaks(top, cgroups_before):
    """What the scenario left behind, given a moment for teardown that is under way."""
    deadline = time.monotonic() + REAP_SECONDS
    clean = 0  # in a row: a process whose parent ends while we look is in nobody's list for a moment
    while True:
        reap()
        found = [f"process {pid}: {command[:160]}" for pid, command in descendants().items()]
        found += [f"mount: {line}" for line in lines_about("/proc/self/mountinfo", str(top))]
        found += [f"socket: {line}" for line in lines_about("/proc/net/unix", str(top))]
        found += [f"cgroup: {path}" for path in empty_cgroups() - cgroups_before]
        clean = 0 if found else clean + 1
        if clean == CLEAN_LOOKS or (found and time.monotonic() > deadline):
            return found
        time.sleep(0.03)


def kill_rest():
    for _ in range(50):
        rest = descendants()
        for pid in rest:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        if not rest:
            return
        time.sleep(0.02)
        reap()


def remove(top):
    for line in reversed(lines_about("/proc/self/mountinfo", str(top))):
        subprocess.run(["umount", "-l", line.split()[4]], check=False)
    for path, directories, _ in os.walk(top):
        for directory in directories:
            full = os.path.join(path, directory)
            if not os.path.islink(full):
                try:
                    os.chmod(full, 0o700)
                except OSError:
                    pass
    shutil.rmtree(top, ignore_errors=True)


def run(scenario):
    script = next((scenario / name for name in ("run.sh", "run.py") if (scenario / name).exists()), None)
    if script is None:
        sys.exit(f"runner: no run.sh or run.py in {scenario}")
    timeout = int(directives(script).get("timeout", TIMEOUT_SECONDS))
    top = pathlib.Path(tempfile.mkdtemp(prefix="by-", dir=os.environ.get("TMPDIR", "/var/tmp")))
    top.chmod(0o755)
    (top / "work").mkdir()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    cgroups_before = empty_cgroups()
    interpreter = ["bash"] if script.suffix == ".sh" else ["/usr/bin/python3"]
    child = subprocess.Popen(
        interpreter + [str(script)],
        cwd=top / "work",
        env=environment(top),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        status = child.wait(timeout=timeout)
    except subprocess.TimeoutExpired:
        print(f"runner: no end after {timeout} s; it was running:", *descendants().values(), sep="\n  ", flush=True)
        status = 1
    found = leaks(top, cgroups_before) if status in (0, SKIP_STATUS) else []
    for leak in found:
        print(f"runner: left behind: {leak}")
    kill_rest()
    if status not in (0, SKIP_STATUS):
        print(f"runner: {scenario.name} failed with status {status}")
        for log in sorted((top / "home/.local/state/bailey/sessions").glob("*/audit.jsonl")):
            print(f"--- {log.parent.name}, last audit events", *log.read_text(errors="replace").splitlines()[-5:], sep="\n")
    if os.environ.get("BAILEY_KEEP"):
        print(f"runner: kept {top}")
    else:
        remove(top)
    return 1 if found else status


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--as-root"]
    if len(arguments) != 1:
        sys.exit(__doc__)
    scenario = pathlib.Path(arguments[0]).resolve()
    as_root = "--as-root" in sys.argv
    if os.getuid() == 0 and not as_root:
        staged = os.environ.get("BAILEY_STAGE")
        support = pathlib.Path(staged) / "tests/support" if staged else SUPPORT
        e2e = pathlib.Path(staged) / "tests/e2e" if staged else scenario.parent
        os.execv(str(SUPPORT / "as-user"), ["as-user", str(support / "runner.py"), str(e2e / scenario.name)])
    if as_root and os.getuid() != 0:
        print("skipped: needs root")
        sys.exit(SKIP_STATUS)
    sys.stdout.reconfigure(line_buffering=True)
    sys.exit(run(scenario))


if __name__ == "__main__":
    main()
