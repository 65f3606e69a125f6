"""Token servers on loopback that speak the shapes of the real ones: a GitHub App's API (JSON web tokens are verified with
openssl, repositories and permissions are what the app has), and an OAuth server (RFC 6749 client credentials and refresh,
RFC 7009 revocation). They keep every token that they gave and every one that was taken back; and an https server that is
called with tokens."""

import base64
import datetime
import http.server
import json
import os
import pathlib
import subprocess
import threading
import time
import urllib.parse

from bailey_test import TOP, bailey
from network_lab import certificate, configure, enter, rule, serve, toml

APP = "12345"
OWNER, REPOSITORY = "owner", "app"
CLIENT, CLIENT_SECRET = "client id", "client:secret/with+odd=signs"
PERMISSIONS = {"contents": "write", "metadata": "read", "pull_requests": "write", "administration": "write"}


def app_key():
    """(path of the private key, path of the public key)"""
    private, public = pathlib.Path.home() / "app.pem", TOP / "app.pub"
    subprocess.run(["openssl", "genrsa", "-out", str(private), "2048"], check=True, capture_output=True)
    subprocess.run(["openssl", "rsa", "-in", str(private), "-pubout", "-out", str(public)], check=True, capture_output=True)
    private.chmod(0o600)
    return private, public


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verified_claims(token, public):
    """The claims of a JSON web token whose RS256 signature openssl(1) verifies; None otherwise."""
    head, claims, signature = token.split(".")
    (TOP / "jwt.signature").write_bytes(unpadded(signature))
    (TOP / "jwt.text").write_text(f"{head}.{claims}")
    done = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", str(public), "-signature", str(TOP / "jwt.signature"), str(TOP / "jwt.text")],
        capture_output=True, check=False)  # fmt: skip
    if done.returncode or json.loads(unpadded(head)) != {"alg": "RS256", "typ": "JWT"}:
        return None
    return json.loads(unpadded(claims))


class TokenHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, value=None):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()

    def bearer(self):
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def new_token(self, prefix, lifetime):
        lab = self.server.lab
        with lab.lock:
            token = f"{prefix}{len(lab.given):04d}{base64.b32encode(bytes(20)).decode()[:8]}{time.monotonic_ns():020d}"
            lab.given.append(token)
            lab.ends[token] = time.time() + lifetime
        return token

    def log_message(self, *_):
        pass


class GitHub(TokenHandler):
    def app_is_known(self):
        claims = verified_claims(self.bearer(), self.server.lab.public)
        now = time.time()
        good = claims and claims["iss"] == APP and claims["iat"] <= now and now < claims["exp"] <= claims["iat"] + 600
        if not good:
            self.answer(401, {"message": "A JSON web token could not be decoded"})
        return good

    def do_GET(self):
        self.server.lab.seen.append(f"GET {self.path}")
        if not self.app_is_known():
            return None
        if self.path != f"/repos/{OWNER}/{REPOSITORY}/installation":
            return self.answer(404, {"message": "Not Found"})
        return self.answer(200, {"id": 42, "account": {"login": OWNER}, "app_id": int(APP)})

    def do_POST(self):
        lab = self.server.lab
        asked = json.loads(self.body())
        lab.seen.append(f"POST {self.path} {json.dumps(asked)}")
        if not self.app_is_known():
            return None
        if self.path != "/app/installations/42/access_tokens":
            return self.answer(404, {"message": "Not Found"})
        order = {"read": 0, "write": 1, "admin": 2}
        if any(order[word] > order.get(PERMISSIONS.get(name), -1) for name, word in asked["permissions"].items()):
            return self.answer(422, {"message": "The permissions requested are not granted to this installation."})
        lifetime = lab.lifetime
        end = datetime.datetime.fromtimestamp(time.time() + lifetime, datetime.timezone.utc)
        answer = {
            "token": self.new_token("ghs_", lifetime),
            "expires_at": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "permissions": {**asked["permissions"], "metadata": "read"},
            "repository_selection": "selected",
            "repositories": [{"id": 7, "name": name, "full_name": f"{OWNER}/{name}"} for name in asked["repositories"]],
        }
        return self.answer(201, {**answer, **lab.instead})

    def do_DELETE(self):
        lab = self.server.lab
        lab.seen.append(f"DELETE {self.path}")
        if lab.down:
            return self.answer(503, {"message": "try later"})
        token = self.bearer()
        if self.path != "/installation/token" or token not in lab.given or token in lab.revoked:
            return self.answer(401, {"message": "Bad credentials"})
        lab.revoked.append(token)
        return self.answer(204)


class OAuth(TokenHandler):
    def fields(self):
        text = self.body()
        if self.headers.get("Content-Type") == "application/json":
            return json.loads(text)
        return dict(urllib.parse.parse_qsl(text))

    def client_is_known(self):
        kind, _, pair = self.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return False
        name, _, secret = base64.b64decode(pair).decode().partition(":")
        return (urllib.parse.unquote_plus(name), urllib.parse.unquote_plus(secret)) == (CLIENT, CLIENT_SECRET)

    def do_POST(self):
        lab = self.server.lab
        fields = self.fields()
        shown = {name: value for name, value in fields.items() if name in ("grant_type", "scope", "client_id")}
        lab.seen.append(f"POST {self.path} {json.dumps(shown)}")
        if self.path == "/login":
            return self.renew(fields)
        if not self.client_is_known():
            return self.answer(401, {"error": "invalid_client"})
        if self.path == "/token" and fields["grant_type"] == "client_credentials":
            answer = {"access_token": self.new_token("at-", lab.lifetime), "token_type": "Bearer",
                      "expires_in": lab.lifetime, "scope": fields.get("scope", "")}  # fmt: skip
            return self.answer(200, {**answer, **lab.instead})
        if self.path == "/revoke":
            if fields["token"] in lab.given:
                lab.revoked.append(fields["token"])
            return self.answer(200, {})
        return self.answer(400, {"error": "invalid_request"})

    def renew(self, fields):
        """Refresh tokens are good for one use, as at the real ones."""
        lab = self.server.lab
        if fields["grant_type"] != "refresh_token" or fields["refresh_token"] not in lab.refresh:
            return self.answer(400, {"error": "invalid_grant"})
        lab.refresh.remove(fields["refresh_token"])
        refresh = f"rt-{time.monotonic_ns():020d}-{len(lab.given)}"
        lab.refresh.append(refresh)
        answer = {"access_token": self.new_token("at-login-", lab.lifetime), "refresh_token": refresh,
                  "token_type": "Bearer", "expires_in": lab.lifetime}  # fmt: skip
        return self.answer(200, {**answer, **lab.instead})


class Lab:
    def __init__(self, handler, lifetime=3600):
        self.given, self.revoked, self.seen, self.refresh = [], [], [], []
        self.ends = {}
        self.instead = {}  # what an answer says instead of the truth
        self.down = False
        self.lifetime = lifetime
        self.public = None
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.lab = self
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def left(self):
        """Tokens that could still be used."""
        return [token for token in self.given if token not in self.revoked and self.ends[token] > time.time()]


class Called(http.server.BaseHTTPRequestHandler):
    """An API that is called with tokens; `seen` has what came in the header Authorization."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append(self.headers.get("Authorization", ""))
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *_):
        pass


class ProcessWatch:
    """Looks at the arguments and environments of every process of ours for a text, until it is stopped."""

    def __init__(self, texts):
        self.texts, self.found, self.looks, self.running = texts, [], 0, True
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        while self.running:
            for process in pathlib.Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    try:
                        text = (process / name).read_bytes()
                    except OSError:
                        continue
                    self.looks += 1
                    self.found += [(name, text[:200]) for each in self.texts() if each.encode() in text]
            time.sleep(0.02)

    def stop(self):
        self.running = False
        self.thread.join()
        assert self.looks > 0
        assert not self.found, self.found


def files_with(text, *directories):
    """Files below `directories` that hold `text`."""
    found = []
    for directory in directories:
        for path in pathlib.Path(directory).rglob("*"):
            try:
                if path.is_file() and not path.is_symlink() and text.encode() in path.read_bytes():
                    found.append(str(path))
            except OSError:
                continue
    return found


def events(session, action):
    """Events of category credential with that action, in the log of a session."""
    lines = bailey("audit", session, "--category", "credential", "--json").out.splitlines()
    return [event for event in map(json.loads, lines) if event["action"] == action]


class World:
    """A host with an https API `listed.test`, and a configuration with one [[token]] for it."""

    def __init__(self):
        enter(["listed.test"])
        authority, pem = certificate(["listed.test"])
        os.environ["SSL_CERT_FILE"] = str(authority)
        self.api = serve(pem, Called)
        self.host = f"listed.test:{self.api.server_port}"

    def configure(self, token, *more):
        table = "\n".join(f"{key} = {value if isinstance(value, str) and value[:1] in '{[' else toml(value)}"
                          for key, value in token.items())  # fmt: skip
        use = f'hosts = ["{self.host}"]\nuse = "bearer"\nenv = "API_TOKEN"\n'
        configure(rule("lab", "listed.test", [self.api.server_port]), f"[[token]]\n{table}\n{use}", *more)

    def start(self, project, *flags, status=0):
        return bailey("run", "shell", project, "-y", "-d", *flags, "--", "sleep", "1000", status=status)

    def call(self, session):
        """What the API gets when the agent calls it with what it has."""
        script = f'curl -sS -m 10 -H "Authorization: Bearer $API_TOKEN" https://{self.host}/x'
        done = bailey("exec", session, "--", "sh", "-c", script, status=None)
        assert done.out == "ok\n", done
        return self.api.seen[-1].removeprefix("Bearer ")

    def inside(self, session, script):
        return bailey("exec", session, "--", "sh", "-c", script, status=None).out.strip()
