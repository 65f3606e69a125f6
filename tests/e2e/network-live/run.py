"""The policy of a running session follows `bailey allow|deny` and the user's file at once; a gateway that dies is
started once more and never leaves a way open."""

import json
import os
import pathlib
import signal
import subprocess

from bailey_test import SESSIONS, bailey, repo, wait_until
from network_lab import CONFIG, certificate, configure, enter, rule, serve, serve_lines

enter(["listed.test", "later.test"])
ca, pem = certificate(["listed.test", "later.test"])
os.environ["SSL_CERT_FILE"] = str(ca)
secure = serve(pem)
lines = serve_lines()
s = secure.server_port
# later.test may lead to loopback, but nobody may reach it: the block stands before.
configure(rule("lab", "listed.test", [s, lines]))
project = repo()
name = "shell-live"
bailey("run", "shell", project, "-y", "-d", "--name", "live", "-b", "live", "--", "sleep", "300")


def reach(host):
    return bailey("exec", name, "--", "curl", "-sS", "-m", "10", "--noproxy", "*", f"https://{host}:{s}/x", status=None)


assert reach("listed.test").status == 0, reach("listed.test")
assert reach("later.test").status != 0

# The user's file: an edit opens, a broken edit changes nothing, taking it back closes.
(CONFIG / "config.toml").write_text(rule("lab", "listed.test", [s, lines]) + rule("more", "later.test", [s]))
wait_until(lambda: reach("later.test").status == 0, "the edit counts")
(CONFIG / "config.toml").write_text("[[rule]]\nid = broken")
assert reach("listed.test").status == 0 and reach("later.test").status == 0
(CONFIG / "config.toml").write_text(rule("lab", "listed.test", [s, lines]))
wait_until(lambda: reach("later.test").status != 0, "taking it back counts")

# deny cuts what is open.
client = subprocess.Popen(
    ["bailey", "exec", name, "--", "bash", "-c",
     f"exec 3<>/dev/tcp/listed.test/{lines}; read -u 3 l; echo $l; touch /tmp/open; timeout 30 cat <&3; echo ended $?"],
    stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)  # fmt: skip
wait_until(lambda: bailey("exec", name, "--", "test", "-e", "/tmp/open", status=None).status == 0, "a connection is open")
bailey("deny", name, f"listed.test:{lines}")
out, _ = client.communicate(timeout=30)
assert "hello" in out and "ended" in out and "ended 124" not in out, out
assert reach("listed.test").status == 0, "the other port is still allowed"
bailey("deny", name, "listed.test")
assert reach("listed.test").status != 0
assert bailey("allow", name, "*.com", status=None).status != 0, "a whole top-level domain"


def gateway():
    """The pid of this session's gateway: a child of its supervisor. Other sessions of the machine have theirs."""
    supervisor = json.loads((SESSIONS / name / "session.json").read_text())["supervisor"]["pid"]
    for entry in pathlib.Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1) if entry.name.isdigit() else None
            if fields and fields[0].endswith("(bailey-gateway") and int(fields[1].split()[1]) == supervisor:
                return int(entry.name)
        except OSError:
            pass
    return None


(CONFIG / "config.toml").write_text(rule("lab", "listed.test", [s, lines]))
bailey("stop", name)

# The gateway is killed: one restart, then no network, never an open one.
bailey("run", "shell", project, "-y", "-d", "--name", "killed", "-b", "killed", "--", "sleep", "300")
name = "shell-killed"
assert reach("listed.test").status == 0
first = gateway()
os.kill(first, signal.SIGKILL)
wait_until(lambda: gateway() not in (None, first), "a second gateway")
wait_until(lambda: reach("listed.test").status == 0, "the network is back")
second = gateway()
os.kill(second, signal.SIGKILL)
wait_until(lambda: gateway() is None, "it stays away")
assert reach("listed.test").status != 0
assert bailey("exec", name, "--", "bash", "-c", f"exec 3<>/dev/tcp/192.0.2.1/80 && timeout 2 head -1 <&3 | grep .", status=None).status != 0
events = [json.loads(line) for line in bailey("audit", name, "--json").out.splitlines()]
assert len([e for e in events if e["action"] == "gateway_gone" and e["level"] == "alert"]) == 2, events
bailey("stop", name)
assert gateway() is None
