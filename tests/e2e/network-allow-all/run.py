"""Mode allow-all: names nobody listed are reached and logged; addresses of one's own network, whatever leads to them, and
what a rule blocks are not."""

import json
import os

from bailey_test import bailey, repo
from network_lab import certificate, configure, enter, rule, serve

enter(["lab.test", "inward.test", "blocked.test"], elsewhere=[("10.1.2.3", "ten.test"), ("169.254.169.254", "cloud.test"),
                                                           ("::1", "six.test"), ("::ffff:127.0.0.1", "mapped.test"),
                                                           ("0.0.0.0", "zero.test")])  # fmt: skip
ca, pem = certificate(["lab.test", "inward.test", "blocked.test"])
os.environ["SSL_CERT_FILE"] = str(ca)
secure = serve(pem)
s = secure.server_port
configure(
    rule("lab", "lab.test", [s]),
    f'[[rule]]\nid = "never"\nkind = "network"\naction = "block"\nmatch = {{ host = "blocked.test" }}\n',
)
project = repo()


def connect(mode, targets):
    """What the proxy says to CONNECT to each of them, and its words where it refuses."""
    script = "\n".join(
        f"echo \"{target} $(curl -sS -m 15 -p --noproxy '' -x http://127.0.0.1:3128 -w '%{{http_connect}}' https://{target}/x 2>&1 | tail -1)\""
        for target in targets
    )
    done = bailey("run", "shell", project, "-y", "--network", mode, "--", "bash", "-c", script, status=None, timeout=90)
    return dict(line.rsplit(" ", 1) for line in done.out.splitlines() if line.startswith(tuple(targets))), done


inward = [f"inward.test:{s}", f"ten.test:{s}", "cloud.test", f"six.test:{s}", f"mapped.test:{s}", f"zero.test:{s}",
          f"127.0.0.1:{s}", f"[::1]:{s}", "10.1.2.3", "169.254.169.254", "192.168.0.1"]  # fmt: skip
closed = [*inward, f"blocked.test:{s}", "printer.local", "router"]
answers, done = connect("allow-all", [f"lab.test:{s}", *closed])
print(done)
assert answers[f"lab.test:{s}"].endswith("200"), answers
for target in closed:
    assert answers[target].endswith("403"), (target, answers)
assert secure.seen == ["GET /x"], secure.seen
events = [json.loads(line) for line in bailey("audit", "--category", "network", "--json").out.splitlines()]
by_host = {e["subject"]["host"]: e for e in events if e["action"] == "connection"}
assert by_host["lab.test"]["decision"] == "allow" and by_host["lab.test"]["rule"] == "lab", by_host
for target in closed:
    host = target.removeprefix("[").split("]")[0] if "[" in target else target.split(":")[0]
    assert by_host[host]["decision"] == "deny" and by_host[host]["subject"]["reason"], (host, by_host)

# A name that nobody listed and that resolves to nothing: allowed here (it is unreachable, which is not forbidden), and
# refused in mode proxy; its DNS answer differs in the same way.
answers, done = connect("allow-all", ["nobody-listed.test"])
assert answers["nobody-listed.test"].endswith(("502", "504")), done
answers, done = connect("proxy", ["nobody-listed.test", f"lab.test:{s}"])
assert answers["nobody-listed.test"].endswith("403") and answers[f"lab.test:{s}"].endswith("200"), done
for mode, wanted in (("allow-all", 0), ("proxy", 2)):
    looked = bailey("run", "shell", project, "-y", "--network", mode, "--", "getent", "hosts", "nobody-listed.test", status=None)
    assert looked.status == wanted, (mode, looked)
events = [json.loads(line) for line in bailey("audit", "--category", "dns", "--json").out.splitlines()]
assert any(e["subject"]["host"] == "nobody-listed.test" for e in events), events
