# `exec` on a terminal has a terminal of its own inside: job control, its own size, its own exit status.
from bailey_test import *

repository = repo()
bailey(*run_flags(repository, "-d", "--name", "ex", "-b", "ex"), "--", "sleep", "100")
shell = Terminal("bailey", "exec", "shell-ex", "--", "bash", "--norc", rows=33, columns=77)
shell.type("tty; stty size; sleep 50\r")
shell.expect(r"/dev/pts/\d+.*33 77")
time.sleep(0.3)
shell.type(b"\x03")  # ctrl-c ends the sleep, not the shell
shell.type("echo still-$((1+1))\r")
shell.expect("still-2")
shell.type("exit 9\r")
assert shell.wait() == 9
bailey("stop", "shell-ex")
