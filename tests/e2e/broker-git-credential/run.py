"""The user's git credentials, asked for from inside: nothing by default; with a rule exactly those of the session's own
remotes, whatever the request looks like; with `prompt` what a human says; and never a way to store any."""

import json
import os
import pathlib
import subprocess

from bailey_test import bailey
from network_lab import configure, rule
from push_lab import HOST, LOGIN, begin, inside, pending, start, use_https

RULE = '[[rule]]\nid = "give"\nkind = "credential"\nmatch = {{ op = "get", host = "{}" }}\naction = "{}"\n'
SECRET = LOGIN.split(":")[1]

project, remote, server, url = use_https()
store = pathlib.Path(os.environ["HOME"]) / "logins"
network = rule("lab", HOST, [server.server_port])
host = f"{HOST}:{server.server_port}"


def events(session):
    lines = bailey("audit", session, "--category", "credential", "--json").out.splitlines()
    return [event for event in map(json.loads, lines) if event["action"] == "git_get"]


def ask(session, *fields, command="bailey git-credential get"):
    request = "".join(field + "\\n" for field in fields)
    return inside(session, f"printf '{request}\\n' | GIT_TERMINAL_PROMPT=0 {command}", status=None)


good = ("protocol=https", f"host={host}")
control = subprocess.run(["git", "credential", "fill"], input="protocol=https\nhost=" + host + "\n\n", text=True,
                         capture_output=True, check=True).stdout  # fmt: skip
assert SECRET in control, "control: on the host the helper answers"

# By default nothing is handed inside, by git or without it.
session = start(project, "closed")
for command in ("git credential fill", "bailey git-credential get"):
    done = ask(session, *good, command=command)
    assert SECRET not in done.out + done.err and "password" not in done.out, done
assert "no rule allows it" in ask(session, *good).err
assert "helper" not in inside(session, "git config --get-all credential.helper; true").out
denied = events(session)
assert denied and all(event["decision"] == "deny" and event["subject"]["host"] == host for event in denied), denied
bailey("stop", session)

# The control: the same act with a rule that allows it.
configure(network, RULE.format(HOST, "allow"))
session = start(project, "open")
done = ask(session, *good, command="git credential fill")
assert f"password={SECRET}" in done.out, done
assert f"password={SECRET}" in ask(session, *good, "path=owner/app.git").out
fetched = inside(session, f"cd /tmp && git ls-remote {url}", status=None)
assert fetched.status == 0 and "refs/heads/main" in fetched.out, fetched
event = events(session)[0]
assert event["decision"] == "allow" and event["rule"] == "give", event
assert event["subject"] | {"path": ""} == {"result": "given", "host": host, "path": ""}, event

# With the same rule every other request gets nothing.
count = len(events(session))
attacks = [
    ("protocol=http", f"host={host}"), ("protocol=https", "host=evil.test"), ("protocol=https", f"host={HOST}"),
    ("protocol=https", f"host={HOST}:443"), ("protocol=https", f"host={host.upper()}"), (*good, "path=owner/other.git"),
    (*good, "path=owner/app.git/../other.git"), (*good, "path=owner/app.git/info"), (*good, "path=/owner/app.git"),
    (*good, "path=OWNER/app.git"), (*good, "username=somebody"), (*good, "host=evil.test"), (*good, "password=x"),
    (*good, f"url=https://{host}/owner/app.git"), (*good, "path=a\\001b"), (*good, "path=" + "x" * 4096), ("quit=1",),
]  # fmt: skip
for attack in attacks:
    done = ask(session, *attack)
    assert SECRET not in done.out + done.err and not done.out, (attack, done)
refused = events(session)[count:]
assert len(refused) >= len(attacks) - 1 and all(event["decision"] == "deny" for event in refused), refused
assert SECRET not in bailey("audit", session, "--json").out

# Nothing can be stored or erased.
before = store.read_bytes()
for operation in ("approve", "reject"):
    ask(session, *good, "username=robot", "password=evil", command=f"git credential {operation}")
raw = "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/run/bailey/guest.sock'); s.sendall(b'git-credential {}\\n'); print(s.recv(99))"
for operation in ("store", "erase", "get x", "fill"):
    assert inside(session, f'python3 -c "{raw.format(operation)}"', status=None).out in ("b''\n", ""), operation
assert store.read_bytes() == before
bailey("stop", session)

# prompt: a human says it each time, and a no is a no.
configure(network, RULE.format(HOST, "prompt"))
session = start(project, "asking")
for decision, given in (("deny", False), ("approve", True)):
    client = begin(session, f"printf 'protocol=https\\nhost={host}\\n\\n' | bailey git-credential get")
    asked = pending(session)
    assert "owner/app.git" in asked["title"], asked
    bailey("approvals", decision, asked["id"])
    out, _ = client.communicate(timeout=60)
    assert (SECRET in out) == given, (decision, out)
assert [event["decision"] for event in events(session)] == ["denied", "approved"], events(session)
bailey("stop", session)
