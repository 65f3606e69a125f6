"""What the administrator's rules say stands, whoever says otherwise: the user's file, a flag, `bailey allow` in a running
session."""

import os

from bailey_test import bailey, repo
from network_lab import CONFIG, certificate, configure, enter, rule, serve

FORBIDDEN = """
[[rule]]
id = "company"
kind = "network"
action = "block"
match = { host = ["*.forbidden.test"] }
reason = "not from here"
"""
enter(["listed.test", "forbidden.test", "below.forbidden.test"], administrator=FORBIDDEN)
ca, pem = certificate(["listed.test", "forbidden.test", "below.forbidden.test"])
os.environ["SSL_CERT_FILE"] = str(ca)
secure = serve(pem)
s = secure.server_port
hosts = ["listed.test", "forbidden.test", "below.forbidden.test"]
configure(*(rule(host.split(".")[0], host, [s]) for host in hosts))
(CONFIG / "allowlist.txt").write_text("".join(f"{host}:{s}\n" for host in hosts))
project = repo()
name = "shell-bound"
bailey("run", "shell", project, "-y", "-d", "--name", "bound", "-b", "bound", "--allow-domain", f"forbidden.test:{s}",
       "--", "sleep", "300")  # fmt: skip


def reach(host):
    return bailey("exec", name, "--", "curl", "-sS", "-m", "10", "--noproxy", "*", f"https://{host}:{s}/x", status=None)


assert reach("listed.test").status == 0, reach("listed.test")
assert reach("forbidden.test").status != 0
assert reach("below.forbidden.test").status != 0
for host in ("forbidden.test", "below.forbidden.test"):
    bailey("allow", name, f"{host}:{s}", status=None)
    assert reach(host).status != 0, f"{host} was opened over the administrator's head"
# In words, where words are possible.
said = bailey("exec", name, "--", "curl", "-sS", "-m", "10", "-x", "http://127.0.0.1:3128", f"http://forbidden.test:{s}/",
              status=None)  # fmt: skip
assert "not from here" in said.out and '"rule":"company"' in said.out, said
assert secure.seen == ["GET /x"], secure.seen
bailey("stop", name)
