"""Every kind of source, read by `bailey secrets check` and at the start of a session: one that is not there is absent and
the session starts without it; one that is broken is refused with a remedy, and nothing of its value is shown."""

import json
import os
import pathlib

from bailey_test import bailey, repo
from network_lab import CONFIG

HOME = pathlib.Path(os.environ["HOME"])
BIN = HOME / "bin"
VALUE = "Vq4Zx2Lp9Rt4Vb8N"  # with the kind in front: which source it came from


def program(name, script):
    BIN.mkdir(exist_ok=True)
    (BIN / name).write_text("#!/bin/sh\n" + script)
    (BIN / name).chmod(0o755)


def secret(name, source):
    return f'[[secret]]\nid = "{name}"\nsource = "{source}"\nhosts = ["registry.npmjs.org"]\nuse = "bearer"\nenv = "S_{name.upper()}"\n'


program("git-credential-lab", f'[ "$1" = get ] && printf "username=u\\npassword=git-{VALUE}\\n"\n')
program("gh", f'[ "$*" = "auth token --hostname github.com" ] && echo gh-{VALUE}\n')
program("op", f'[ "$1" = read ] && echo command-{VALUE}\n')
program("secret-tool", f'[ "$*" = "lookup service lab account me" ] && printf keyring-{VALUE}\n')
program("broken", f'echo "no: \033[31mlocked" >&2; exit 4\n')
with (HOME / ".gitconfig").open("a") as config:
    config.write('[credential "https://git.lab.test"]\n\thelper = lab\n')
(HOME / "token.json").write_text(json.dumps({"a": [f"json-{VALUE}"]}))
(HOME / "token.toml").write_text(f'[a]\nb = "toml-{VALUE}"\n')
(HOME / ".npmrc").write_text(f"//registry.npmjs.org/:_authToken=lines-{VALUE}\n")
(HOME / "whole").write_text(f"whole-{VALUE}\n")
(HOME / "bad.json").write_text('{"a": "broken-' + VALUE)
CONFIG.mkdir(parents=True)
keys = CONFIG / "mcp-secrets.env"
keys.write_text(f"# mine\nLAB=secrets-{VALUE}\n")
keys.chmod(0o600)
sources = {
    "env": "env:LAB_TOKEN",
    "secrets": "secrets:LAB",
    "json": "file:token.json#/a/0",
    "toml": "file:token.toml#a.b",
    "lines": "file:.npmrc#//registry.npmjs.org/:_authToken",
    "whole": "file:whole",
    "git": "git-credential:https://git.lab.test/me/app",
    "gh": "gh:github.com",
    "command": "command:op read op://vault/lab",
    "keyring": "keyring:lab/me",
}
absent = {
    "noenv": "env:NOT_SET",
    "noentry": "secrets:OTHER",
    "nofile": "file:none.json#/a",
    "nopointer": "file:token.json#/b",
    "nogit": "git-credential:https://other.lab.test",
    "nogh": "gh:other.lab.test",
    "nokeyring": "keyring:lab/other",
}
refused = {"badjson": "file:bad.json#/a", "locked": "command:broken", "missing": "command:no-such-program", "short": "env:SHORT"}
(CONFIG / "config.toml").write_text("\n".join(secret(name, source) for name, source in (sources | absent | refused).items()))
project = repo()
ENVIRONMENT = os.environ | {
    "PATH": f"{BIN}:{os.environ['PATH']}",
    "LAB_TOKEN": f"env-{VALUE}",
    "SHORT": "abc",
    "GIT_ASKPASS": "/bin/false",
}


def states(*flags, status):
    done = bailey("secrets", "check", "shell", project, "--json", *flags, env=ENVIRONMENT, status=status)
    assert VALUE not in done.out + done.err, done
    return {entry["id"]: entry for entry in json.loads(done.out)}


checked = states(status=1)
for names, state in ((sources, "present"), (absent, "absent"), (refused, "refused")):
    for name in names:
        assert checked[name]["state"] == state, checked[name]
assert all(checked[name]["remedy"] for name in refused), checked
assert "locked" in checked["locked"]["why"] and "\033" not in checked["locked"]["why"], checked["locked"]

inside = bailey("run", "shell", project, "-y", "--", "env", env=ENVIRONMENT)
print(inside)
variables = dict(line.split("=", 1) for line in inside.out.splitlines() if line.startswith("S_"))
assert set(variables) == {f"S_{name.upper()}" for name in sources}, "what is absent or refused has no placeholder"
assert len(set(variables.values())) == len(sources), "each its own"
for name in sources:
    value = variables[f"S_{name.upper()}"]
    assert len(value) == len(f"{name}-{VALUE}") and VALUE not in value, (name, value)
assert "secret 'locked' is not used" in inside.err and "secret 'noenv'" not in inside.err, inside
assert VALUE not in inside.out + inside.err

# ---- the file of secrets is the user's alone ----
for mode in (0o644, 0o640, 0o660):
    keys.chmod(mode)
    entry = states(status=1)["secrets"]
    assert entry["state"] == "refused" and "chmod 600" in entry["remedy"], entry
keys.chmod(0o600)
keys.rename(HOME / "elsewhere")
keys.symlink_to(HOME / "elsewhere")
assert states(status=1)["secrets"]["state"] == "refused"
