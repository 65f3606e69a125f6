"""What the publishing guard has to reach: a large push through it against the same push without it, to the same server;
rows for run.py."""

import contextlib
import os
import pathlib
import subprocess
import sys
import time

import fixtures
from measure import Row, interleaved, medians, milliseconds, paired_ratio, run

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "tests/support"))

PUSH_RATIO_MAX = 1.5
PACK_BYTES = 200 << 20
FILES = 200
LOGIN = "robot:s3cret-token"


class Push:
    def __init__(self, top, quick):
        self.top = top / "push"
        self.top.mkdir()
        self.rounds = 3 if quick else 7
        self.number = 0

    def repository(self, url):
        path = fixtures.repository(self.top / "app", 20)
        fixtures.git(path, "remote", "add", "origin", url)
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
            served = self.top / "served"
            subprocess.run(["git", "init", "-q", "--bare", str(served / "app.git")], check=True)
            server = serve_git(served, LOGIN)
            path = self.repository(f"http://127.0.0.1:{server.server_port}/app.git")
            run("bailey", "run", "shell", path, "-y", "-d", "--name", "bench-push", "-b", "bench", "--", "sleep", "3600")
            try:
                results = interleaved(
                    {"guard": lambda: self.guarded("shell-bench-push"), "direct": lambda: self.direct(path)}, self.rounds
                )
            finally:
                run("bailey", "stop", "shell-bench-push", check=False)
                run("bailey", "rm", "-y", "shell-bench-push", check=False)
                server.shutdown()
        ratio = paired_ratio(results, "guard", "direct")
        middle = medians(results)
        text = f"{ratio:.2f}x (guard {milliseconds(middle['guard'])}, direct {milliseconds(middle['direct'])})"
        yield Row("push of 200 MB through the guard", f"<= {PUSH_RATIO_MAX}x", text, ratio <= PUSH_RATIO_MAX, results)
