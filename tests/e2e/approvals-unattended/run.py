"""Without a terminal nobody is asked on one: requests wait, and one line on stderr says how to answer; or they are
refused, where the configuration says so. Then an attached terminal is asked all the same."""

import json
import subprocess

from approvals_lab import CHOICES, Screen, answer, approval_events, request_domain, state
from bailey_test import bailey, repo, wait_until
from network_lab import configure, enter

enter([])
configure("")
project = repo()
piped = subprocess.Popen(
    ["bailey", "run", "shell", str(project), "-y", "--name", "piped", "-b", "piped", "--", "sh", "-c",
     "bailey request domain piped.test; echo on; sleep 3"],
    stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)  # fmt: skip
out, err = piped.communicate(timeout=60)
assert piped.returncode == 0 and out.strip().endswith("on"), (out, err)
assert err.count("bailey approvals show 1") == 1, err
assert "[y]es" not in out + err

configure('approvals = "deny"\napproval_minutes = 5')
plan = json.loads(bailey("run", "shell", project, "--dry-run", "--json").out)
assert plan["approvals"] == "deny" and plan["approval_minutes"] == 5
bailey("run", "shell", project, "-y", "-d", "--name", "alone", "-b", "alone", "--", "sleep", "300")
name = "shell-alone"
assert "nobody is there to be asked" in request_domain(name, "alone.test")
assert state(2) == "denied" and answer(name, "alone.test") == "403"
assert [event["subject"]["by"] for event in approval_events(name)] == ["policy"]
# The control: with a terminal there is somebody to ask.
screen = Screen("alone", "bailey", "attach", name)
wait_until(lambda: "asked" in request_domain(name, "seen.test"), "it is asked once somebody is attached")
screen.shows("seen.test", CHOICES)
screen.type("y")
wait_until(lambda: answer(name, "seen.test") == "502", "it is allowed")
bailey("stop", name)
screen.close()
