"""What the scenarios about approvals share: a real terminal (tmux) whose screen can be read, and the questions on it."""

import json
import os
import pathlib
import subprocess
import time

from bailey_test import SESSIONS, TOP, bailey, wait_until

CHOICES = "[y]es [n]o [v]iew [s]ession"


class Screen:
    """A command in a tmux of its own: what a user would see, cell by cell."""

    def __init__(self, name, *command, rows=30, columns=100):
        self.socket = str(TOP / f"tmux-{name}")
        words = " ".join(f"'{word}'" for word in map(str, command))
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows, f"{words}; echo ended-$?; sleep 300")

    def tmux(self, *arguments):
        done = subprocess.run(["tmux", "-S", self.socket, *map(str, arguments)], capture_output=True, check=False)
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout.decode(errors="replace")

    def text(self):
        return self.tmux("capture-pane", "-p")

    def lines(self):
        return self.text().split("\n")

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def key(self, *names):
        self.tmux("send-keys", *names)

    def shows(self, *parts, seconds=30):
        def seen():
            text = self.text()
            return all(part in text for part in parts)

        try:
            wait_until(seen, parts, seconds)
        except AssertionError as error:
            raise AssertionError(f"{parts} not shown:\n{self.text()}") from error

    def resize(self, rows, columns):
        self.tmux("resize-window", "-x", columns, "-y", rows)

    def close(self):
        self.tmux("kill-server")


def approvals():
    return json.loads(bailey("approvals", "list", "--json").out)


def state(number):
    return next(entry["state"] for entry in approvals() if entry["id"] == number)


def waiting():
    return [entry for entry in approvals() if entry["state"] == "pending"]


def request_domain(session, host):
    """As the agent would; returns what it is told."""
    done = bailey("exec", session, "--", "bailey", "request", "domain", host, status=None)
    return done.out + done.err


def answer(session, target):
    """What the gateway says to CONNECT: 502 allowed (the name leads nowhere), 403 not allowed."""
    done = bailey("exec", session, "--", "curl", "-sS", "-m", "20", "-x", "http://127.0.0.1:3128", "-o", "/dev/null", "-w",
                  "%{http_connect}", f"https://{target}/", status=None)  # fmt: skip
    return done.out.strip()


def approval_events(session):
    events = [json.loads(line) for line in bailey("audit", session, "--json").out.splitlines()]
    return [event for event in events if event["category"] == "approval"]


def kill_supervisor(session):
    record = json.loads((SESSIONS / session / "session.json").read_text())
    os.kill(record["supervisor"]["pid"], 9)
    wait_until(lambda: json.loads(bailey("ls", "--all", "--json").out)[0]["live"] is False, "the supervisor is gone")
