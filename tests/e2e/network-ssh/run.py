"""ssh, in which the server speaks first, works to a port that a rule names and to no other; a real sshd answers."""

import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess

from bailey_test import TOP, bailey, repo, skip, wait_until
from network_lab import configure, enter, rule

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin")
if not SSHD or not shutil.which("ssh"):
    skip("sshd or ssh is not installed")


def sshd(directory):
    """Its port. Only whoever runs this may log in, with the key `directory`/login."""
    directory.mkdir(mode=0o700)
    for name in ("host", "login"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(directory / name)], check=True)
    (directory / "authorized").write_text((directory / "login.pub").read_text())
    (directory / "authorized").chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (directory / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {directory}/host\nAuthorizedKeysFile {directory}/authorized\n"
        f"StrictModes no\nUsePAM no\nPidFile {directory}/pid\nPasswordAuthentication no\n"
    )
    subprocess.run([SSHD, "-f", str(directory / "config"), "-E", str(directory / "log")], check=True)
    wait_until(lambda: (directory / "pid").exists(), "sshd runs")
    return port


enter(["listed.test", "other.test"])
port = sshd(TOP / "ssh")
unnamed = sshd(TOP / "ssh2")
configure(rule("git-over-ssh", "listed.test", [port]), rule("web", "other.test", [80, 443]))
user = pwd.getpwuid(os.getuid()).pw_name
project = repo()


def inside(host, to):
    key = (TOP / ("ssh" if to == port else "ssh2") / "login").read_text()
    script = (f"umask 077; cat >/tmp/login <<'KEY'\n{key}KEY\n"
              f"ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=/tmp/known "
              f"-o ConnectTimeout=10 -i /tmp/login -p {to} {user}@{host} 'echo over $((20+1)) ssh; cat' <<<words")  # fmt: skip
    return bailey("run", "shell", project, "-y", "--", "bash", "-c", script, status=None, timeout=60)


def logged():
    events = [json.loads(line) for line in bailey("audit", "--category", "network", "--json").out.splitlines()]
    return [e for e in events if e["action"] == "connection"]


try:
    done = inside("listed.test", port)
    print(done, (TOP / "ssh/log").read_text()[-2000:])
    assert "over 21 ssh\nwords" in done.out, done
    (event,) = logged()
    assert event["decision"] == "allow" and event["rule"] == "git-over-ssh" and event["subject"]["port"] == port, event
    # Another port of the same host, another host at this port, and the address.
    for host, to in (("listed.test", unnamed), ("other.test", port), ("127.0.0.1", port), ("192.0.2.1", 22)):
        done = inside(host, to)
        assert "over 21" not in done.out and done.status != 0, (host, to, done)
        if host != "127.0.0.1":
            assert logged() and all(e["decision"] == "deny" for e in logged()), (host, to, logged())
finally:
    for directory in ("ssh", "ssh2"):
        os.kill(int((TOP / directory / "pid").read_text()), 15)
        wait_until(lambda directory=directory: not (TOP / directory / "pid").exists(), "sshd ends")
