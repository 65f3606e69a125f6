"""The agent has a placeholder where the user has a secret: in its variable and in its settings file. The secret itself is
nowhere inside (environment, memory, mapped files, files), and on the host in no file and no process of the session; a
session that starts again has the same placeholder, whatever the secret is by then. Control: passed by name, and with a
manifest that copies the file as it is, both are found by the same search."""

import json
import os
import pathlib
import re
import shutil

from bailey_test import bailey, family, git, repo, session, sessions, wait_until
from network_lab import CONFIG
from secret_scan import Scan, masked

SUPPORT = pathlib.Path(os.environ["SUPPORT"])
HOME = pathlib.Path(os.environ["HOME"])
TOKEN = "sk-ant-api03-" + "Qm7Zx2Lp9Rt4Vb8N" + "w1Kc6Jd3Hf5Gs0Ty"
LOGIN = "ghp_" + "8Kd3Lm5Np7Qr9St1Uv3Wx5Yz7Ab9Cd1Ef3Gh"
OTHER = "xoxb-" + "123456789012-" + "Zx9Yw8Vu7Ts6Rq5P"
NEXT = "sk-ant-api03-" + "Ab1Cd2Ef3Gh4Ij5K" + "l6Mn7Op8Qr9St0Uv"
SECRETS = [text.encode() for text in (TOKEN, LOGIN, OTHER)]

MANIFEST = """
name = "NAME"
title = "Lab"
command = ["bash"]
binary = "bash"
install = "it is there"
[[home]]
path = ".lab/login.json"
mode = "MODE"
[[home]]
path = ".lab/settings.toml"
mode = "MODE"
[[home]]
path = ".lab/commands"
mode = "copy"
[[home]]
path = ".lab/history"
mode = "absent"
"""
RULES = """
[[secret]]
id = "key"
source = "env:LAB_TOKEN"
hosts = ["api.lab.test"]
header = "x-api-key"
env = "LAB_TOKEN"
[[secret]]
id = "login"
source = "file:.lab/login.json#/oauth/token"
hosts = ["api.lab.test"]
use = "bearer"
"""

agents = CONFIG / "agents"
agents.mkdir(parents=True)
(agents / "lab.toml").write_text(MANIFEST.replace("NAME", "lab").replace("MODE", "placeholder") + RULES)
(agents / "bare.toml").write_text(MANIFEST.replace("NAME", "bare").replace("MODE", "copy"))
lab = HOME / ".lab"
(lab / "commands").mkdir(parents=True)
(lab / "login.json").write_text(json.dumps({"oauth": {"token": LOGIN, "expiresAt": 1700000000000}, "name": "me"}))
(lab / "settings.toml").write_text(f'model = "big"\n[mcp.slack.env]\nSLACK_TOKEN = "{OTHER}"\n')
(lab / "commands/deploy.md").write_text(f"use {TOKEN} to deploy\n")
(lab / "history").write_text("private\n")
os.symlink("/etc/hostname", lab / "commands/outside")

project = repo()
shutil.copy(SUPPORT / "secret_scan.py", project / "scan.py")
git(project, "add", "-A")
git(project, "commit", "-q", "-m", "scan")
MASKS = " ".join(masked(secret) for secret in SECRETS)
LOOK = f"""echo "token=$LAB_TOKEN"; cat ~/.lab/login.json ~/.lab/settings.toml; ls ~/.lab ~/.lab/commands
sleep 60 & python3 -B scan.py {MASKS} -- /home/agent /workspace /tmp /var/tmp /run /etc; kill $!"""
ENVIRONMENT = os.environ | {"LAB_TOKEN": TOKEN}


def placeholder_of(text):
    return re.search(r"^token=(.*)$", text, re.M).group(1)


# ---- inside ----
inside = bailey("run", "lab", project, "-y", "-v", "--", "bash", "-c", LOOK, env=ENVIRONMENT, timeout=60)
print(inside)
assert "found" not in inside.out.replace("not found", ""), inside
assert re.search(r"scanned [3-9] processes \(1 refused", inside.out), "bash and sleep, but not init"
token = placeholder_of(inside.out)
assert token != TOKEN and len(token) == len(TOKEN) and token.startswith("sk-ant-api03-"), token
login = json.loads(inside.out[inside.out.index("{") : inside.out.index("\n}\n") + 2])
assert login["name"] == "me" and login["oauth"]["token"].startswith("ghp_") and login["oauth"]["token"] != LOGIN, login
assert login["oauth"]["expiresAt"] > 4_000_000_000_000, "it would ask for a new one itself"
assert 'model = "big"' in inside.out and "xoxb-" in inside.out, inside
assert "deploy.md" in inside.out and "history" not in inside.out and "outside" not in inside.out.splitlines(), inside
name = sessions()[0]["name"]
events = [json.loads(line) for line in bailey("audit", name, "--json").out.splitlines()]
gathered = {e["subject"]["secret_id"]: e["subject"] for e in events if e["action"] == "secret_gathered"}
assert gathered["key"]["result"] == "present" and gathered["login"]["source"].startswith("file:"), gathered
files = {e["subject"]["path"]: e["subject"] for e in events if e["action"] == "home_file"}
assert files["~/.lab/login.json"]["replaced"] == 1 and "~/.lab/history" not in files, files
assert "1 of its files" in files["~/.lab/commands"]["withheld"], files

# ---- the same placeholder after a restart, with another secret behind it ----
again = bailey("restart", name, env=os.environ | {"LAB_TOKEN": NEXT}, timeout=60)
assert placeholder_of(again.out) == token, (again, token)
assert NEXT not in again.out and "found" not in again.out.replace("not found", ""), again

# ---- on the host, while it runs ----
bailey("run", "lab", project, "-y", "-d", "--name", "host", "--", "bash", "-c", "echo ready >ready; sleep 600", env=ENVIRONMENT)
wait_until(lambda: session("lab-host")["status"] == "running", "it runs")
scan = Scan(SECRETS)
processes = family()
for pid in processes:
    scan.process(pid)
state = pathlib.Path(os.environ["XDG_STATE_HOME"])
scan.tree(state)
scan.tree(os.environ["XDG_CACHE_HOME"])
scan.tree(os.environ["TMPDIR"])
print(scan)
assert not scan.found, str(scan)
refused = {processes[pid] for pid in scan.refused}
assert {"bailey", "bailey-gateway"} <= refused, "supervisor and gateway keep their memory to themselves"
bailey("stop", "lab-host")

# ---- control ----
bare = bailey("run", "bare", project, "-y", "--pass-env", "LAB_TOKEN", "--", "bash", "-c", LOOK, env=ENVIRONMENT, timeout=60)
print(bare)
for number, place in ((0, "/environ"), (1, "login.json"), (2, "settings.toml"), (0, "deploy.md")):
    assert re.search(rf"^found {number} .*{place}", bare.out, re.M), (number, place, bare)
# ---- a variable that is a secret is its placeholder also when it is passed by name ----
both = bailey("run", "lab", project, "-y", "--pass-env", "LAB_TOKEN", "--", "bash", "-c", LOOK, env=ENVIRONMENT, timeout=60)
assert "found" not in both.out.replace("not found", ""), both
