"""The disk fills up under the audit log while the agent uses the network: the session ends and says why, every request that
got out but for the last few is in the log, and the log verifies. With room the same agent finishes."""
# runner: timeout=240

import ctypes
import json

from bailey_test import SESSIONS, bailey, repo, skip
from network_lab import configure, enter, rule, serve

REQUESTS = 3000
IN_FLIGHT_MAX = 600  # what the gateway holds and counts together while nobody writes
enter(["listed.test"])
plain = serve()
p = plain.server_port
configure(rule("lab", "listed.test", [p]), "[limits.network]\nrequests_per_minute_per_host = 1000000\nrequests_per_minute = 1000000\n")
project = repo()
SESSIONS.mkdir(parents=True)
if ctypes.CDLL(None, use_errno=True).mount(b"small", str(SESSIONS).encode(), b"tmpfs", 0, b"size=40m,mode=700") != 0:
    skip("a small file system can not be mounted here")


def work(filler, requests):
    script = f"{filler} curl -sS -o /dev/null http://listed.test:{p}/[1-{requests}]; echo finished"
    plain.seen.clear()
    done = bailey("run", "shell", project, "-y", "--disk", "1g", "--", "bash", "-c", script, status=None, timeout=200)
    name = json.loads(bailey("ls", "--all", "--json").out)[-1]["name"]
    events = [json.loads(line) for line in bailey("audit", name, "--category", "network", "--json").out.splitlines()]
    logged = sum(e["subject"].get("count", 1) for e in events if e["action"] == "http_request")
    print(done, "seen", len(plain.seen), "logged", logged)
    bailey("audit", "verify", name)
    return done, len(plain.seen), logged, name


done, seen, logged, name = work("", REQUESTS)
assert done.status == 0 and "finished" in done.out and seen == logged == REQUESTS, done
bailey("rm", "--force", name, status=None)
# What is left is for the log's reserve and little more.
done, seen, logged, name = work("head -c 200000000 /dev/zero >filler 2>/dev/null;", REQUESTS)
assert done.status == 124 and "audit log" in done.err and "finished" not in done.out, done
assert 0 < seen < REQUESTS, seen
assert seen - logged <= IN_FLIGHT_MAX, (seen, logged)
