"""A program of the user's mints the token and takes it back on its standard input. One that fails, says nothing of use or
hangs stops the start, and nothing that it printed is shown."""

import os
import pathlib

from bailey_test import TOP, bailey, repo
from token_lab import World, events

world = World()
home = pathlib.Path(os.environ["HOME"])
revoked = TOP / "revoked"
mint, revoke = home / "mint", home / "revoke"
mint.write_text("#!/bin/sh\necho token-of-the-program-0001\n")
revoke.write_text(f"#!/bin/sh\ncat >>{revoked}\necho >>{revoked}\n")
for program in (mint, revoke):
    program.chmod(0o700)
world.configure({"id": "own", "provider": "command", "mint": f'["{mint}"]', "revoke": f'["{revoke}"]'})
project = repo()

name = world.start(project).out.strip()
assert world.call(name) == "token-of-the-program-0001"
assert "token-of-the-program" not in world.inside(name, "env")
bailey("stop", name)
assert revoked.read_text() == "token-of-the-program-0001\n"
assert events(name, "token_revoked")[0]["subject"]["result"] == "ok"

for text in ("echo two words of-something", "echo short", "echo secret-of-the-program-0002 >&2; exit 3", "yes | head -c 300000"):
    mint.write_text(f"#!/bin/sh\n{text}\n")
    done = bailey("run", "shell", project, "-y", "--name", "bad", "--", "true", status=125)
    assert "mint" in done.err and "secret-of-the-program" not in done.err, done
    bailey("rm", "-y", "shell-bad", status=None)
assert revoked.read_text().count("\n") == 1
