"""`git push` to a remote by ssh, with a real sshd and the user's key in a real ssh-agent: the key and the agent stay on
the host, ssh out of the sandbox is closed, and both spellings of the remote's address lead through the guard."""

import os
import pathlib
import shutil
import socket
import subprocess

from bailey_test import TOP, bailey, git, repo, skip, wait_until
from network_lab import configure, enter
from push_lab import bare, inside, push, start

sshd = shutil.which("sshd", path="/usr/sbin:/usr/bin") or skip("sshd is not installed")
enter(["listed.test"])
configure("")
project = repo("app")
remote = bare(project)
home = pathlib.Path(os.environ["HOME"])
keys = TOP / "keys"
keys.mkdir(mode=0o700)
for name in ("host", "user"):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / name)], check=True)
with socket.create_server(("127.0.0.1", 0)) as probe:
    port = probe.getsockname()[1]
(keys / "sshd_config").write_text(
    f"Port {port}\nListenAddress 127.0.0.1\nHostKey {keys}/host\nAuthorizedKeysFile {keys}/user.pub\nPidFile none\n"
    "UsePAM no\nStrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
)
server = subprocess.Popen([sshd, "-D", "-e", "-f", str(keys / "sshd_config")], stderr=(TOP / "sshd.log").open("w"))


def answers():
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


wait_until(answers, "sshd listens")
agent = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
for line in agent.splitlines():
    if line.startswith("SSH_"):
        os.environ.update([line.split(";")[0].split("=", 1)])
try:
    subprocess.run(["ssh-add", "-q", str(keys / "user")], check=True)
    (keys / "user").unlink()  # only the agent has it now
    known = keys / "known"
    known.write_text(f"[listed.test]:{port} " + (keys / "host.pub").read_text())
    subprocess.run(["git", "config", "--global", "core.sshCommand", f"ssh -F none -o UserKnownHostsFile={known}"], check=True)
    url = f"ssh://{os.environ.get('USER') or subprocess.getoutput('id -un')}@listed.test:{port}{remote}"
    git(project, "remote", "add", "origin", url)
    session = start(project)
    inside(session, "echo one >one; git add one; git commit -qm one")
    status, out, shown = push(session, "origin HEAD", "approve")
    assert status == 0 and "pushed to origin" in out, out
    tip = inside(session, "git rev-parse HEAD").out.strip()
    assert git(remote, "rev-parse", "shell/p") == tip
    assert "main" in inside(session, "git fetch origin && git branch -r").out
    # By ssh itself: there is no key inside, no agent, and no way out.
    direct = inside(session, "env | grep SSH_AUTH; git -c remote.origin.vcs= push origin HEAD:refs/heads/x", status=None)
    assert direct.status != 0 and "SSH_AUTH_SOCK" not in direct.out, direct
    assert not git(remote, "rev-parse", "-q", "--verify", "refs/heads/x", check=False)
    git(project, "push", "-q", "origin", "main:refs/heads/x")
    assert git(remote, "rev-parse", "refs/heads/x"), "control: outside the same remote takes it"
    # Without the key in the agent the host can't either, and says so.
    subprocess.run(["ssh-add", "-q", "-D"], check=True)
    inside(session, "echo two >two; git add two; git commit -qm two")
    failed = inside(session, "git push origin HEAD", status=None)
    assert failed.status != 0 and "ssh key" in failed.err + failed.out, failed
    bailey("stop", session)
finally:
    subprocess.run(["ssh-agent", "-k"], capture_output=True, check=False)
    server.kill()
