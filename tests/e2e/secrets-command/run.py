"""`bailey secrets list` names what is configured and reads nothing; `check` reads it, says which hosts are not allowed, and
never shows a value; a project's file adds none, trusted or not, and an administrator's rule takes one away."""

import json
import os
import pathlib

from bailey_test import bailey, git, repo
from network_lab import CONFIG, enter

VALUE = "Vq4Zx2Lp9Rt4Vb8NwK"
enter([], administrator='[[rule]]\nid = "corp"\nkind = "credential"\naction = "block"\nmatch = { op = "use", name = "blocked" }\n')
HOME = pathlib.Path(os.environ["HOME"])
CONFIG.mkdir(parents=True)
config = CONFIG / "config.toml"


def secret(name, source, host):
    return f'[[secret]]\nid = "{name}"\nsource = "{source}"\nhosts = ["{host}"]\nuse = ["bearer", "query:key"]\nenv = "{name.upper()}_TOKEN"\n'


asked = HOME / "asked"
(HOME / "tell").write_text(f"#!/bin/sh\ntouch {asked}\necho {VALUE}\n")
(HOME / "tell").chmod(0o755)
config.write_text(secret("npm", "env:NPM_TOKEN", "registry.npmjs.org"))
project = repo()
ENVIRONMENT = os.environ | {"NPM_TOKEN": VALUE}

bailey("secrets", status=2)
bailey("secrets", "list", "no-such-agent", status=1)
for command in ("list", "check"):
    assert "Example:" in bailey("secrets", command, "--help").out
listed = bailey("secrets", "list", "shell", project, env=ENVIRONMENT)
for words in ("npm", "env:NPM_TOKEN", "registry.npmjs.org", "bearer, query:key", "$NPM_TOKEN", "config.toml:1:1"):
    assert words in listed.out, (words, listed)
entry = json.loads(bailey("secrets", "list", "shell", project, "--json", env=ENVIRONMENT).out)[0]
assert entry["id"] == "npm" and entry["use"] == ["bearer", "query:key"] and entry["origin"].startswith("user"), entry
good = bailey("secrets", "check", "shell", project, env=ENVIRONMENT, status=0)
assert good.out.startswith("present ") and VALUE not in listed.out + good.out + good.err, good
assert bailey("secrets", "check", "shell", project).out.startswith("absent "), "nothing is wrong"
claude = json.loads(bailey("secrets", "list", "claude", project, "--json").out)
assert any(e["source"] == "env:ANTHROPIC_API_KEY" for e in claude), "of the manifest, installed or not"

# ---- hosts that the session may not reach ----
config.write_text(secret("npm", "env:NPM_TOKEN", "api.elsewhere.test") + secret("told", f"command:{HOME}/tell", "registry.npmjs.org"))
bailey("secrets", "list", "shell", project)
assert not asked.exists(), "list reads nothing"
bad = bailey("secrets", "check", "shell", project, env=ENVIRONMENT, status=1)
assert "--allow-domain api.elsewhere.test" in bad.out and asked.exists() and VALUE not in bad.out, bad
allowed = bailey("secrets", "check", "shell", project, "--allow-domain", "api.elsewhere.test", env=ENVIRONMENT)
assert "not allowed" not in allowed.out
offline = bailey("secrets", "check", "shell", project, "--network", "restricted", env=ENVIRONMENT, status=1)
assert "no network" in offline.out, offline

# ---- who may add, and who may take away ----
asked.unlink()
config.write_text(secret("npm", "env:NPM_TOKEN", "registry.npmjs.org") + secret("blocked", f"command:{HOME}/tell", "registry.npmjs.org"))
(project / ".bailey.toml").write_text(secret("theirs", "env:NPM_TOKEN", "evil.test"))
git(project, "add", "-A")
git(project, "commit", "-q", "-m", "wants secrets")
for _ in range(2):
    found = json.loads(bailey("secrets", "check", "shell", project, "--json", env=ENVIRONMENT, status=1).out)
    states = {e["id"]: e["state"] for e in found}
    assert states == {"npm": "present", "blocked": "refused"}, states
    assert "corp" in next(e["why"] for e in found if e["id"] == "blocked")
    bailey("trust", project)
assert not asked.exists(), "what is blocked is not even read"
inside = bailey("run", "shell", project, "-y", "--", "sh", "-c", "echo ${NPM_TOKEN:+set} ${BLOCKED_TOKEN:-none}", env=ENVIRONMENT)
assert inside.out == "set none\n", inside
offline = bailey("run", "shell", project, "-y", "--network", "restricted", "--", "sh", "-c", "echo ${NPM_TOKEN:-none}", env=ENVIRONMENT)
assert offline.out == "none\n", offline
