# kill -9 of client, supervisor or init at random moments, again and again: no orphan is left, `ls` tells the truth, the
# next command recovers the session, and no commit that the agent was told is made is lost. KILL_ROUNDS sets how often.
# runner: timeout=3600 root=also
import random

from bailey_test import *

ROUNDS = int(os.environ.get("KILL_ROUNDS", "40"))
SEED = int(os.environ.get("KILL_SEED", str(random.randrange(10**6))))
LONGEST_SECONDS = 0.4  # a start takes far less: moments before, during and after it are all hit

print(f"seed {SEED}")
random.seed(SEED)
repository = repo()
WORK = "i=0; while :; do i=$((i+1)); echo $i >n; git add n; git commit -qm $i && echo done-$i; done"


def children(pid):
    done = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in done.stdout.split()]


def victim(kind, client, name):
    if kind == "client":
        return client.pid
    entry = session(name)
    pid = entry and entry["supervisor"]["pid"]
    if not pid or kind == "supervisor":
        return pid
    return next(iter(children(pid)), None)


for round_number in range(ROUNDS):
    name = f"shell-r{round_number}"
    branch = f"shell/r{round_number}"
    log = TOP / "client.log"
    with log.open("wb") as out:
        client = subprocess.Popen(
            ["bailey", *run_flags(repository, "--name", name[6:], "-b", branch), "--", "sh", "-c", WORK],
            stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(random.uniform(0, LONGEST_SECONDS))
        kind = random.choice(["client", "supervisor", "init"])
        pid = victim(kind, client, name)
        if pid:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if kind == "client" or not pid:
            client.kill()
        try:
            client.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired as error:
            client.kill()
            raise AssertionError(f"round {round_number}: the client outlives a killed {kind}") from error
    entry = session(name)
    if entry is None:  # killed before there was a session: there must be nothing of it
        assert not (SESSIONS / name).exists(), f"round {round_number}: a directory that ls does not show"
        continue
    where = f"round {round_number}, killed {kind}, then {entry['status']}"
    bailey("stop", name, status=None)
    wait_until(lambda: session(name)["status"] in ("stopped", "exited", "interrupted"), where)
    told = [int(number) for number in re.findall(r"done-(\d+)", log.read_text(errors="replace"))]
    if told:
        landed = git(repository, "log", "--format=%s", branch, check=False).split()
        missing = {str(number) for number in told} - set(landed)
        assert not missing, f"{where}: commits {sorted(missing)} are lost; the branch has {landed[:5]}"
    assert session(name)["status"] in ("stopped", "exited"), where
    bailey("audit", "verify", name)
    bailey("rm", "-y", name)
    assert not (SESSIONS / name).exists(), where
git(repository, "fsck", "--strict", "--no-dangling")
