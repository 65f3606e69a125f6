"""An agent's login (access and refresh token in a file of the user's) that is near its end is renewed on the host: before
the session starts and while it runs. The user's file has the new tokens; the agent's has placeholders and an end far away,
and what it sends carries the newest token. With the refresh token's placeholder it gets nowhere."""

import json
import os
import pathlib
import time

from bailey_test import SESSIONS, bailey, repo, wait_until
from network_lab import CONFIG, configure, rule
from token_lab import Lab, OAuth, World, events, files_with

world = World()
lab = Lab(OAuth, lifetime=9)
lab.refresh = ["rt-of-the-user-000000000001"]
home = pathlib.Path(os.environ["HOME"])
login = home / ".agent/auth.json"
login.parent.mkdir()
old = "at-of-the-user-000000000001"
login.write_text(json.dumps({"auth": {"access": old, "refresh": lab.refresh[0], "expiresAt": 1000 * int(time.time() - 60),
                                      "scopes": ["a"]}, "kept": 1}))  # fmt: skip
login.chmod(0o600)
(CONFIG / "agents").mkdir(parents=True)
(CONFIG / "agents/agent.toml").write_text(f"""
name = "agent"
title = "An agent"
command = ["sleep", "1000"]
binary = "sleep"
install = "it is there"
[[home]]
path = ".agent/auth.json"
mode = "placeholder"
[[secret]]
id = "login"
source = "file:.agent/auth.json#/auth/access"
hosts = ["{world.host}"]
use = "bearer"
[[oauth]]
file = ".agent/auth.json"
access = "/auth/access"
refresh = "/auth/refresh"
expires = "/auth/expiresAt"
unit = "milliseconds"
token_url = "{lab.url}/login"
client = "agent-cli"
body = "json"
""")
configure(rule("lab", "listed.test", [world.api.server_port]))
project = repo()


def users():
    return json.loads(login.read_text())


name = bailey("run", "agent", project, "-y", "-d").out.strip()
assert lab.given and users()["auth"]["access"] == lab.given[0] and users()["auth"]["refresh"] == lab.refresh[-1]
assert users()["kept"] == 1 and users()["auth"]["scopes"] == ["a"]
assert users()["auth"]["expiresAt"] > 1000 * time.time() and login.stat().st_mode & 0o777 == 0o600
assert lab.seen[0] == 'POST /login {"grant_type": "refresh_token", "client_id": "agent-cli"}', lab.seen

theirs = json.loads(world.inside(name, "cat ~/.agent/auth.json"))
assert theirs["auth"]["expiresAt"] > 1000 * (time.time() + 365 * 86400), "its CLI sees no reason to renew it"
secrets = {old, *lab.given, *lab.refresh, "rt-of-the-user-000000000001"}
assert not secrets & {theirs["auth"]["access"], theirs["auth"]["refresh"]}


def call():
    script = f"""curl -sS -m 10 -H "Authorization: Bearer {theirs["auth"]["access"]}" https://{world.host}/x"""
    done = bailey("exec", name, "--", "sh", "-c", script, status=None)
    assert done.out == "ok\n", done
    return world.api.seen[-1].removeprefix("Bearer ")


assert call() == lab.given[0]
wait_until(lambda: len(lab.given) >= 2 and users()["auth"]["access"] == lab.given[-1], "it is renewed while the session runs")
wait_until(lambda: call() in lab.given[1:], "the agent's requests carry the new one")
assert events(name, "token_refreshed")[0]["subject"]["result"] == "ok"

# The agent can't renew it, here or anywhere: the placeholder of the refresh token belongs to no host.
before = len(world.api.seen)
refused = world.inside(name, f"""curl -sS -m 10 -o /dev/null -w '%{{http_code}}' -d 'refresh_token={theirs["auth"]["refresh"]}' https://{world.host}/x""")
assert refused == "403" and len(world.api.seen) == before, refused

bailey("stop", name)
for value in (*lab.given, *lab.refresh):
    assert not files_with(value, SESSIONS.parent), "only the user's own file has it"
