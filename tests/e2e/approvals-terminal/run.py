"""What an agent asks for is put to the user in the attached terminal, in the place of the agent's screen: yes, no, view,
the rest of the session, later, detach while it is open, two terminals at once. Every step is in the audit log."""

# runner: timeout=240

from approvals_lab import CHOICES, Screen, answer, approval_events, approvals, request_domain, state, waiting
from bailey_test import bailey, repo, session, wait_until
from network_lab import configure, enter

enter([])
configure("")
name = "shell-asks"
first = Screen("first", "bailey", "run", "shell", repo(), "-y", "--name", "asks", "-b", "asks", "--", "bash", "--norc")
wait_until(lambda: bailey("exec", name, "--", "true", status=None).status == 0, "the session runs")
first.type("PS1='ag''ent> '")
first.key("Enter")
first.shows("agent>")
assert answer(name, "yes.test") == "403", "the positive control of what follows"

# Yes: the question stands alone on the screen, and the answer counts at once.
assert "asked" in request_domain(name, "yes.test")
first.shows("bailey asks: shell-asks, request 1", "let the session reach yes.test", "Risk: ", CHOICES)
assert "agent>" not in first.text()
assert session(name)["approvals"] == 1
first.type("y")
first.shows("agent>")
wait_until(lambda: answer(name, "yes.test") == "502", "it is allowed")
assert state(1) == "approved"
first.type("echo back-$((20+1))")
first.key("Enter")
first.shows("back-21")

# View answers nothing; no is no.
request_domain(name, "no.test")
first.shows("no.test", CHOICES)
first.type("v")
first.shows("[q] to the question")
first.type("y")
first.type("q")
first.shows(CHOICES)
first.type("n")
first.shows("agent>")
assert state(2) == "denied" and answer(name, "no.test") == "403"

# The rest of the session, listed and revocable.
request_domain(name, "session.test")
first.shows("session.test", CHOICES)
first.type("s")
wait_until(lambda: answer(name, "session.test") == "502", "it is allowed")
assert "domain session.test" in bailey("approvals", "remembered").out
bailey("approvals", "revoke", 3)
assert answer(name, "session.test") == "403", "taken back"
assert "nothing" in bailey("approvals", "remembered").out

# Detaching leaves it pending, and whoever attaches next is asked.
request_domain(name, "later.test")
first.shows("later.test", CHOICES)
first.key("C-b")
first.type("d")
first.shows("detached from shell-asks")
assert state(4) == "pending" and session(name)["live"]
second = Screen("second", "bailey", "attach", name)
third = Screen("third", "bailey", "attach", name, rows=24, columns=80)
for screen in (second, third):
    screen.shows("later.test", CHOICES)

# Two terminals at once: one answers, the other is told.
second.type("y")
third.shows("request 4 was approved (terminal)")
second.shows("agent>")
assert CHOICES not in third.text() and CHOICES not in second.text()

# What is answered elsewhere leaves the screen; who only watches is not asked.
watching = Screen("watching", "bailey", "attach", "--read-only", name)
watching.shows("agent>")
request_domain(name, "elsewhere.test")
for screen in (second, third):
    screen.shows("elsewhere.test", CHOICES)
watching.shows("request 5 waits for an answer")
watching.type("y")
assert CHOICES not in watching.text() and state(5) == "pending"
third.resize(10, 40)
third.shows("elsewhere.test", "[y]es [n]o [v]iew")
bailey("approvals", "deny", 5)
second.shows("request 5 was denied (bailey approvals)")
wait_until(lambda: CHOICES not in third.text(), "it leaves the other screen too")

# Later: not here and now.
request_domain(name, "put-off.test")
second.shows("put-off.test", CHOICES)
second.type("l")
second.shows("agent>")
assert [entry["id"] for entry in waiting()] == [6]
third.shows("put-off.test", "[y]es")

bailey("stop", name)
assert state(6) == "denied", "of no use to a session that has ended"
steps = [(event["action"], event["decision"]) for event in approval_events(name)]
for step in [("asked", "prompt"), ("approved", "approved"), ("denied", "denied"), ("remembered", "approved"), ("revoked", "denied")]:
    assert step in steps, (step, steps)
assert len(approvals()) == 6
bailey("audit", "verify", name)
for screen in (first, second, third, watching):
    screen.close()
