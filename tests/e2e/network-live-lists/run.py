"""`bailey allow`, `bailey deny` and the user's allowlist.txt take effect in a running session at once; a list with a mistake
in it opens nothing and closes nothing; what is allowed for one session is not for another."""

import json
import time

from bailey_test import bailey, repo, wait_until
from network_lab import CONFIG, configure, enter, rule

# Names that lead nowhere: allowed and not allowed differ in the answer to CONNECT (502 and 403).
enter(["unused.test"])
configure(rule("unused", "unused.test", [1]))
lists = CONFIG / "allowlist.txt"
lists.write_text("listed.test\n")


def start(name):
    bailey("run", "shell", repo(name), "-y", "-d", "--name", name, "-b", name, "--", "sleep", "300")
    return f"shell-{name}"


def answer(session, target):
    done = bailey("exec", session, "--", "curl", "-sS", "-m", "20", "-x", "http://127.0.0.1:3128", "-o", "/dev/null", "-w",
                  "%{http_connect}", f"https://{target}/", status=None)  # fmt: skip
    return done.out.strip()


def resolves(session, name):
    return bailey("exec", session, "--", "getent", "hosts", name, status=None).status == 0


one, two = start("one"), start("two")
assert answer(one, "listed.test") == "502" and answer(one, "said.test") == "403"
assert resolves(one, "listed.test") and not resolves(one, "said.test")

# At once: the command returns when it counts, for names as well as connections.
bailey("allow", one, "said.test")
assert answer(one, "said.test") == "502" and resolves(one, "said.test")
assert answer(one, "said.test:8443") == "403" and answer(one, "below.said.test") == "403"
assert answer(two, "said.test") == "403", "it was said for the other session"
bailey("allow", one, "*.said.test")
assert answer(one, "below.said.test") == "502"
bailey("deny", one, "said.test")
assert answer(one, "said.test") == "403" and not resolves(one, "said.test")
bailey("allow", one, "said.test")
assert answer(one, "said.test") == "502", "the newest word counts"

# It gives no address of one's own network away.
bailey("allow", one, "unused.test")
assert answer(one, "unused.test") == "403"

# The list, in every session that runs.
lists.write_text("listed.test\nlater.test\n")
for session in (one, two):
    wait_until(lambda session=session: answer(session, "later.test") == "502", "the edit counts")
# As editors do it: a new file over the old one.
(CONFIG / "allowlist.new").write_text("listed.test\nlater.test\nnewest.test\n")
(CONFIG / "allowlist.new").rename(lists)
wait_until(lambda: answer(one, "newest.test") == "502", "a replaced file counts")
lists.write_text("opened.test\nlater.test\n*.com\n")
time.sleep(0.5)  # nothing tells when an edit has been turned down
assert answer(one, "opened.test") == "403", "a list with a mistake opened something"
assert answer(one, "later.test") == "502" and answer(one, "newest.test") == "502"
# The control: corrected, the same edit counts; an empty list allows nothing of it.
lists.write_text("opened.test\n")
wait_until(lambda: answer(one, "opened.test") == "502", "the corrected list counts")
wait_until(lambda: answer(one, "later.test") == "403", "what was taken out is closed")
lists.write_text("")
wait_until(lambda: answer(one, "opened.test") == "403", "an empty list allows nothing")
assert answer(one, "said.test") == "502", "what was said stays"

changes = [json.loads(line)["action"] for line in bailey("audit", one, "--category", "policy", "--json").out.splitlines()]
assert changes.count("network_allow") == 4 and changes.count("network_deny") == 1, changes
assert "network_edited" in changes, changes
bailey("stop", one)
bailey("stop", two)

# A user who had no configuration when the session started: the first list counts, also after the directory was replaced.
for path in sorted(CONFIG.parent.rglob("*"), reverse=True):
    path.rmdir() if path.is_dir() else path.unlink()
CONFIG.parent.rmdir()
three = start("three")
assert answer(three, "first.test") == "403"
CONFIG.mkdir(parents=True)
lists.write_text("first.test\n")
wait_until(lambda: answer(three, "first.test") == "502", "a list that was made later counts")
CONFIG.rename(CONFIG.with_name("moved"))
CONFIG.mkdir()
lists.write_text("second.test\n")
wait_until(lambda: answer(three, "second.test") == "502", "a list in a new directory counts")
assert answer(three, "first.test") == "403"
bailey("stop", three)
