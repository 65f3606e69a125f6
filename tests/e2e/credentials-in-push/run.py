"""A placeholder in a commit, in its message or in a commit below it is never published, and raises an alarm; the same
push without it is asked about and goes through."""

import json
import os

from bailey_test import bailey, git
from network_lab import CONFIG
from push_lab import inside, push, start, use_https

VALUE = "sk-lab-" + "Rq7Zx2Lp9Kt4Vb8Nw1Jc6Hd3Gf5Fs0Dy"
os.environ["LAB_KEY"] = VALUE
project, remote, server, url = use_https()
with (CONFIG / "config.toml").open("a") as config:
    config.write('[[secret]]\nid = "lab"\nsource = "env:LAB_KEY"\nhosts = ["api.lab.test"]\nuse = "bearer"\nenv = "LAB_KEY"\n')
session = start(project)


def alarms():
    lines = bailey("audit", session, "--category", "credential", "--json").out.splitlines()
    return [event for event in map(json.loads, lines) if event["action"] == "secret_misplaced"]


def tip():
    return git(remote, "rev-parse", "-q", "--verify", "shell/p", check=False)


inside(session, "echo harmless >one; git add one; git commit -qm 'first change'")
status, out, shown = push(session, "origin HEAD", "approve")
assert status == 0 and tip(), out
before = tip()
attempts = {
    "a file": 'echo "key = $LAB_KEY" >two; git add two; git commit -qm two',
    "a commit below": "git rm -q two; git commit -qm 'taken back'",
    "a message": 'git reset -q --hard HEAD~2; git commit -q --allow-empty -m "it is $LAB_KEY"',
    "a binary file": 'git reset -q --hard HEAD~1; printf "\\0\\1$LAB_KEY\\0" >three; git add three; git commit -qm three',
}
for count, (name, script) in enumerate(attempts.items(), 1):
    inside(session, script)
    done = inside(session, "git push origin HEAD 2>&1", status=None)
    assert done.status != 0 and "placeholder of secret 'lab'" in done.out, (name, done)
    assert tip() == before, name
    assert len(alarms()) == count, (name, alarms())
assert all(event["level"] == "alert" and event["subject"]["secret_id"] == "lab" for event in alarms())
inside(session, "git reset -q --hard HEAD~1; echo four >four; git add four; git commit -qm four")
status, out, shown = push(session, "origin HEAD", "approve")
assert status == 0 and tip() != before, out
bailey("stop", session)
