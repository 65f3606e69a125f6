"""UDP, QUIC and multicast go nowhere, are told to the program at once, and are counted in the log: one line a kind however
many there were. The same datagram arrives where no sandbox is."""

import json
import socket
import subprocess

from bailey_test import bailey, repo
from network_lab import configure, enter, rule, serve

enter(["listed.test"])
plain = serve()
p = plain.server_port
configure(rule("lab", "listed.test", [p]))
heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
heard.bind(("0.0.0.0", 0))
heard.settimeout(5)
port = heard.getsockname()[1]
project = repo()
(project / "send.py").write_text("""
import socket, sys
refused = 0
for spec in sys.argv[1:]:
    host, port, count = spec.rsplit(":", 2)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    s = socket.socket(family, socket.SOCK_DGRAM)
    for _ in range(int(count)):
        try:
            s.sendto(b"secret", (host, int(port)))
        except OSError:
            refused += 1
print("refused", refused)
""")
# The control: outside, the same program reaches the same socket.
subprocess.run(["python3", str(project / "send.py"), f"127.0.0.1:{port}:1"], check=True, capture_output=True)
assert heard.recv(99) == b"secret"
heard.setblocking(False)


def inside(script, *flags):
    return bailey("run", "shell", project, "-y", *flags, "--", "bash", "-c", script, status=None, timeout=60)


def told():
    events = [json.loads(line) for line in bailey("audit", "--category", "network", "--json").out.splitlines()]
    return [e for e in events if e["action"] == "datagrams"]


# A session that sends none has no such line.
done = inside(f"curl -sS http://listed.test:{p}/control")
assert "GET /control" in done.out and told() == [], (done, told())

script = (f"python3 send.py 192.0.2.9:443:20000 192.0.2.9:{port}:300 198.18.1.1:{port}:20 224.0.0.251:5353:30 "
          f"2001:db8::1:443:50; curl -sS http://listed.test:{p}/after")  # fmt: skip
done = inside(script)
print(done)
assert "refused 20400" in done.out and "GET /after" in done.out, done
events = told()
assert len(events) <= 6, events
count = {}
for event in events:
    subject = event["subject"]
    assert event["decision"] == "deny" and event["tier"] == 3 and subject["bytes_out"] > 0, event
    count[subject["protocol"]] = count.get(subject["protocol"], 0) + subject["count"]
assert count == {"quic": 20050, "udp": 350}, count
try:
    raise AssertionError(f"a datagram escaped: {heard.recv(99)}")
except BlockingIOError:
    pass
# The line reads like the others.
assert "datagrams" in bailey("audit", "--category", "network").out
