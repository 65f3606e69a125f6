"""Thousands of refs in one push: asked once, in a question that stays short, and all arrive; a few are deleted by one more.
More than the limit is refused in words."""

# runner: timeout=300

from bailey_test import bailey, git
from push_lab import inside, push, start, use_https

# `make bench` pushes ten thousand; git's own work grows with the square.
REFS, REFS_MAX = 2_000, 20_000

project, remote, server, url = use_https()
session = start(project)


def arrived():
    return len(git(remote, "for-each-ref", "refs/heads/many").splitlines())


def make(count):
    inside(session, f"seq -f 'create refs/heads/many/%.0f HEAD' {count} | git update-ref --stdin")


inside(session, "echo one >one; git add one; git commit -qm one")
make(REFS)
status, out, shown = push(session, "-q origin 'refs/heads/many/*'", "approve")
assert status == 0 and arrived() == REFS, (out[-500:], arrived())
assert f"{REFS} refs" in shown and "more" in shown and len(shown) < 20_000, shown[:2000]

# git itself takes long for what the remote has already: each of the refs is compared with each of the remote's.
inside(session, "git for-each-ref --format='delete %(refname)' 'refs/heads/many/*00' | git update-ref --stdin")
status, out, shown = push(session, "-q --prune origin 'refs/heads/many/*'", "approve")
assert status == 0 and "DELETE" in shown and arrived() == REFS - REFS // 100, (out[-500:], shown[:500])

inside(session, f"seq -f 'create refs/heads/more/%.0f HEAD' {REFS_MAX + 1} | git update-ref --stdin")
refused = inside(session, "git push -q origin 'refs/heads/more/*'", status=None)
assert refused.status != 0 and "too many" in refused.out + refused.err, refused
assert not git(remote, "for-each-ref", "refs/heads/more")
bailey("stop", session)
