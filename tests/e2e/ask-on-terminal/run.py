# An existing branch with unmerged commits asks on the user's terminal: "n" ends with nothing changed, "y" archives it.
from bailey_test import *

repository = repo()
git(repository, "checkout", "-q", "-b", "shell/x")
git(repository, "commit", "-q", "--allow-empty", "-m", "precious")
git(repository, "checkout", "-q", "main")
precious = git(repository, "rev-parse", "shell/x")
command = ["bailey", "run", "shell", repository, "--network", "restricted", "-b", "x", "--", "true"]

no = Terminal(*command)
no.expect(r"shell/x.*\?|\[y/N\]|\(y/n\)|y/N")
no.type("n\r")
assert no.wait() != 0
assert git(repository, "rev-parse", "shell/x") == precious
assert sessions() == []

yes = Terminal(*command)
yes.expect(r"shell/x.*\?|\[y/N\]|\(y/n\)|y/N")
yes.type("y\r")
assert yes.wait() == 0
archived = git(repository, "for-each-ref", "--format=%(objectname)", "refs/heads/shell/x-archived-*")
assert archived == precious, archived
