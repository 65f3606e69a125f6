"""Commits of a session, signed on the host with the user's own gpg or ssh key: they verify there after landing; nothing
but the session's own commits gets a signature, not too many do, and the key is nowhere inside."""

# runner: timeout=240

import json
import os
import pathlib
import shutil
import subprocess
import time

from bailey_test import SESSIONS, TOP, bailey, git, repo, skip, wait_until
from push_lab import begin, pending

if not shutil.which("gpg"):
    skip("gpg is not installed")
HOME = pathlib.Path(os.environ["HOME"])
WHO = "Test User <test@example.org>"


def config(key, value):
    subprocess.run(["git", "config", "--global", key, value], check=True)


def inside(session, script, **more):
    return bailey("exec", session, "--", "bash", "-c", script, timeout=120, **more)


def start(project, name):
    bailey("run", "shell", project, "--network", "restricted", "-y", "-d", "--name", name, "-b", name, "--", "sleep", "600")
    return f"shell-{name}"


def events(session):
    lines = bailey("audit", session, "--category", "credential", "--json").out.splitlines()
    return [event for event in map(json.loads, lines) if event["action"] == "commit_sign"]


def commit(session, word, options="", prefix=""):
    return inside(session, f"echo {word} >{word}; git add -A; {prefix} git commit -q {options} -m {word}", status=None)


def last_reason(session):
    event = events(session)[-1]
    assert event["decision"] == "deny" and event["level"] == "notice", event
    return event["subject"]["reason"]


def lands_and_verifies(project, session, branch, shown):
    tip = inside(session, "git rev-parse HEAD").out.strip()
    bailey("stop", session, timeout=60)
    assert git(project, "rev-parse", f"shell/{branch}") == tip
    done = subprocess.run(["git", "-C", str(project), "log", "-1", "--show-signature", tip], capture_output=True, text=True, check=True)
    assert shown in done.stdout + done.stderr, done
    subprocess.run(["git", "-C", str(project), "verify-commit", tip], check=True, capture_output=True)
    return tip


# Where the user does not sign, nothing is signed.
project = repo("plain")
session = start(project, "plain")
assert commit(session, "one").status == 0
assert "gpgsig" not in inside(session, "git cat-file commit HEAD").out and not events(session)
bailey("stop", session)

# gpg
os.environ["GNUPGHOME"] = str(TOP / "gpg")
(TOP / "gpg").mkdir(mode=0o700)
subprocess.run(["gpg", "--batch", "-q", "--passphrase", "", "--quick-gen-key", WHO, "ed25519", "sign", "never"], check=True, capture_output=True)
config("commit.gpgsign", "true")
try:
    project = repo("gpg")
    session = start(project, "signed")
    assert inside(session, "git config commit.gpgsign").out == "true\n"
    assert commit(session, "one").status == 0, events(session)
    assert commit(session, "two").status == 0, "on one that was signed a moment ago"
    head = inside(session, "git rev-parse HEAD").out.strip()
    for event in events(session):
        assert event["decision"] == "allow" and event["subject"]["result"] == "given" and event["subject"]["key"], event
    assert events(session)[-1]["subject"]["commit"] == head

    # Forged, back-dated, a tag, unknown history, other roots: no signature, and the commit without one still works.
    for word, options, prefix, why in (
        ("forged", "--author='Linus <linus@example.org>'", "", "author and committer"),
        ("posing", "", "GIT_COMMITTER_EMAIL=boss@example.org", "author and committer"),
        ("old", "", "GIT_COMMITTER_DATE='2020-01-01 12:00 +0000'", "commit date"),
    ):
        done = commit(session, word, options, prefix)
        assert done.status != 0 and why in done.err, (word, done)
        assert why in last_reason(session)
    assert commit(session, "forged", "--no-gpg-sign --author='Linus <linus@example.org>'").status == 0
    assert "gpgsig" not in inside(session, "git cat-file commit HEAD").out
    done = commit(session, "later")
    assert done.status != 0 and "push first" in done.err, done
    assert inside(session, "git push -q && git commit -q -m later").status == 0, "the host knows what it builds on"
    done = inside(session, "git tag -s -m release v1", status=None)
    assert done.status != 0 and "commit" in last_reason(session), done
    tree = inside(session, "git rev-parse HEAD^{tree}").out.strip()
    done = inside(session, f"git commit-tree -S -m root {tree}", status=None)
    assert done.status != 0 and "no parent" in last_reason(session), done
    raw = "import socket,sys; s = socket.socket(socket.AF_UNIX); s.connect('/run/bailey/guest.sock'); s.sendall(sys.stdin.buffer.read()); s.shutdown(1); print(s.recv(999))"
    for payload in ("sign-commit gpg\\nany bytes", "sign-commit gpg\\n", "sign-commit ssh\\ntree x", "sign-commit pgp\\ntree x"):
        out = inside(session, f"printf '{payload}' | python3 -c \"{raw}\"", status=None).out
        assert "SIGNATURE" not in out, (payload, out)
    huge = inside(session, f"(echo sign-commit gpg; head -c 400000 /dev/zero) | python3 -c \"{raw}\"", status=None)
    assert "SIGNATURE" not in huge.out, huge

    # The key: nowhere in the sandbox, which has no way to the agent either.
    (grip,) = (TOP / "gpg/private-keys-v1.d").glob("*.key")
    assert inside(session, f"find / -xdev -name '{grip.name}' 2>/dev/null; ls ~/.gnupg 2>/dev/null; true").out == ""
    assert "GNUPGHOME" not in inside(session, "env").out
    assert inside(session, "echo x | gpg --batch -bsa 2>/dev/null", status=None).status != 0

    # Not more than sixty a minute and a thousand a session: as if that many had been asked for.
    ledger = SESSIONS / session / "signed-commits"
    so_far = ledger.read_text()
    for attempts, when, why in ((60, int(time.time()), "in a minute"), (1000, 1000000000, "has had its 1000")):
        ledger.write_text(so_far + f"{when} -\n" * attempts)
        done = commit(session, f"more-{attempts}")
        assert done.status != 0 and why in done.err and why in last_reason(session), done
    ledger.write_text(so_far)
    assert commit(session, "again").status == 0, "control"
    lands_and_verifies(project, session, "signed", "Good signature")

    # A rule of the user's forbids it: nothing inside asks for signatures.
    rules = HOME / ".config/bailey/config.toml"
    rules.parent.mkdir(parents=True, exist_ok=True)
    rules.write_text('[[rule]]\nid = "unsigned"\nkind = "credential"\nmatch = { op = "sign" }\naction = "block"\n')
    session = start(project, "forbidden")
    assert commit(session, "three").status == 0
    assert "gpgsig" not in inside(session, "git cat-file commit HEAD").out
    asked = inside(session, "printf 'sign-commit gpg\\n%s' \"$(git cat-file commit HEAD)\" | python3 -c \"" + raw + '"', status=None)
    assert "SIGNATURE" not in asked.out and last_reason(session), asked
    bailey("stop", session)
    # A rule of the user's asks: a no leaves the commit unmade, a yes signs it.
    rules.write_text('[[rule]]\nid = "ask"\nkind = "credential"\nmatch = { op = "sign" }\naction = "prompt"\n')
    session = start(project, "asking")
    for decision in ("deny", "approve"):
        running = begin(session, f"echo {decision} >{decision}; git add -A; git commit -q -m 'asked for'")
        asked = pending(session)
        assert "asked for" in bailey("approvals", "show", asked["id"]).out, asked
        bailey("approvals", decision, asked["id"])
        out, _ = running.communicate(timeout=60)
        assert (running.returncode == 0) == (decision == "approve"), (decision, out)
    assert [event["decision"] for event in events(session)] == ["denied", "approved"], events(session)
    assert "gpgsig" in inside(session, "git cat-file commit HEAD").out
    bailey("stop", session)
    rules.unlink()
finally:
    subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True)

# ssh, with the key in a file, then with the key in an agent and named literally.
keys = TOP / "keys"
keys.mkdir(mode=0o700)
subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "me", "-f", str(keys / "id")], check=True)
public = (keys / "id.pub").read_text().strip()
(keys / "signers").write_text("test@example.org " + public + "\n")
config("gpg.format", "ssh")
config("gpg.ssh.allowedSignersFile", str(keys / "signers"))
config("user.signingkey", str(keys / "id"))
project = repo("ssh")
session = start(project, "ssh")
assert commit(session, "one").status == 0, events(session)
assert events(session)[-1]["subject"]["key"].startswith("SHA256:"), events(session)
text = (keys / "id").read_text().splitlines()[2]
assert inside(session, f"grep -rls '{text}' / --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr 2>/dev/null; true").out == ""
lands_and_verifies(project, session, "ssh", "Good \"git\" signature")

agent = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
for line in agent.splitlines():
    if line.startswith("SSH_"):
        os.environ.update([line.split(";")[0].split("=", 1)])
try:
    subprocess.run(["ssh-add", "-q", str(keys / "id")], check=True)
    (keys / "id").unlink()
    config("user.signingkey", "key::" + public)
    session = start(project, "literal")
    assert commit(session, "two").status == 0, events(session)
    # After a restart the session still signs, and its count goes on.
    bailey("stop", session, timeout=60)
    bailey("restart", session, "-d", timeout=60)
    wait_until(lambda: bailey("exec", session, "--", "true", status=None).status == 0, "the session runs again")
    assert commit(session, "three").status == 0, events(session)
    lands_and_verifies(project, session, "literal", "Good \"git\" signature")
finally:
    subprocess.run(["ssh-agent", "-k"], capture_output=True, check=False)
