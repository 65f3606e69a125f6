"""What the supervisor and the gateway hold is theirs: no other process of the user can read their memory, no crash writes it
to a file, and even root finds no secret in their environment or arguments, though the supervisor was started by a shell
that had it. Control: the same look at that shell finds it."""
# runner: root=also

import os
import pathlib
import resource
import signal
import subprocess

from bailey_test import TOP, alive, bailey, family, repo, session, wait_until
from network_lab import CONFIG

TOKEN = "sk-ant-api03-" + "Qm7Zx2Lp9Rt4Vb8Nw1Kc6Jd3Hf5Gs0Ty"
CONFIG.mkdir(parents=True)
(CONFIG / "config.toml").write_text(
    '[[secret]]\nid = "key"\nsource = "env:LAB_TOKEN"\nhosts = ["api.lab.test"]\nheader = "x-api-key"\nenv = "LAB_TOKEN"\n'
)
IS_ROOT = os.geteuid() == 0


def read(pid, name):
    try:
        return pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return None


bailey("run", "shell", repo(), "-y", "-d", "--name", "rest", "--", "sleep", "600", env=os.environ | {"LAB_TOKEN": TOKEN})
wait_until(lambda: session("shell-rest")["status"] == "running", "it runs")
# The host's part of the session: the supervisor leads a session of its own, the gateway is a program of its own.
started = {pid: name for pid, name in family().items() if name in ("bailey", "bailey-gateway")}
assert sorted(set(started.values())) == ["bailey", "bailey-gateway"], started
for pid, name in started.items():
    assert b"Max core file size        0                    0" in read(pid, "limits"), (name, read(pid, "limits"))
    assert TOKEN.encode() not in read(pid, "cmdline"), name
    environment = read(pid, "environ")
    if IS_ROOT:
        assert environment is not None and TOKEN.encode() not in environment, name
    else:
        assert environment is None and read(pid, "maps") is None, f"{name} lets others of the user look"

# A crash leaves no file in which a secret could be: not the gateway's, not the supervisor's.
def files_with_token(top):
    return [path for path in top.rglob("*") if path.is_file() and not path.is_symlink() and TOKEN.encode() in path.read_bytes()]


STATE = pathlib.Path(session("shell-rest")["directory"])
for name in ("bailey-gateway", "bailey"):
    for pid in [pid for pid, each in started.items() if each == name]:
        os.kill(pid, signal.SIGSEGV)
        wait_until(lambda pid=pid: not alive(pid), f"{name} is gone")
assert not session("shell-rest")["live"]
for top in (TOP, STATE):
    assert not list(top.rglob("core*")) and not files_with_token(top), (top, files_with_token(top))
bailey("rm", "-y", "--discard", "shell-rest")

# Controls: another process that had it shows it, and leaves it in its core file where the system writes one.
crashes = TOP / "crashes"
crashes.mkdir()
shell = subprocess.Popen(["sleep", "60"], env={"LAB_TOKEN": TOKEN}, cwd=crashes, preexec_fn=lambda: resource.setrlimit(
    resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2))  # fmt: skip
wait_until(lambda: TOKEN.encode() in (read(shell.pid, "environ") or b""), "control")
shell.send_signal(signal.SIGSEGV)
shell.wait()
pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip()
if pattern.startswith(("|", "/")) or resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
    print(f"control of crashes not tried: core files go to '{pattern}', limit {resource.getrlimit(resource.RLIMIT_CORE)[1]}")
else:
    assert files_with_token(crashes), "control: that one's core file holds it"
