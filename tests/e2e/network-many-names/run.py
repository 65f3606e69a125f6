"""10,000 names asked for in one session: each is answered at once, the gateway stays small, and neither the log nor its
memory grows with them; nothing is lost from the count. Allowed names each get an address of their own."""
# runner: timeout=300

import json
import os
import pathlib

from bailey_test import SESSIONS, bailey, repo
from network_lab import configure, enter, rule, serve

NAMES = 10_000
GATEWAY_KIB_MAX = 64 << 10
enter(["listed.test"])
plain = serve()
p = plain.server_port
configure(rule("lab", "listed.test", [p]))
project = repo()
(project / "ask.py").write_text("""
import random, socket, struct, sys
count, domain = int(sys.argv[1]), sys.argv[2]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("8.8.8.8", 53))
s.settimeout(10)
refused, addresses = 0, set()
for number in range(count):
    name = f"x{number:05}.d{number % 7}.{domain}"
    labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split("."))
    question = struct.pack(">6H", number, 0x100, 1, 0, 0, 0) + labels + b"\\0\\0\\1\\0\\1"
    s.send(question)
    answer = s.recv(2048)
    assert answer[:2] == question[:2]
    if answer[3] & 15 == 3:
        refused += 1
    elif answer[7]:
        at = len(question) + 12
        addresses.add(answer[at:at + 4])
print("refused", refused, "addresses", len(addresses))
""")


def gateway(name):
    supervisor = json.loads((SESSIONS / name / "session.json").read_text())["supervisor"]["pid"]
    for entry in pathlib.Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1) if entry.name.isdigit() else None
            if fields and fields[0].endswith("(bailey-gateway") and int(fields[1].split()[1]) == supervisor:
                return int(entry.name)
        except OSError:
            pass
    return None


def peak_kib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def session(mode):
    name = f"shell-{mode}"
    bailey("run", "shell", project, "-y", "-d", "--network", mode, "--name", mode, "-b", mode, "--", "sleep", "250")
    asked = bailey("exec", name, "--", "python3", "ask.py", NAMES, "evil.example", status=None, timeout=120)
    works = bailey("exec", name, "--", "curl", "-sS", "-m", "10", f"http://listed.test:{p}/after", status=None)
    peak = peak_kib(gateway(name))
    bailey("stop", name)
    events = [json.loads(line) for line in bailey("audit", name, "--category", "dns", "--json").out.splitlines()]
    print(mode, asked, works, peak, len(events), os.path.getsize(SESSIONS / name / "audit.jsonl"))
    assert "GET /after" in works.out, works
    assert peak < GATEWAY_KIB_MAX, peak
    return asked, events


asked, events = session("proxy")
assert f"refused {NAMES} addresses 0" in asked.out, asked
names = [e for e in events if e["action"] == "dns_query"]
assert len(names) < 400, len(names)
assert sum(e["subject"].get("count", 1) for e in names if "evil.example" in e["subject"]["host"]) == NAMES, names[-5:]
assert "network_limit" in bailey("audit", "shell-proxy", "--category", "network", "--json").out, "a flood is told as one"

asked, events = session("allow-all")
assert f"refused 0 addresses {NAMES}" in asked.out, asked
assert len(events) < 4000, len(events)
