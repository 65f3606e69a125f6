"""What runs by itself is decided one by one on the terminal: accepting takes a key that was pressed after the question,
refusing one refuses all, a protected path has to be typed."""

import os
import pathlib
import subprocess

from bailey_test import TOP, Terminal, bailey, git, repo, run_flags

r = repo()
git(r, "config", "core.hooksPath", "hooks")
config = pathlib.Path(os.environ["XDG_CONFIG_HOME"]) / "bailey"
config.mkdir(parents=True, exist_ok=True)
(config / "config.toml").write_text('[apply]\nprotected = ["deploy/"]\n')
script = "mkdir hooks deploy; echo h >hooks/pre-commit; echo h >hooks/post-merge; echo d >deploy/prod; git add .; git commit -qm x"
bailey(*run_flags(r, "-b", "one"), "--", "sh", "-c", script)
os.chdir(r)


def apply():
    return Terminal("bailey", "apply", "shell-project-one", rows=40, columns=120)


def files():
    return sorted(path.name for path in r.iterdir() if path.name != ".git")


# Refused at the second one: nothing has changed.
terminal = apply()
terminal.expect(r"hooks/post-merge.*all\?")
terminal.type("v\n")
terminal.expect(r"diff --git a/hooks/post-merge.*all\?")
terminal.type("a\n")
terminal.expect(r"hooks/pre-commit.*all\?")
terminal.type("r\n")
terminal.expect("you refused it")
assert terminal.wait() == 1
assert files() == ["main.c"], files()

# Keys that were pressed before the question answer nothing.
terminal = apply()
terminal.type("a\na\ndeploy/prod\n")
terminal.expect(r"hooks/post-merge.*all\?")
terminal.type("a\n")
terminal.expect(r"hooks/pre-commit.*all\?")
terminal.type("a\n")
terminal.expect(r"deploy/prod.*path:")
terminal.type("y\n")
terminal.expect("you refused it")
assert terminal.wait() == 1
assert files() == ["main.c"], files()

terminal = apply()
terminal.expect(r"hooks/post-merge.*all\?")
terminal.type("a\n")
terminal.expect(r"hooks/pre-commit.*all\?")
terminal.type("a\n")
terminal.expect(r"deploy/prod.*path:")
terminal.type("deploy/prod\n")
terminal.expect("moved forward")
assert terminal.wait() == 0
assert files() == ["deploy", "hooks", "main.c"], files()
