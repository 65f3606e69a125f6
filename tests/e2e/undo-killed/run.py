"""The supervisor is killed at some moment of an undo: nothing of it is left running, and the next start ends what was
begun, so that the workspace is wholly what it was before or wholly the checkpoint; both can still be had."""

# runner: timeout=240

import json
import os
import pathlib
import signal
import subprocess
import time

from bailey_test import alive, bailey, repo, run_flags, session, wait_until

FILES = 1_500
project = repo()
name = "shell-project-undo"
bailey(*run_flags(project, "-b", "undo", "-d"), "--", "sleep", "1000")


def inside(script):
    return bailey("exec", name, "--", "bash", "-c", f"cd /workspace; {script}").out


def write(word):
    inside(f"mkdir -p many; for i in $(seq {FILES}); do echo {word} $i >many/$i; done")


def state():
    return inside("cat many/* | cut -d' ' -f1 | sort | uniq -c")


def checkpoints():
    return json.loads(bailey("checkpoint", name, "--json").out)


write("good")
good = state()
bailey("checkpoint", name, "save", "good")
good_number = next(each["number"] for each in checkpoints() if each["name"] == "good")
cut_off = 0
for delay in (0.0, 0.05, 0.1, 0.2, 0.4, 0.8):
    write("bad")
    bad = state()
    supervisor = session(name)["supervisor"]["pid"]
    undo = subprocess.Popen(["bailey", "undo", name, "good"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(delay)
    os.kill(supervisor, signal.SIGKILL)
    undo.communicate(timeout=30)
    wait_until(lambda: not alive(supervisor), "the supervisor is gone")
    assert not session(name)["live"], session(name)
    mark = pathlib.Path(session(name)["directory"]) / "checkpoints/undo"
    begun = mark.exists()
    cut_off += begun
    bailey("restart", "-d", name, timeout=60)
    now = state()
    assert now == good if begun or undo.returncode == 0 else now in (good, bad), (delay, begun, undo.returncode, now)
    assert not mark.exists()
    if now == good and begun:  # what was there before the undo is a checkpoint, too
        before = [each["number"] for each in checkpoints() if each["reason"] == f"before undo {good_number}"]
        bailey("undo", name, max(before))
        assert state() == bad, "the state before can be had"
assert cut_off, "no undo was cut off: the delays miss it"
bailey("stop", name)
