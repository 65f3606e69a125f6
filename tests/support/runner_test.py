#!/usr/bin/python3
"""The runner must fail a scenario for what it leaves behind, and pass one that leaves nothing (the positive control)."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

RUNNER = pathlib.Path(__file__).with_name("runner.py")


def verdict(script):
    with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
        pathlib.Path(directory, "run.sh").write_text(script)
        arguments = [sys.executable, str(RUNNER), *(["--as-root"] if os.getuid() == 0 else []), directory]
        environment = dict(os.environ, TMPDIR="/var/tmp")
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, env=environment, check=False)
        return done.returncode, done.stdout


class Runner(unittest.TestCase):
    def test_passes_what_ends_cleanly(self):
        self.assertEqual(verdict("cd; test $PWD = $T/home && sleep 0.1 &\nwait\n"), (0, ""))

    def test_fails_what_fails(self):
        status, said = verdict("exit 3\n")
        self.assertEqual(status, 3)
        self.assertIn("failed with status 3", said)

    def test_finds_a_daemon(self):
        status, said = verdict("setsid setsid sleep 7654 >/dev/null 2>&1 &\n")
        self.assertEqual(status, 1)
        self.assertIn("left behind: process", said)
        self.assertIn("sleep 7654", said)
        left = subprocess.run(["pgrep", "-f", "^sleep 7654"], capture_output=True, check=False)
        self.assertNotEqual(left.returncode, 0, "the runner must also end it")

    def test_finds_a_socket(self):
        listen = "import socket,sys,time; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); time.sleep(60)"
        status, said = verdict(f"setsid python3 -c '{listen}' $T/run/s >/dev/null 2>&1 &\nsleep 0.5\n")
        self.assertEqual(status, 1)
        self.assertIn("left behind: socket", said)

    @unittest.skipUnless(os.getuid() == 0, "needs root")
    def test_finds_a_mount(self):
        status, said = verdict("mkdir $T/m; mount -t tmpfs none $T/m\n")
        self.assertEqual(status, 1)
        self.assertIn("left behind: mount", said)

    def test_ends_what_hangs(self):
        status, said = verdict("# runner: timeout=1\nsleep 60\n")
        self.assertEqual(status, 1)
        self.assertIn("no end after 1 s", said)

    def test_passes_on_a_skip(self):
        self.assertEqual(verdict("echo skipped: not here; exit 77\n"), (77, "skipped: not here\n"))


if __name__ == "__main__":
    unittest.main()
