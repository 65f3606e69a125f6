"""The user's ssh-agent, used from inside: without a rule there is none; with one, a real ssh logs in with that key at
that host, and with no other key, at no other host, not through forwarding; nothing but such a login is ever signed."""

import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess

from bailey_test import TOP, bailey, repo, skip, wait_until
from network_lab import configure, enter, rule
from push_lab import begin, inside, pending, start

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin") or skip("sshd is not installed")
HERE = pathlib.Path(__file__).resolve().parent
user = pwd.getpwuid(os.getuid()).pw_name
enter(["listed.test", "other.test"])
keys = TOP / "keys"
keys.mkdir(mode=0o700)


def make_key(name, *options):
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-C", name, "-f", str(keys / name), *options], check=True)
    return (keys / f"{name}.pub").read_text()


def sshd(name, *options):
    """Its port. Both keys may log in."""
    make_key(f"{name}-host", *options)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (keys / f"{name}-config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {keys}/{name}-host\nAuthorizedKeysFile {keys}/authorized\n"
        f"StrictModes no\nUsePAM no\nPidFile {keys}/{name}-pid\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nAllowAgentForwarding yes\n"
    )
    subprocess.run([SSHD, "-f", str(keys / f"{name}-config"), "-E", str(keys / f"{name}-log")], check=True)
    wait_until(lambda: (keys / f"{name}-pid").exists(), "sshd runs")
    return port


work, home = make_key("work", "-t", "ed25519"), make_key("home", "-t", "rsa", "-b", "2048")
(keys / "authorized").write_text(work + home)
(keys / "authorized").chmod(0o600)
port, other = sshd("listed", "-t", "ecdsa"), sshd("other", "-t", "ed25519")
fingerprint = subprocess.check_output(["ssh-keygen", "-lf", str(keys / "work.pub")], text=True).split()[1]
known = pathlib.Path(os.environ["HOME"]) / ".ssh/known_hosts"
known.parent.mkdir(mode=0o700)
known.write_text(f"[listed.test]:{port} " + (keys / "listed-host.pub").read_text()
                 + f"[other.test]:{other} " + (keys / "other-host.pub").read_text())  # fmt: skip
subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(known)], check=True, capture_output=True)  # hashed, as by default
network = rule("ssh", "listed.test", [port]) + rule("ssh2", "other.test", [other])
project = repo()


def allow(action, host=f"listed.test:{port}"):
    return (f'[[rule]]\nid = "work-key"\nkind = "credential"\naction = "{action}"\n'
            f'match = {{ op = "ssh", name = "{fingerprint}", host = "{host}" }}\n')  # fmt: skip


SSH = "ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/tmp/known -o LogLevel=ERROR"


def login(host, to, command="echo over $((20+1))", options=""):
    return f"{SSH} {options} -p {to} {user}@{host} '{command}'"


def events(session):
    lines = bailey("audit", session, "--category", "credential", "--json").out.splitlines()
    return [event for event in map(json.loads, lines) if event["action"] == "ssh_sign"]


def client(session, *arguments):
    script = (HERE / "agent_client.py").read_text()
    return inside(session, f"cat >/tmp/client.py <<'PY'\n{script}\nPY\npython3 /tmp/client.py {' '.join(arguments)}").out


agent = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
for line in agent.splitlines():
    if line.startswith("SSH_"):
        os.environ.update([line.split(";")[0].split("=", 1)])
try:
    for name in ("work", "home"):
        subprocess.run(["ssh-add", "-q", str(keys / name)], check=True)
        (keys / name).unlink()  # only the agent has them now
    for host, to in (("listed.test", port), ("other.test", other)):
        control = subprocess.run(["bash", "-c", login(host, to).replace("/tmp/known", str(TOP / "known"))],
                                 capture_output=True, text=True, check=False)  # fmt: skip
        assert "over 21" in control.stdout, "control: the user gets in at both: " + control.stderr

    # Without a rule: no agent, and the socket gives no key.
    configure(network)
    session = start(project, "closed")
    assert inside(session, "echo ${SSH_AUTH_SOCK:-none}").out == "none\n"
    assert client(session) == "keys\n"
    assert "over 21" not in inside(session, login("listed.test", port), status=None).out
    bailey("stop", session)

    configure(network, allow("log"))
    session = start(project, "open")
    done = inside(session, login("listed.test", port), status=None)
    assert "over 21" in done.out, (done, events(session), (keys / "listed-log").read_text()[-2000:])
    (event,) = [event for event in events(session) if event["decision"] == "allow"]
    assert event["rule"] == "work-key", event
    assert event["subject"] == {"result": "given", "key": fingerprint, "host": f"listed.test:{port}", "user": user}, event

    # The same key at another host, which takes it from the user.
    done = inside(session, login("other.test", other), status=None)
    assert done.status != 0 and "over 21" not in done.out and "denied" in done.err, done
    # Another key at the allowed host.
    assert client(session) == "keys work\n"
    # Through forwarding the other host gets nothing, not even for the allowed destination.
    forwarded = inside(session, login("listed.test", port, "ssh-add -l; echo listed $?", "-A"), status=None)
    assert fingerprint not in forwarded.out and "listed" in forwarded.out, forwarded
    onward = login("listed.test", port, "echo onward $((30+1))").replace("/tmp/known", "/dev/null").replace("'", '"')
    forwarded = inside(session, login("listed.test", port, onward, "-A"), status=None)
    assert "onward 31" not in forwarded.out, forwarded
    control = subprocess.run(["bash", "-c", login("listed.test", port, onward, "-A").replace("/tmp/known", str(TOP / "known"))],
                             capture_output=True, text=True, check=False)  # fmt: skip
    assert "onward 31" in control.stdout, "control: with the real agent it works: " + control.stderr
    # By hand.
    shown = client(session, "attack").splitlines()
    assert len(shown) == 12 and all(line.endswith("True") for line in shown[1:]), shown
    assert len(subprocess.check_output(["ssh-add", "-l"], text=True).splitlines()) == 2, "the agent has its keys still"
    denied = [event for event in events(session) if event["decision"] == "deny"]
    assert denied, "refusals are in the log"
    assert "PRIVATE KEY" not in inside(session, "grep -rls 'OPENSSH PRIVATE' / --include='*' --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr 2>/dev/null; true").out
    bailey("stop", session)

    # A human decides where the rule says so.
    configure(network, allow("prompt"))
    session = start(project, "asking")
    for decision in ("deny", "approve"):
        running = begin(session, login("listed.test", port))
        asked = pending(session)
        assert "listed.test" in asked["title"] and user in asked["title"], asked
        bailey("approvals", decision, asked["id"])
        out, _ = running.communicate(timeout=60)
        assert ("over 21" in out) == (decision == "approve"), (decision, out)
    assert {"denied", "approved"} <= {event["decision"] for event in events(session)}, events(session)
    bailey("stop", session)
finally:
    subprocess.run(["ssh-agent", "-k"], capture_output=True, check=False)
    for name in ("listed", "other"):
        os.kill(int((keys / f"{name}-pid").read_text()), 15)
        wait_until(lambda name=name: not (keys / f"{name}-pid").exists(), "sshd ends")
