"""A rule with `action = "prompt"` asks a human when something reaches for its host: refused until they say yes, open for that
host and no further afterwards, and closed again when they take it back. What nobody asks about stays refused in silence."""

import json

from approvals_lab import approvals
from bailey_test import bailey, repo, wait_until
from network_lab import configure, enter

# Names that lead nowhere: allowed and not allowed differ in the answer to CONNECT (502 and 403).
enter(["unused.test"])
configure(
    """
[[rule]]
id = "ask me"
kind = "network"
match = { host = "*.asked.test" }
action = "prompt"
[[rule]]
id = "writes"
kind = "network"
match = { host = "api.test", method = "POST" }
action = "prompt"
[[rule]]
id = "reads"
kind = "network"
match = { host = "api.test" }
action = "allow"
"""
)
bailey("run", "shell", repo("app"), "-y", "-d", "--name", "ask", "-b", "ask", "--", "sleep", "300")
session = "shell-ask"


def answer(target):
    done = bailey("exec", session, "--", "curl", "-sS", "-m", "20", "-x", "http://127.0.0.1:3128", "-o", "/dev/null", "-w",
                  "%{http_connect}", f"https://{target}/", status=None)  # fmt: skip
    return done.out.strip()


def post(target):
    done = bailey("exec", session, "--", "curl", "-sS", "-m", "20", "-d", "x", f"http://{target}/", status=None)
    return done.out


assert answer("never.test") == "403" and approvals() == [], "no rule asks about it"
assert answer("one.asked.test") == "403"
wait_until(lambda: len(approvals()) == 1, "a human is asked")
entry = approvals()[0]
assert "one.asked.test" in entry["title"] and entry["kind"] == "domain", entry
assert answer("one.asked.test") == "403" and len(approvals()) == 1, "once at a time"
shown = json.loads(bailey("approvals", "show", entry["id"], "--json").out)
assert any(pair.get("rule") == "ask me" or "ask me" in json.dumps(pair) for pair in [shown]), shown

bailey("approvals", "approve", entry["id"])
wait_until(lambda: answer("one.asked.test") == "502", "what was allowed is open")
assert answer("other.asked.test") == "403", "another host of the same rule is asked about by itself"
wait_until(lambda: len([e for e in approvals() if e["state"] == "pending"]) == 1, "the other one")
bailey("approvals", "deny", approvals()[-1]["id"])
assert answer("other.asked.test") == "403"

# A rule about a method: reading goes on without a question, writing is asked about and allowed alone.
assert "502" in bailey("exec", session, "--", "curl", "-sS", "-m", "20", "-o", "/dev/null", "-w", "%{http_code}",
                       "http://api.test/", status=None).out  # fmt: skip
assert "blocked_by_bailey" in post("api.test")
wait_until(lambda: any("api.test" in e["title"] for e in approvals() if e["state"] == "pending"), "the write is asked about")
bailey("approvals", "approve", next(e["id"] for e in approvals() if "api.test" in e["title"] and e["state"] == "pending"))
wait_until(lambda: "upstream_failed" in post("api.test"), "the write is open")

decisions = [json.loads(line)["decision"] for line in bailey("audit", session, "--category", "network", "--json").out.splitlines()]
assert "prompt" in decisions, decisions
bailey("stop", session)
