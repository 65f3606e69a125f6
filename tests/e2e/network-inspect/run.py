"""A rule about paths and methods opens TLS with the session's CA, which programs inside trust without doing anything; what
the rule does not allow is answered in words and never reaches the server; the real certificate is still checked."""

import json
import os
import shutil

from bailey_test import bailey, repo
from network_lab import certificate, configure, enter, rule, serve

enter(["listed.test", "wrong.test"])
ca, pem = certificate(["listed.test"])
os.environ["SSL_CERT_FILE"] = str(ca)
secure = serve(pem)
s = secure.server_port
configure(
    rule("lab", "listed.test", [s], path="/open/**", method=["GET", "POST"], upload_max="1m"),
    rule("wrong", "wrong.test", [s], inspect=True),
)
project = repo()
url = f"https://listed.test:{s}"


def inside(script):
    return bailey("run", "shell", project, "-y", "--", "bash", "-c", script, status=None, timeout=60)


def logged():
    """Requests in the log of the session that has just ended; the next one takes its name, and its place."""
    events = [json.loads(line) for line in bailey("audit", "--category", "network", "--json").out.splitlines()]
    return [e for e in events if e["action"] == "http_request"]


programs = {
    "curl": f"curl -sS -m 10 {url}/open/curl",
    "curl without variables": f"env -i PATH=$PATH curl -sS -m 10 {url}/open/bare",
    "http2": f"curl -sS -m 10 --http2 --noproxy '*' {url}/open/h2",
    "python": f"python3 -c 'import urllib.request; print(urllib.request.urlopen(\"{url}/open/python\").read().decode())'",
    "openssl": f"printf 'GET /open/openssl HTTP/1.1\\r\\nHost: listed.test:{s}\\r\\nConnection: close\\r\\n\\r\\n' | "
    f"openssl s_client -quiet -verify_return_error -connect listed.test:{s} -servername listed.test 2>/dev/null",
    "git": f"git ls-remote {url}/open/git 2>&1 | grep -v -i certificate",
}
if shutil.which("node", path="/usr/bin:/usr/local/bin"):
    programs["node"] = f"node -e 'require(\"https\").get(\"{url}/open/node\", r => r.pipe(process.stdout))'"
done = inside("\n".join(f"echo '== {name}'; {program}" for name, program in programs.items()))
print(done)
for path in ["curl", "bare", "h2", "python", "openssl"] + (["node"] if "node" in programs else []):
    assert f"GET /open/{path} for listed.test" in done.out, (path, done)
assert any(request.startswith("GET /open/git/info/refs") for request in secure.seen), secure.seen

requests = logged()
assert any(e["subject"]["path"] == "/open/curl" and e["subject"]["status"] == 200 and e["rule"] == "lab" for e in requests)
assert any(e["subject"]["protocol"] == "h2" for e in requests), requests

before = len(secure.seen)
refused = inside(
    f"""curl -sS -m 10 -w '\\n%{{http_code}}\\n' {url}/closed
curl -sS -m 10 -o /dev/null -w '%{{http_code}} put\\n' -X PUT -d x {url}/open/x
curl -sS -m 10 -w '\\n%{{http_code}} dots\\n' --path-as-is {url}/open/../closed
head -c 3000000 /dev/zero >big; curl -sS -m 20 -w '\\n%{{http_code}} big\\n' --data-binary @big {url}/open/big
curl -sS -m 10 https://wrong.test:{s}/x -w '\\n%{{http_code}} wrong\\n'"""
)
print(refused)
for words in ("blocked_by_bailey", "403 put", "403 dots", "413 big", "502 wrong"):
    assert words in refused.out, (words, refused)
assert not [request for request in secure.seen[before:] if "big" not in request], secure.seen[before:]
requests = logged()
assert any(e["subject"]["path"] == "/closed" and e["decision"] == "deny" for e in requests), requests
