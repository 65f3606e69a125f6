# On a terminal: `run` attaches, ctrl-b d detaches and leaves the session running, `attach` shows the scrollback and takes
# keys again, two viewers see the same, the window size arrives inside, and the exit status comes back to the viewer.
from bailey_test import *

repository = repo()
first = Terminal("bailey", *run_flags(repository, "--name", "tty", "-b", "tty"), "--", "bash", "--norc", rows=31, columns=99)
first.type("PS1='yard> '; stty size; echo mark-$((40+2))\r")
first.expect(r"31 99.*mark-42.*yard> ")
first.type(DETACH)
assert first.wait() == 0, "detaching is no failure"
assert session("shell-tty")["status"] == "running"

second = Terminal("bailey", "attach", "shell-tty", rows=40, columns=120)
second.expect("mark-42")  # scrollback
third = Terminal("bailey", "attach", "shell-tty", rows=40, columns=120)
third.expect("mark-42")
second.type("echo both-$((1+1))\r")
second.expect("both-2")
third.expect("both-2")
third.type(DETACH)
assert third.wait() == 0
second.resize(25, 70)
time.sleep(0.3)
second.type("stty size\r")
second.expect("25 70")
second.type("exit 5\r")
assert second.wait() == 5, "the command's exit status"
wait_until(lambda: session("shell-tty")["status"] == "exited", "the session ends")
