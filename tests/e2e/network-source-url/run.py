"""`bailey run shell https://…`: the session clones through its gateway, works on its branch, and nothing of the clone is
on the host but in the session; URLs that would carry a secret inside, or can't be cloned, are refused before anything."""

import functools
import http.server
import os
import subprocess

from bailey_test import SESSIONS, TOP, bailey, git, repo
from network_lab import certificate, configure, enter, rule, serve

enter(["listed.test"])
ca, pem = certificate(["listed.test"])
os.environ["SSL_CERT_FILE"] = str(ca)
source = repo("app")
(source / "hello.txt").write_text("from the network\n")
git(source, "add", "-A")
git(source, "commit", "-q", "-m", "second")
served = TOP / "served/owner/app.git"
subprocess.run(["git", "clone", "-q", "--bare", str(source), str(served)], check=True)
git(served, "update-server-info")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


server = serve(pem, functools.partial(Quiet, directory=str(TOP / "served")))
port = server.server_port
configure(rule("lab", "listed.test", [port]))
url = f"https://listed.test:{port}/owner/app.git"

done = bailey("run", "shell", url, "-y", "--", "sh", "-c", "cat hello.txt; git log --oneline | wc -l; git remote get-url origin; git branch --show-current; echo made >made.txt", timeout=60)  # fmt: skip
print(done)
for text in ("from the network", "\n2\n", url, "shell/session-1"):
    assert text in done.out, (text, done)
name = "shell-app-session-1"
quarantine = SESSIONS / name / "quarantine.git"
assert "made.txt" in git(quarantine, "ls-tree", "--name-only", "shell/session-1"), "the work is in the quarantine"
assert "quarantine.git" in done.err, done

for bad, words in (
    (f"https://user:token@listed.test:{port}/a.git", "password"),
    (f"http://listed.test:{port}/a.git", "https"),
    ("ssh://git@listed.test/a.git", "https"),
):
    refused = bailey("run", "shell", bad, "-y", "--", "true", status=125)
    assert words in refused.err, refused
assert "network" in bailey("run", "shell", url, "--network", "restricted", "-y", "--", "true", status=125).err
missing = bailey("run", "shell", f"https://listed.test:{port}/owner/none.git", "-y", "--name", "n", "-b", "n", "--", "true", status=None)
assert missing.status not in (0, 125) and "could not be cloned" in missing.out + missing.err, missing
