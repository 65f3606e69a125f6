"""A settings file from the user's home is read inside and something is sent after that: both are events, and the second
names the file. Control: the same upload before anything was read is not marked; a small request is not either."""

import json
import os
import pathlib

from bailey_test import bailey, repo, wait_until
from network_lab import CONFIG, certificate, configure, enter, rule, serve

enter(["listed.test"])
authority, pem = certificate(["listed.test"])
os.environ["SSL_CERT_FILE"] = str(authority)
server = serve(pem)
home = pathlib.Path(os.environ["HOME"])
(home / ".agent/commands").mkdir(parents=True)
(home / ".agent/settings.md").write_text("how I like it\n")
(home / ".agent/commands/one.md").write_text("do it\n")
(CONFIG / "agents").mkdir(parents=True)
(CONFIG / "agents/agent.toml").write_text("""
name = "agent"
title = "An agent"
command = ["sleep", "1000"]
binary = "sleep"
install = "it is there"
[[home]]
path = ".agent/settings.md"
mode = "copy"
[[home]]
path = ".agent/commands"
mode = "copy"
""")
configure(rule("lab", "listed.test", [server.server_port], inspect=True))
name = bailey("run", "agent", repo(), "-y", "-d").out.strip()


def inside(script):
    return bailey("exec", name, "--", "sh", "-c", script).out


def events(category, action):
    lines = bailey("audit", name, "--category", category, "--json").out.splitlines()
    return [event for event in map(json.loads, lines) if event["action"] == action]


def send(path, count):
    inside(f"head -c {count} /dev/zero | curl -sS -m 10 -o /dev/null --data-binary @- https://listed.test:{server.server_port}{path}")
    return wait_until(lambda: [e for e in events("network", "http_request") if e["subject"]["path"] == path], path)[-1]


assert "after_settings_read" not in send("/before", 40_000)["subject"]
assert not events("credential", "settings_read")
inside("cat ~/.agent/settings.md; for i in 1 2 3 4 5 6 7 8; do cat ~/.agent/commands/one.md; done")
wait_until(lambda: len(events("credential", "settings_read")) == 2, "both files, once each")
paths = [event["subject"]["path"] for event in events("credential", "settings_read")]
assert paths == ["~/.agent/settings.md", "~/.agent/commands/one.md"], paths
marked = send("/after", 40_000)
assert marked["subject"]["after_settings_read"] == "~/.agent/commands/one.md" and marked["level"] == "notice", marked
assert "after_settings_read" not in send("/small", 10)["subject"]
bailey("rm", "-y", name)
