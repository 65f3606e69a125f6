"""The supervisor is killed: its token is taken back by the next command, once the server can be reached, with an event in
the log of its session; at rest the token can't be read. A running session's token is left alone."""

import os
import signal

from bailey_test import SESSIONS, bailey, git, repo, session, wait_until
from token_lab import APP, GitHub, Lab, World, app_key, events, files_with

world = World()
lab = Lab(GitHub)
_, lab.public = app_key()
world.configure({"id": "github", "provider": "github-app", "api": lab.url, "app": APP, "key": "file:app.pem",
                 "permissions": '{ contents = "read" }'})  # fmt: skip
project = repo()
git(project, "remote", "add", "origin", "git@github.com:owner/app.git")
records = SESSIONS.parent / "tokens"


def kill(name):
    pid = session(name)["supervisor"]["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: session(name)["status"] == "interrupted", "the session is interrupted")


live = world.start(project, "--name", "live").out.strip()
lab.down = True
name = world.start(project, "--name", "killed").out.strip()
mine, killed = lab.given
(record,) = [path for path in records.iterdir() if name in path.name]
assert record.stat().st_mode & 0o777 == 0o600
assert killed.encode() not in record.read_bytes()
kill(name)
wait_until(lambda: any(each.startswith("DELETE") for each in lab.seen), "it is tried")
wait_until(lambda: events(name, "token_revoked"), "the failure is an event")
assert "503" in events(name, "token_revoked")[0]["subject"]["result"]
assert record.exists() and killed in lab.left()

lab.down = False
bailey("ls")
wait_until(lambda: killed in lab.revoked, "the next command revokes it")
wait_until(lambda: not record.exists(), "the record is gone")
wait_until(lambda: events(name, "token_revoked")[-1]["subject"]["result"] == "ok", "with an event")
assert bailey("audit", "verify", name).status == 0
assert mine in lab.left(), "the running session keeps its own"
assert world.call(live) == mine

# Before a session is removed or started again its tokens are taken back, and that is waited for.
again = world.start(project, "--name", "again").out.strip()
lab.down = True
kill(again)
lab.down = False
bailey("rm", "-y", again)
assert lab.given[2] in lab.revoked
bailey("rm", "-y", live)
bailey("rm", "-y", name)
assert not lab.left() and not list(records.iterdir())
for value in lab.given:
    assert not files_with(value, SESSIONS.parent)
