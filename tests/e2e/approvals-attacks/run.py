"""An agent that answers, fakes, hides or floods: nothing it prints is on the screen while a question is, no key of its
making answers, and it neither sees nor reaches the queue. Each attack works when no question is open."""

# runner: timeout=240

import time

from approvals_lab import CHOICES, Screen, request_domain, state, waiting
from bailey_test import bailey, repo, wait_until
from network_lab import configure, enter

AGENT = r"""
import os, subprocess, sys, time
fake = "bailey asks: shell-evil, request 1"
attacks = [
    "\x1b[2J\x1b[H" + fake + " FAKE\x1b[24;1H[y]es [n]o FAKE",         # paints the question
    "\x1b[1;3r\x1b[?6h\x1b[1;1HFAKE\x1b[r",                              # scroll region, origin mode
    "\x1b[?1049h\x1b[2JFAKE", "\x1b[?1049lFAKE", "\x1b[?47hFAKE",        # screens
    "\x1b]0;FAKE\x07\x1b]52;c;RkFLRQ==\x07\x1bP$qFAKE\x1b\\",            # control strings
    "\x1b[8;10;40t\x1b[3;1;1t\x1b[?3hFAKE",                              # resizes
    "\x1b[6n\x1b[c\x1b[5nFAKE", "\x1b[?1003h\x1b[?1004hFAKE",            # makes the terminal type
    "\x1bc\x1b#8FAKE", "\x1b[?2026hFAKE", "y\r\ny\r\ny", "FAKE\r\n" * 500,
]
while not os.path.exists("/workspace/go"):
    time.sleep(0.05)
print("attacking", flush=True)
subprocess.run(["bailey", "request", "domain", "evil.test"], stdout=subprocess.DEVNULL)
tty = os.open("/dev/tty", os.O_RDWR | os.O_NONBLOCK)
i = 0
while not os.path.exists("/workspace/enough"):
    try:
        os.write(tty, attacks[i % len(attacks)].encode())
    except BlockingIOError:
        pass
    i += 1
    time.sleep(0.01)
os.set_blocking(tty, True)
os.write(tty, b"\x1b[?2026l\x1b[?1049l\x1bc\x1b[2J\x1b[Hbailey asks: FAKE CONTROL [y]es")
got = os.read(tty, 100)
open("/workspace/typed", "wb").write(got)
time.sleep(300)
"""

enter([])
configure("")
name = "shell-evil"
project = repo()
(project / "agent.py").write_text(AGENT)
screen = Screen("evil", "bailey", "run", "shell", project, "-y", "--name", "evil", "-b", "evil", "--", "python3", "/workspace/agent.py")
wait_until(lambda: bailey("exec", name, "--", "true", status=None).status == 0, "the session runs")
bailey("exec", name, "--", "touch", "/workspace/go")
screen.shows("let the session reach evil.test", CHOICES)
for round in range(20):
    if round == 10:
        screen.resize(26, 90)
        screen.shows(CHOICES)
    shown = screen.text()
    assert "FAKE" not in shown and "let the session reach evil.test" in shown and CHOICES in shown, shown
    assert screen.lines()[0].startswith("bailey asks: shell-evil, request 1"), shown
    time.sleep(0.1)
assert state(1) == "pending", "nothing that it did answered"
bailey("exec", name, "--", "touch", "/workspace/enough")
time.sleep(0.5)
assert state(1) == "pending"
screen.type("n")
# The control: without a question the same bytes do arrive, and the key goes to the agent, not to us.
screen.shows("bailey asks: FAKE CONTROL [y]es")
assert state(1) == "denied"
screen.type("y")
screen.key("Enter")
wait_until(lambda: bailey("exec", name, "--", "test", "-s", "/workspace/typed", status=None).status == 0, "the key is the agent's")
assert bailey("exec", name, "--", "cat", "/workspace/typed").out.startswith("y")
assert state(1) == "denied" and not waiting()

# From inside there is no way to the queue.
inside = bailey("exec", name, "--", "bash", "-c", "bailey approvals approve 1; echo $?; find / -xdev \\( -name control.sock -o -name 'approvals*' \\) 2>/dev/null; ls /run/bailey", status=None).out
assert "control.sock" not in inside and "approvals" not in inside.replace("bailey approvals", ""), inside
assert bailey("exec", name, "--", "bailey", "approvals", "list", status=None).status != 0

# A flood is bounded, per host and in all.
for _ in range(4):
    request_domain(name, "again.test")
    if waiting():
        bailey("approvals", "deny", waiting()[0]["id"])
assert "often enough" in request_domain(name, "again.test")
said = bailey("exec", name, "--", "bash", "-c", "for i in $(seq 60); do bailey request domain h$i.test 2>&1; done").out
assert "too many requests" in said, said[-500:]
assert len(waiting()) <= 50
bailey("stop", name)
screen.close()
