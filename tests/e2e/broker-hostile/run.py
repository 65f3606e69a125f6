"""Clients of the brokers that send rubbish, a byte a second, or without end, all at once: the session works on, work is
still pushed, `bailey ls` tells the truth, and a broker that is killed leaves no helper of the user's behind."""

# runner: timeout=240

import os
import pathlib
import subprocess

from bailey_test import SESSIONS, alive, bailey, session as listed, wait_until
from network_lab import configure, rule
from push_lab import HOST, inside, start, use_https

CLIENT = r"""
import os, random, socket, sys, time
LINES = [b"git-credential get\n", b"sign-commit gpg\n", b"sign-commit ssh\n", b"\0"]
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    s.connect("/run/bailey/guest.sock")
    return s
def send(s, data):
    try:
        s.sendall(data)
        return True
    except OSError:
        return False
def fuzz(seconds):
    random.seed(7)
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        with connect() as s:
            line = random.choice(LINES)
            body = random.randbytes(random.choice([0, 1, 4, 40, 4000]))
            if line == b"\0":
                body = random.choice([b"\0\0", b"\0\1\0", b"\0\0\5\x0d", b"\xff\xff\xff"]) + body
            send(s, line + body)
            if random.random() < 0.5:
                try:
                    s.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
            if random.random() < 0.5:
                try:
                    s.settimeout(0.2)
                    s.recv(100)
                except OSError:
                    pass
        count += 1
    print("fuzzed", count > 20)
def slow():
    held = [connect() for _ in range(9)]
    for i, s in enumerate(held):
        send(s, LINES[i % 4])
    open("/tmp/slow", "w").close()
    while held:
        time.sleep(1)
        held = [s for s in held if send(s, b"\0")]
    print("all were closed")
def flood():
    for line in LINES:
        with connect() as s:
            s.settimeout(5)
            send(s, line)
            sent = 0
            while sent < 100_000_000 and send(s, b"\0" * 65536):
                sent += 65536
            print("flood", sent < 100_000_000)
{"fuzz": lambda: fuzz(4), "slow": slow, "flood": flood}[sys.argv[1]]()
"""
project, remote, server, url = use_https()
home = pathlib.Path(os.environ["HOME"])
configure(rule("lab", HOST, [server.server_port]),
          f'[[rule]]\nid = "give"\nkind = "credential"\nmatch = {{ op = "get", host = "{HOST}" }}\naction = "allow"\n')  # fmt: skip
session = start(project)
inside(session, f"cat >/tmp/client.py <<'PY'\n{CLIENT}\nPY")
ask = f"printf 'protocol=https\\nhost={HOST}:{server.server_port}\\n\\n' | bailey git-credential get"
assert "password=" in inside(session, ask).out, "control"

assert inside(session, "python3 /tmp/client.py fuzz").out == "fuzzed True\n"
assert listed(session)["status"] == "running"
assert inside(session, "python3 /tmp/client.py flood").out == "flood True\n" * 4
slow = subprocess.Popen(["bailey", "exec", session, "--", "python3", "/tmp/client.py", "slow"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
inside(session, "for i in $(seq 100); do test -e /tmp/slow && break; sleep 0.1; done")
# Meanwhile: the session is there, answers, and work lands.
assert listed(session)["status"] == "running"
inside(session, "git commit -q --allow-empty -m work && git push -q")
assert slow.wait(60) == 0 and slow.stdout.read() == "all were closed\n"
assert "password=" in inside(session, ask).out, "afterwards a broker is to be had again"


def parent(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def processes(word):
    """Of this scenario (what lost its parent comes back to the runner), with `word` in their command lines."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if word not in (entry / "cmdline").read_bytes() or not alive(entry.name):
                continue
            above = int(entry.name)
            while above not in (0, 1, os.getppid()):
                above = parent(above)
            if above == os.getppid():
                found.append(int(entry.name))
        except OSError:
            pass
    return found


# A helper that hangs: killed with its broker, and by the broker's own limit.
helper = home / "hanging-helper"
helper.write_text("#!/bin/sh\nsleep 4242 & wait\n")
helper.chmod(0o755)
subprocess.run(["git", "config", "--global", "credential.helper", str(helper)], check=True)
for kill in (True, False):
    waiting = subprocess.Popen(["bailey", "exec", session, "--", "bash", "-c", ask], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wait_until(lambda: processes(b"sleep\x004242"), "the helper runs")
    brokers = processes(b"bailey-broker\0git-credential")
    assert len(brokers) == 1, brokers
    if kill:
        os.kill(brokers[0], 9)
    out, _ = waiting.communicate(timeout=60)
    assert "password=" not in out, out
    wait_until(lambda: not processes(b"sleep\x004242"), "the helper is gone")
    wait_until(lambda: not processes(b"bailey-broker\0"), "the broker is gone")
    assert listed(session)["status"] == "running"
bailey("stop", session, timeout=60)
assert listed(session)["status"] == "stopped" and not processes(b"bailey-broker\0")
bailey("audit", "verify", session)
assert (SESSIONS / session).is_dir()
