"""What end-to-end scenarios in Python share: repositories, `bailey` as a call, and a terminal to press keys in."""

import fcntl
import json
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

TOP = pathlib.Path(os.environ["T"])
SESSIONS = pathlib.Path(os.environ["XDG_STATE_HOME"]) / "bailey/sessions"
PATIENCE_SECONDS = 30
DETACH = b"\x02d"  # ctrl-b d


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def git(repository, *arguments, check=True):
    done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=False)
    if check and done.returncode:
        raise AssertionError(f"git {arguments}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode(errors="replace").strip()


def repo(name="project"):
    """A small repository with one commit on main."""
    path = TOP / "work" / name
    path.mkdir()
    git(path, "init", "-q")
    (path / "main.c").write_text("int main(void) { return 0; }\n")
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", "first")
    return path


class Done:
    def __init__(self, process):
        self.status = process.returncode if process.returncode >= 0 else 128 - process.returncode
        self.out = process.stdout.decode(errors="replace")
        self.err = process.stderr.decode(errors="replace")

    def __repr__(self):
        return f"status {self.status}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def bailey(*arguments, status=0, timeout=PATIENCE_SECONDS, **more):
    """Runs it; fails unless it exits with `status` (None: any)."""
    process = subprocess.run(
        ["bailey", *map(str, arguments)], capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout, check=False, **more
    )
    done = Done(process)
    if status is not None and done.status != status:
        raise AssertionError(f"bailey {arguments}: expected status {status}, got {done}")
    return done


def run_flags(repository, *flags):
    return ["run", "shell", str(repository), "--network", "restricted", "-y", *flags]


def sessions():
    return json.loads(bailey("ls", "--all", "--json").out)


def session(name):
    return next((entry for entry in sessions() if entry["name"] == name), None)


def wait_until(condition, what, seconds=PATIENCE_SECONDS):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"still not so after {seconds} s: {what}"
        time.sleep(0.05)
    return value


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def family():
    """{pid: name} of every process of this scenario's, detached sessions included: what the runner above us has started."""
    parents, names = {}, {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = pathlib.Path(f"/proc/{entry}/stat").read_text()
        except OSError:
            continue
        parents[int(entry)] = int(stat[stat.rindex(")") + 2 :].split()[1])
        names[int(entry)] = stat[stat.index("(") + 1 : stat.rindex(")")]

    def is_ours(pid):
        while pid in parents and pid != os.getppid():
            pid = parents[pid]
        return pid == os.getppid()

    return {pid: name for pid, name in names.items() if is_ours(pid) and pid not in (os.getpid(), os.getppid())}


class Terminal:
    """A program on a pseudo terminal of its own, with a window size, and everything it has shown so far."""

    def __init__(self, *arguments, rows=24, columns=80):
        self.shown = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvp(arguments[0], list(map(str, arguments)))
        self.resize(rows, columns)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self.fd, keys if isinstance(keys, bytes) else keys.encode())

    def read_some(self, seconds):
        if select.select([self.fd], [], [], seconds)[0]:
            try:
                self.shown += os.read(self.fd, 65536)
            except OSError:  # EIO: the other side closed
                return False
        return True

    def expect(self, pattern, seconds=PATIENCE_SECONDS):
        """Waits until what was shown since the last expect matches; returns the match."""
        deadline = time.monotonic() + seconds
        regex = re.compile(pattern if isinstance(pattern, bytes) else pattern.encode(), re.S)
        while not (match := regex.search(self.shown)):
            open_still = self.read_some(0.1)
            if not open_still and not regex.search(self.shown):
                raise AssertionError(f"ended without {pattern!r}; it showed {self.shown[-2000:]!r}")
            assert time.monotonic() < deadline, f"no {pattern!r} in {seconds} s; it showed {self.shown[-2000:]!r}"
        self.shown = self.shown[match.end() :]
        return match

    def wait(self, seconds=PATIENCE_SECONDS):
        """Exit status as in shells."""
        deadline = time.monotonic() + seconds
        while True:
            self.read_some(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
            assert time.monotonic() < deadline, f"still running after {seconds} s; it showed {self.shown[-2000:]!r}"

    def hang_up(self):
        """The terminal's window is closed: its programs get SIGHUP."""
        os.close(self.fd)
        os.waitpid(self.pid, 0)

    def kill(self, number=signal.SIGKILL):
        os.kill(self.pid, number)
        return self.wait()
