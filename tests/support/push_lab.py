"""What the scenarios about `git push origin` share: a remote behind a real server that asks for a login, the user's own
credentials for it, a session in whose sandbox there are none, and a human at another terminal."""

import json
import os
import pathlib
import subprocess

from bailey_test import TOP, bailey, git, repo, wait_until
from git_http import serve_git
from network_lab import certificate, configure, enter, rule

LOGIN = "robot:s3cret-token"
HOST = "listed.test"


def bare(source, name="owner/app.git"):
    path = TOP / "served" / name
    subprocess.run(["git", "clone", "-q", "--bare", str(source), str(path)], check=True)
    return path


def use_https(*more_rules):
    """(repository with the remote origin, its bare repository, the server, the remote's address)"""
    enter([HOST])
    ca, pem = certificate([HOST])
    os.environ["SSL_CERT_FILE"] = str(ca)
    project = repo("app")
    remote = bare(project)
    server = serve_git(TOP / "served", LOGIN, pem)
    url = f"https://{HOST}:{server.server_port}/owner/app.git"
    git(project, "remote", "add", "origin", url)
    store = pathlib.Path(os.environ["HOME"]) / "logins"
    store.write_text(f"https://{LOGIN}@{HOST}%3a{server.server_port}\n")
    for key, value in (("credential.helper", f"store --file={store}"), ("http.sslCAInfo", str(ca))):
        subprocess.run(["git", "config", "--global", key, value], check=True)
    git(project, "fetch", "-q", "origin")
    configure(rule("lab", HOST, [server.server_port]), *more_rules)
    return project, remote, server, url


def start(project, name="p"):
    """A session that waits. Returns its name."""
    bailey("run", "shell", project, "-y", "-d", "--name", name, "-b", name, "--", "sleep", "600", timeout=60)
    return f"shell-{name}"


def inside(session, script, **more):
    return bailey("exec", session, "--", "bash", "-c", script, timeout=120, **more)


def begin(session, script):
    """The same, not waited for."""
    return subprocess.Popen(["bailey", "exec", session, "--", "bash", "-c", script], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip


def approvals():
    return json.loads(bailey("approvals", "list", "--json").out)


def pending(session):
    """The one request that waits, once it does."""
    def one():
        return [each for each in approvals() if each["session"] == session and each["state"] == "pending"]
    return wait_until(one, "a push waits for a decision")[0]


def push(session, arguments, decision, *flags):
    """git push with a human who decides. Returns (exit status, output, what was asked)."""
    client = begin(session, f"git push {arguments}")
    asked = pending(session)
    shown = bailey("approvals", "show", asked["id"]).out
    bailey("approvals", decision, asked["id"], *flags)
    out, _ = client.communicate(timeout=120)
    return client.returncode, out, shown


def git_events(session):
    lines = bailey("audit", session, "--category", "git", "--json").out.splitlines()
    return [json.loads(line) for line in lines]
