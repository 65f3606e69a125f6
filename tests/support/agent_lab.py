"""An internet of its own for agent CLIs: a network namespace in which the real names of model providers lead to a server
of ours (model_server.py), with certificates of a CA that the user trusts; and the CLIs themselves, which scripts/agents
has installed from npm, below the test user's home like any global prefix."""

import contextlib
import ctypes
import fcntl
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess

import model_server
import network_lab
import secret_scan
from bailey_test import SESSIONS, TOP, bailey, git, repo, skip

ADDRESS = "93.184.215.14"  # of the internet, as far as anybody here can tell
HOSTS = (
    "api.anthropic.com", "claude.ai", "platform.claude.com", "api.openai.com", "chatgpt.com", "auth.openai.com",
    "generativelanguage.googleapis.com", "cloudcode-pa.googleapis.com", "oauth2.googleapis.com", "models.dev", "opencode.ai",
    "api.github.com", "github.com", "registry.npmjs.org", "play.googleapis.com",
)  # fmt: skip
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, SIOCSIFADDR = 0x8914, 0x8916
IFF_UP = 1
HOME = pathlib.Path(os.environ["HOME"])
PREFIX = HOME / ".npm-global"
SCAN = pathlib.Path(secret_scan.__file__)
DIRECTORIES = ("/workspace", "/home/agent", "/tmp", "/run", "/dev/shm", "/etc")
RUN_SECONDS = 300


def own_network():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare the network")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
        address = struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, socket.inet_aton(ADDRESS))
        fcntl.ioctl(any_socket, SIOCSIFADDR, address)
    return libc


class AgentLab:
    """Enters the world described above. `keys`: the secrets that must not be seen inside, by a name of the test's."""

    def __init__(self, program, headers, keys):
        installed = pathlib.Path(os.environ.get("BAILEY_TEST_AGENTS", "/nonexistent"))
        if not (installed / "bin" / program).exists():
            skip(f"{program} is not installed; scripts/agents says why (BAILEY_TEST_AGENTS={installed})")
        network_lab.enter([], [(ADDRESS, name) for name in HOSTS])
        libc = own_network()
        PREFIX.mkdir()
        if libc.mount(str(installed).encode(), str(PREFIX).encode(), None, network_lab.MS_BIND, None) != 0:
            raise OSError(ctypes.get_errno(), "show the prefix")
        os.environ["PATH"] = f"{PREFIX}/bin:{os.environ['PATH']}"
        ca, pem = network_lab.certificate(HOSTS)
        os.environ["SSL_CERT_FILE"] = str(ca)
        self.secrets = [key.encode() for key in keys]
        self.project = repo()
        shutil.copy(SCAN, self.project / "scan.py")
        git(self.project, "add", "-A")
        git(self.project, "commit", "-q", "-m", "a tool")
        words = " ".join(map(secret_scan.masked, self.secrets))
        self.command = (
            "printf 'made by the agent\\n' >agent.txt && git add agent.txt && git commit -q -m 'work of the agent' && "
            f"python3 scan.py {words} -- {' '.join(DIRECTORIES)}"
        )
        self.models = model_server.ModelServer(pem, headers, self.command, ADDRESS, 443)
        self.models.before_final = self.look_from_the_host
        self.from_host = None

    def look_from_the_host(self):
        """While the agent waits for an answer: every process of its sandbox, and whether the gateway was given a secret."""
        ours = os.readlink("/proc/self/ns/pid")
        scan = secret_scan.Scan(self.secrets)
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                inside = os.readlink(f"/proc/{entry}/ns/pid") != ours
                name = pathlib.Path(f"/proc/{entry}/comm").read_text().strip()
            except OSError:
                continue
            if inside:
                scan.process(int(entry))
            elif name == "bailey-gateway":
                for part in ("environ", "cmdline"):
                    with contextlib.suppress(PermissionError):  # its user can't look into it: as it should be
                        scan.text(pathlib.Path(f"/proc/{entry}/{part}").read_bytes(), f"the gateway's {part}")
        self.from_host = scan

    def run(self, agent, *command, status=0, flags=()):
        """`bailey run AGENT -- COMMAND`, which must end with `status`."""
        self.forget()
        try:
            return bailey("run", agent, self.project, "-y", *flags, "--", *command, status=status, timeout=RUN_SECONDS)
        finally:
            self.show()

    def forget(self):
        self.models.seen.clear()
        self.from_host = None

    def show(self):
        for request in self.models.seen:
            print(request["method"], request["host"], request["path"], "" if request["authorized"] else "REFUSED",
                  (request["result"] or "")[:2000])  # fmt: skip

    def nothing_seen_inside(self, path):
        """After a run: every request below `path` had the right key, the agent's tool call found no secret in its
        sandbox, nor did we, looking into it from the host, nor is one in what the session leaves behind."""
        requests = self.models.asked(path)
        assert requests and all(request["authorized"] for request in requests), requests
        results = [request["result"] for request in requests if request["result"]]
        assert results, (path, [request["body"][:2000] for request in requests])
        assert "scanned " in results[-1] and "found " not in results[-1], results[-1]
        assert self.from_host and self.from_host.processes and self.from_host.memory_bytes, self.from_host
        assert not self.from_host.found, str(self.from_host)
        assert not self.places_on_the_host(), self.places_on_the_host()

    def control(self):
        """The same search finds a secret that was handed in as it is."""
        os.environ["LEAKED"] = self.secrets[0].decode()
        done = bailey("run", "shell", self.project, "-y", "--pass-env", "LEAKED", "--", "sh", "-c",
                      f"echo $LEAKED >/tmp/note; {self.command}", timeout=RUN_SECONDS)  # fmt: skip
        del os.environ["LEAKED"]
        for place in ("/environ", "/mem ", "the environment", "/tmp/note"):
            assert re.search(f"found 0 .*{re.escape(place)}", done.out), (place, done)

    def work_landed(self, agent):
        """The agent's commit is on its branch, in the user's repository."""
        branches = git(self.project, "for-each-ref", "--format=%(refname:short)", "--sort=-committerdate", f"refs/heads/{agent}/")
        branch = branches.split("\n")[0]
        assert git(self.project, "show", f"{branch}:agent.txt") == "made by the agent", branches
        assert "work of the agent" in git(self.project, "log", "--format=%s", branch), branches
        return branch

    def places_on_the_host(self):
        """Where a secret is found in what sessions leave behind: audit log, quarantine, workspace, terminal log, caches."""
        scan = secret_scan.Scan(self.secrets)
        scan.tree(os.environ["XDG_STATE_HOME"])
        scan.tree(os.environ["XDG_CACHE_HOME"])
        scan.tree(os.environ["XDG_RUNTIME_DIR"])
        scan.tree(os.environ["TMPDIR"])
        for repository in SESSIONS.glob("*/quarantine.git"):
            objects = subprocess.run(["git", "-C", repository, "cat-file", "--batch-all-objects", "--batch"],
                                     check=True, capture_output=True)  # fmt: skip
            scan.text(objects.stdout, f"{repository}'s objects")
        assert len(scan.files) > 20, scan
        return [place for _, place in scan.found]


def uses():
    """The ids of the secrets that the last session used, by the log; none was misplaced."""
    events = [json.loads(line) for line in bailey("audit", "--category", "credential", "--json").out.splitlines()]
    wrong = [event for event in events if event["decision"] != "allow" or event["level"] == "alert"]
    assert not wrong, wrong
    used = sorted((event["ts"], event["session"], event["subject"]["secret_id"]) for event in events if event["action"] == "secret_used")
    return {secret for _, session, secret in used if session == used[-1][1]}


__all__ = ["HOME", "TOP", "AgentLab", "bailey", "uses"]
