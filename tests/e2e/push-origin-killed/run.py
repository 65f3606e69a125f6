"""A push that waits for a decision survives: the client that asked is killed and the push is approved later; the
supervisor is killed, and `bailey approvals approve` pushes what was held; the remote that moved meanwhile is not
overwritten; the session that ends lets the push wait."""

import os
import signal

from bailey_test import bailey, git, session as session_record, wait_until
from push_lab import approvals, begin, inside, pending, start, use_https

project, remote, server, url = use_https()


def tip(ref):
    return git(remote, "rev-parse", "-q", "--verify", ref, check=False)


def commit(session, name):
    inside(session, f"echo {name} >{name}; git add {name}; git commit -qm {name}")
    return inside(session, "git rev-parse HEAD").out.strip()


def state(number):
    return next(each["state"] for each in approvals() if each["id"] == number)


# The client goes away.
session = start(project, "a")
head = commit(session, "one")
client = begin(session, "git push origin HEAD")
asked = pending(session)
inside(session, "pkill -KILL git")
client.wait(30)
assert state(asked["id"]) == "pending" and not tip("shell/a")
bailey("approvals", "approve", asked["id"])
wait_until(lambda: tip("shell/a") == head, "the approved push is carried out")

# The supervisor is killed.
head = commit(session, "two")
client = begin(session, "git push origin HEAD")
asked = pending(session)
os.kill(session_record(session)["supervisor"]["pid"], signal.SIGKILL)
client.wait(30)
assert state(asked["id"]) == "pending" and tip("shell/a") != head
bailey("approvals", "approve", asked["id"], timeout=60)
assert tip("shell/a") == head, "exactly what was held"

# Somebody else pushes while it waits.
session = start(project, "b")
commit(session, "three")
client = begin(session, "git push origin HEAD")
asked = pending(session)
git(project, "push", "-q", "origin", "main:refs/heads/shell/b")
bailey("approvals", "approve", asked["id"])
out, _ = client.communicate(timeout=60)
assert client.returncode != 0 and "moved" in out, out
assert tip("shell/b") == git(project, "rev-parse", "main"), "nothing was overwritten"
bailey("stop", session, timeout=60)

# The session ends while it waits, and the user decides afterwards.
session = start(project, "c")
head = commit(session, "four")
client = begin(session, "git push origin HEAD")
asked = pending(session)
bailey("stop", session, timeout=60)
client.wait(30)
assert state(asked["id"]) == "pending"
bailey("approvals", "approve", asked["id"], timeout=60)
assert tip("shell/c") == head

# The remote is down.
session = start(project, "d")
commit(session, "five")
server.shutdown()
server.server_close()
failed = inside(session, "git push origin HEAD", status=None)
assert failed.status != 0 and "can't be reached" in failed.out + failed.err, failed
bailey("stop", session)
