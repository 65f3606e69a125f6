"""bailey and its peers as commands."""

import itertools
import json
import os
import pathlib
import shutil

from measure import Failed, run, timed

numbers = itertools.count()


def run_flags(repository, *flags):
    network = () if "--network" in flags else ("--network", "restricted")
    return ["bailey", "run", "shell", repository, *network, "-y", *flags]


def start(repository, *flags, command=("true",)):
    """Seconds of a whole `bailey run`; the session is removed outside of that time."""
    name = f"b{next(numbers)}"
    seconds = timed(*run_flags(repository, "--name", name, "-b", name, *flags), "--", *command)
    run("bailey", "rm", "-y", "--discard", f"shell-{name}")
    return seconds


def inside(repository, script, *flags):
    """Seconds that a bash script takes inside, by the clock inside: the start of the sandbox is not in it."""
    name = f"b{next(numbers)}"
    done = run(*run_flags(repository, "--name", name, "-b", name, "--no-push", *flags), "--", "bash", "-c", clocked(script))
    run("bailey", "rm", "-y", "--discard", f"shell-{name}")
    return seconds_of(done)


def outside(repository, script):
    """The same script on a fresh `cp -a` of the repository, without any sandbox."""
    copy = pathlib.Path(repository).parent / f"outside{next(numbers)}"
    run("cp", "-a", repository, copy)
    done = run("bash", "-c", clocked(script), cwd=copy)
    shutil.rmtree(copy)
    return seconds_of(done)


def clocked(script):
    return f'begin=$EPOCHREALTIME; {{ {script}; }} >/dev/null 2>&1 || exit 9; echo "clock $begin $EPOCHREALTIME"'


def seconds_of(done):
    for line in done.stdout.decode(errors="replace").splitlines():
        if line.startswith("clock "):
            _, begin, end = line.split()
            return float(end) - float(begin)
    raise Failed(f"no time in {done.stdout[-300:]!r} {done.stderr[-300:]!r}")


def sessions(*flags):
    return json.loads(run("bailey", "ls", "--json", *flags).stdout)


def bubblewrap(repository):
    """As near to our sandbox as bwrap gets: all namespaces, system read-only, private /tmp, /proc, /dev and home, the
    repository writable, no capabilities. No copy of the repository, no branch, no limits, no log, no seccomp filter."""
    if not shutil.which("bwrap"):
        return None
    command = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    command += ["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/home/agent"]
    for link in ("bin", "sbin", "lib", "lib64"):
        if os.path.islink(f"/{link}"):
            command += ["--symlink", os.readlink(f"/{link}"), f"/{link}"]
    for name in ("alternatives", "ssl", "ld.so.cache", "ld.so.conf", "localtime", "nsswitch.conf", "passwd", "group", "profile"):
        if os.path.exists(f"/etc/{name}"):
            command += ["--ro-bind", f"/etc/{name}", f"/etc/{name}"]
    command += ["--bind", str(repository), "/workspace", "--chdir", "/workspace", "--setenv", "PATH", "/usr/bin:/bin"]
    return command + ["true"]


def docker(repository, image):
    """`docker run` with the equivalent flags. None without a daemon or image (scripts/bench starts and makes them)."""
    if not image or not shutil.which("docker") or run("docker", "info", check=False).returncode:
        return None
    return [
        "docker", "run", "--rm", "--network", "none", "--pids-limit", "4096", "--memory", "8g", "--cpus", str(min(4, os.cpu_count())),
        "--read-only", "--tmpfs", "/tmp", "--user", "1000:1000", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
        "--ulimit", "core=0", "-v", f"{repository}:/workspace", "-w", "/workspace", image, "/true",
    ]  # fmt: skip
