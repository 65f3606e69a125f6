"""`bailey approvals`: what waits in any session, with and without its supervisor; the first answer counts; what was held
when the supervisor was killed is still held; what has expired can't be approved any more."""

# runner: timeout=240

import datetime
import json

from approvals_lab import answer, approval_events, approvals, kill_supervisor, request_domain, state
from bailey_test import SESSIONS, bailey, repo, session
from network_lab import configure, enter

enter([])
configure("")
project = repo()
bailey("run", "shell", project, "-y", "-d", "--name", "one", "-b", "one", "--", "sleep", "300")
name = "shell-one"
assert approvals() == []
assert "asked" in request_domain(name, "first.test")
assert "asked" in request_domain(name, "first.test") and len(approvals()) == 1, "once at a time"

entry = approvals()[0]
assert sorted(entry) == ["created", "expires", "id", "kind", "session", "state", "tier", "title"], entry
assert (entry["id"], entry["session"], entry["kind"], entry["state"], entry["tier"]) == (1, name, "domain", "pending", 3)
lifetime = datetime.datetime.fromisoformat(entry["expires"]) - datetime.datetime.fromisoformat(entry["created"])
assert lifetime == datetime.timedelta(minutes=30), lifetime
shown = json.loads(bailey("approvals", "show", 1, "--json").out)
assert shown["context"]["host"] == "first.test" and shown["risk"] and shown["state"] == "pending", shown
assert "first.test" in bailey("approvals", "show", 1).out
assert "first.test" in bailey("approvals").out
assert "1 request waits" in bailey("ls").out

bailey("approvals", "approve", 1)
assert state(1) == "approved" and answer(name, "first.test") == "502"
second = bailey("approvals", "deny", 1, status=1)
assert "approved already" in second.err and len(second.err.splitlines()) <= 3, second
assert bailey("approvals", "approve", 99, status=1).err.startswith("bailey: "), "no such request"
assert bailey("approvals", "approve", status=2) and bailey("approvals", "approve", 1, "--scope", "always", status=2)

request_domain(name, "denied.test")
bailey("approvals", "deny", 2, "--scope", "session")
assert answer(name, "denied.test") == "403"
assert "the human said no" in request_domain(name, "denied.test"), "a remembered no needs nobody"
assert state(3) == "denied"

request_domain(name, "kept.test")
bailey("approvals", "approve", 4, "--scope", "session")
assert answer(name, "kept.test") == "502"

# Numbers are the user's, not the session's.
bailey("run", "shell", repo("other"), "-y", "-d", "--name", "two", "-b", "two", "--", "sleep", "300")
request_domain("shell-two", "other.test")
assert [entry["session"] for entry in approvals() if entry["id"] == 5] == ["shell-two"]
bailey("stop", "shell-two")
assert state(5) == "denied"
bailey("rm", "shell-two")

# kill -9 of the supervisor: still pending, still there after the restart, and then it can be answered.
request_domain(name, "held.test")
request_domain(name, "too-late.test")
kill_supervisor(name)
assert state(6) == "pending"
refused = bailey("approvals", "approve", 6, status=1)
assert "bailey restart" in refused.err, refused
assert state(6) == "pending"
path = SESSIONS / name / "approvals" / "7.json"
late = json.loads(path.read_text())
late["expires"] = late["created"]
path.write_text(json.dumps(late))
assert state(7) == "expired"
bailey("restart", "-d", name)
assert state(6) == "pending" and state(7) == "expired"
assert answer(name, "kept.test") == "502", "remembered for the session, which this still is"
assert answer(name, "first.test") == "403", "once was once"
bailey("approvals", "approve", 6)
assert answer(name, "held.test") == "502"
assert "expired" in bailey("approvals", "approve", 7, status=1).err

# A no needs no running session; rm says what goes with it.
request_domain(name, "gone.test")
request_domain(name, "going.test")
kill_supervisor(name)
bailey("approvals", "deny", 8)
assert state(8) == "denied"
bailey("approvals", "revoke", 4)
removed = bailey("rm", "-y", name)
assert session(name) is None
assert "waited for your answer" in removed.err, removed
assert approvals() == []
