"""A gateway that is killed in the middle of a transfer: the transfer ends, the session's terminal says so, the network works
again after the one restart, and after a second kill there is none, nor can anything open it. Whatever ends the session
leaves no gateway behind; another session's gateway is not touched."""

import json
import os
import pathlib
import signal
import subprocess

from bailey_test import Terminal, alive, bailey, repo, session, wait_until
from network_lab import certificate, configure, enter, rule, serve, serve_lines

enter(["listed.test"])
ca, pem = certificate(["listed.test"])
os.environ["SSL_CERT_FILE"] = str(ca)
secure = serve(pem)
lines = serve_lines()
s = secure.server_port
configure(rule("lab", "listed.test", [s, lines]))
REACH = ["curl", "-sS", "-m", "10", "--noproxy", "*", f"https://listed.test:{s}/x"]


def gateway(name):
    """The gateway of this session: the child of its supervisor."""
    supervisor = session(name)["supervisor"]["pid"]
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "comm").read_text() == "bailey-gateway\n":
                parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[1]
                if int(parent) == supervisor:
                    return int(entry.name)
        except OSError:
            pass
    return None


def reach(name):
    return bailey("exec", name, "--", *REACH, status=None)


def start(project, name):
    bailey("run", "shell", project, "-y", "-d", "--name", name, "-b", name, "--", "sleep", "300")
    return f"shell-{name}"


other = start(repo("other"), "other")
others = gateway(other)
project = repo()
screen = Terminal("bailey", "run", "shell", project, "-y", "--name", "killed", "-b", "killed", "--", "sh", "-c",
                  "touch /tmp/up; echo is-up; sleep 300")  # fmt: skip
screen.expect("is-up")
name = "shell-killed"
assert reach(name).status == 0, reach(name)

open_one = subprocess.Popen(
    ["bailey", "exec", name, "--", "bash", "-c",
     f"exec 3<>/dev/tcp/listed.test/{lines}; read -u 3 l; echo $l; touch /tmp/open; timeout 30 cat <&3; echo ended $?"],
    stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)  # fmt: skip
wait_until(lambda: bailey("exec", name, "--", "test", "-e", "/tmp/open", status=None).status == 0, "a connection is open")
first = gateway(name)
os.kill(first, signal.SIGKILL)
screen.expect("gateway failed .*started anew")
out, _ = open_one.communicate(timeout=40)
assert "hello" in out and "ended" in out and "ended 124" not in out, f"the open connection outlived its gateway: {out}"
wait_until(lambda: gateway(name) not in (None, first), "a second gateway")
wait_until(lambda: reach(name).status == 0, "the network is back")
bailey("allow", name, "example.org")

os.kill(gateway(name), signal.SIGKILL)
screen.expect("gateway failed again")
assert gateway(name) is None
before = len(secure.seen)
attempts = {
    "name": REACH,
    "proxy": ["curl", "-sS", "-m", "10", "-x", "http://127.0.0.1:3128", f"https://listed.test:{s}/x"],
    "socks": ["curl", "-sS", "-m", "10", "--socks5-hostname", "127.0.0.1:1080", f"https://listed.test:{s}/x"],
    "host's loopback": ["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{lines}; read -t 5 -u 3 l"],
    "address": ["bash", "-c", "exec 3<>/dev/tcp/192.0.2.1/80; read -t 5 -u 3 l"],
    "dns": ["getent", "hosts", "listed.test"],
}
for what, attempt in attempts.items():
    assert bailey("exec", name, "--", *attempt, status=None).status != 0, f"{what}: the network is open without a gateway"
assert len(secure.seen) == before
said = bailey("allow", name, "example.net", status=None)
assert said.status == 1 and "gateway has failed" in said.err, said
events = [json.loads(line) for line in bailey("audit", name, "--json").out.splitlines()]
gone = [e["subject"]["restarted"] for e in events if e["action"] == "gateway_gone" and e["level"] == "alert"]
assert gone == [True, False], events

# The control: the other session's gateway is the same, and works.
assert gateway(other) == others and reach(other).status == 0

# Its work is saved although its network is gone, and a restart gives it a gateway of its own again.
bailey("exec", name, "--", "sh", "-c", "echo kept >kept; git add kept; git commit -qm kept")
bailey("stop", name)
screen.wait()
bailey("restart", "-d", name)
wait_until(lambda: reach(name).status == 0, "a restarted session has a network")

# Nothing of a session outlives its supervisor.
last = gateway(name)
os.kill(session(name)["supervisor"]["pid"], signal.SIGKILL)
wait_until(lambda: not alive(last), "the gateway ends with its supervisor")
bailey("stop", name, status=None)
bailey("stop", other)
wait_until(lambda: not alive(others), "the gateway ends with its session")
