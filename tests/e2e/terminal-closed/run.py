# A closed terminal (SIGHUP, as from a lost ssh connection) leaves the session running, and one can attach again.
from bailey_test import *

repository = repo()
terminal = Terminal("bailey", *run_flags(repository, "--name", "hup", "-b", "hup"), "--", "bash", "--norc")
terminal.type("echo ready-$((1+1))\r")
terminal.expect("ready-2")
terminal.hang_up()
time.sleep(0.5)
assert session("shell-hup")["status"] == "running"
again = Terminal("bailey", "attach", "shell-hup")
again.type("echo back-$((2+2))\r")
again.expect("back-4")
again.type(DETACH)
assert again.wait() == 0
bailey("stop", "shell-hup")
