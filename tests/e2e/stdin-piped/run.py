# Without a terminal, what is piped into `bailey run` and `exec` reaches the command, to the last byte, with its end; with
# an empty input the command sees the end at once.
from bailey_test import *

repository = repo()
data = bytes(range(256)) * 4096  # 1 MB, every byte value
for arguments in (
    run_flags(repository, "-b", "in", "--name", "in") + ["--", "sha256sum"],
    run_flags(repository, "-b", "cat", "--name", "cat") + ["--", "cat"],
):
    done = subprocess.run(["bailey", *arguments], input=data, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    if arguments[-1] == "cat":
        assert done.stdout == data, f"{len(done.stdout)} bytes came back"
    else:
        import hashlib

        assert hashlib.sha256(data).hexdigest().encode() in done.stdout, done.stdout
bailey(*run_flags(repository, "-b", "none", "--name", "none"), "--", "cat")

bailey(*run_flags(repository, "-d", "-b", "ex", "--name", "ex"), "--", "sleep", "100")
done = subprocess.run(["bailey", "exec", "shell-ex", "--", "cat"], input=data, capture_output=True, timeout=60, check=False)
assert done.stdout == data
bailey("stop", "shell-ex")
