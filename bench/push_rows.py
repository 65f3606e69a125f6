"""What the publishing guard has to reach: a large push through it against the same push without it, to the same server;
rows for run.py."""

import contextlib
import fcntl
import os
import pathlib
import pty
import re
import select
import statistics
import struct
import subprocess
import sys
import termios
import time

import fixtures
from measure import Failed, Row, interleaved, medians, milliseconds, paired_ratio, run

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "tests/support"))

PUSH_RATIO_MAX = 1.5
PACK_BYTES = 200 << 20
FILES = 200
REFS = 10_000
PROMPTS = 5
PROMPT_MAX = 0.1  # seconds
PROMPT_PATIENCE = 30
LEAVES_SCREEN = b"\x1b[?1049l"  # xterm's control sequences: back to the normal buffer
LOGIN = "robot:s3cret-token"


class Push:
    def __init__(self, top, quick):
        self.top = top / "push"
        self.top.mkdir()
        self.served = self.top / "served"
        self.rounds = 3 if quick else 7
        self.number = 0

    def repository(self, name, server):
        """A clone and, behind the server, what it pushes to."""
        subprocess.run(["git", "init", "-q", "--bare", str(self.served / f"{name}.git")], check=True)
        path = fixtures.repository(self.top / name, 20)
        fixtures.git(path, "remote", "add", "origin", f"http://127.0.0.1:{server.server_port}/{name}.git")
        fixtures.git(path, "push", "-q", "origin", "main")
        return path

    @contextlib.contextmanager
    def user(self):
        """A home whose git knows the login, and a policy that lets the session push without a question."""
        before = dict(os.environ)
        home = self.top / "home"
        (home / "config/bailey").mkdir(parents=True)
        (home / ".gitconfig").write_text(
            "[user]\n name = bench\n email = bench@localhost\n[init]\n defaultBranch = main\n"
            '[credential]\n helper = "!f() { echo username=robot; echo password=s3cret-token; }; f"\n'
        )
        (home / "config/bailey/config.toml").write_text(
            '[[rule]]\nid = "bench"\nkind = "git"\nmatch = { op = "push" }\naction = "allow"\n'
        )
        os.environ.update(HOME=str(home), XDG_CONFIG_HOME=str(home / "config"))
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def fill(self, write):
        """New content for every round: what the server has already is not sent again."""
        self.number += 1
        for number in range(FILES):
            write(f"big-{number:03}", os.urandom(PACK_BYTES // FILES))
        return f"round-{self.number}"

    def direct(self, path):
        fixtures.git(path, "checkout", "-q", "-f", "-B", f"round-{self.number + 1}", "main")
        branch = self.fill(lambda name, content: (path / name).write_bytes(content))
        fixtures.git(path, "add", "-A")
        fixtures.git(path, "commit", "-q", "-m", branch)
        begin = time.perf_counter()
        fixtures.git(path, "push", "-q", "origin", "HEAD")
        return time.perf_counter() - begin

    def guarded(self, session):
        self.number += 1
        script = (
            f"git checkout -q -f -B round-{self.number} origin/main && for i in $(seq {FILES}); do "
            f"head -c {PACK_BYTES // FILES} /dev/urandom >big-$i; done && git add -A && git commit -q -m x && "
            "s=$(date +%s%N) && git push -q origin HEAD && e=$(date +%s%N) && echo $((e - s))"
        )
        done = run("bailey", "exec", session, "--", "bash", "-c", script)
        return int(done.stdout.split()[-1]) / 1e9

    def rows(self):
        from git_http import serve_git  # after the path is set

        with self.user():
            self.served.mkdir()
            server = serve_git(self.served, LOGIN)
            try:
                path = self.repository("app", server)
                with running("bench-push", path):
                    yield self.large_row(path)
                    yield self.refs_row(path, self.served / "app.git")
                (self.top / "home/config/bailey/config.toml").write_text("")  # from now on a human is asked
                yield self.prompt_row(self.repository("prompt", server))
            finally:
                server.shutdown()

    def large_row(self, path):
        results = interleaved(
            {"guard": lambda: self.guarded("shell-bench-push"), "direct": lambda: self.direct(path)}, self.rounds
        )
        ratio = paired_ratio(results, "guard", "direct")
        middle = medians(results)
        text = f"{ratio:.2f}x (guard {milliseconds(middle['guard'])}, direct {milliseconds(middle['direct'])})"
        return Row("push of 200 MB through the guard", f"<= {PUSH_RATIO_MAX}x", text, ratio <= PUSH_RATIO_MAX, results)

    def refs_row(self, path, remote):
        def make(prefix):
            return f"seq -f 'create refs/heads/{prefix}/%.0f HEAD' {REFS} | git update-ref --stdin"

        def count(prefix):
            found = subprocess.run(["git", "-C", str(remote), "for-each-ref", f"refs/heads/{prefix}"], capture_output=True, check=True)
            return found.stdout.count(b"\n")

        push = f"s=$(date +%s%N) && git push -q origin 'refs/heads/guard/*:refs/heads/guard/*' && e=$(date +%s%N) && echo $((e - s))"
        done = run("bailey", "exec", "shell-bench-push", "--", "bash", "-c", f"{make('guard')} && {push}")
        guard = int(done.stdout.split()[-1]) / 1e9
        subprocess.run(["bash", "-c", make("direct")], cwd=path, check=True)
        begin = time.perf_counter()
        fixtures.git(path, "push", "-q", "origin", "refs/heads/direct/*:refs/heads/direct/*")
        direct = time.perf_counter() - begin
        text = f"{count('guard')} refs in {milliseconds(guard)} (direct {milliseconds(direct)})"
        figures = {"guard": [guard], "direct": [direct]}
        return Row(f"push of {REFS} refs through the guard", "handled", text, count("guard") == REFS, figures)

    def prompt_row(self, path):
        """From the start of `git push` inside to the question on the terminal, which a human would answer there."""
        direct, shown = [], []
        for number in range(PROMPTS):
            fixtures.git(path, "commit", "-q", "--allow-empty", "-m", f"prompt {number}")
            begin = time.perf_counter()
            fixtures.git(path, "push", "-q", "origin", "HEAD:direct-prompt")
            direct.append(time.perf_counter() - begin)
        script = (
            f"for i in $(seq {PROMPTS}); do git commit -q --allow-empty -m $i; sleep 0.5; echo \"at $(date +%s%N).\"; "
            "git push -q origin HEAD; done"
        )
        command = ["bailey", "run", "shell", path, "-y", "--name", "bench-prompt", "-b", "bench-prompt", "--", "bash", "-c", script]
        main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        with subprocess.Popen(list(map(str, command)), stdin=side, stdout=side, stderr=side, start_new_session=True) as client:
            os.close(side)
            text = b""
            while more := read_terminal(main, client):
                text += more
                began = re.search(rb"at (\d+)\.", text)
                if began and b"bailey asks" in text[began.end() :]:
                    shown.append(time.time() - int(began.group(1)) / 1e9)
                    answer_until_gone(main, client)
                    text = b""
        os.close(main)
        run("bailey", "rm", "-y", "--discard", "shell-bench-prompt", check=False)
        if client.returncode or len(shown) != PROMPTS:
            raise Failed(f"the question was seen {len(shown)} of {PROMPTS} times: status {client.returncode}")
        middle, bare = statistics.median(shown), statistics.median(direct)
        text = f"{milliseconds(middle)} after git push began (a whole push without the guard: {milliseconds(bare)})"
        return Row("a push's question is shown", f"<= {PROMPT_MAX * 1000:.0f} ms", text, middle <= PROMPT_MAX, {"shown": shown, "direct": direct})


@contextlib.contextmanager
def running(name, path):
    run("bailey", "run", "shell", path, "-y", "-d", "--name", name, "-b", name, "--", "sleep", "3600")
    try:
        yield
    finally:
        run("bailey", "stop", f"shell-{name}", check=False)
        run("bailey", "rm", "-y", "--discard", f"shell-{name}", check=False)


def read_terminal(fd, client):
    """b"" at the end. What never ends is killed."""
    if not select.select([fd], [], [], PROMPT_PATIENCE)[0]:
        client.kill()
    try:
        return os.read(fd, 65536)
    except OSError:  # EIO: everybody else has closed it
        return b""


def answer_until_gone(fd, client):
    """What is typed in the first moments of a question does not count, and keys without a pause are no answer either."""
    text = b""
    for _ in range(10):
        time.sleep(1)
        os.write(fd, b"y")
        while select.select([fd], [], [], 0.5)[0] and (more := read_terminal(fd, client)):
            text += more
        if LEAVES_SCREEN in text:
            return
    client.kill()
    raise Failed("the question does not go away")
