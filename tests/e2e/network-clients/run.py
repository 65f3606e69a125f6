"""What developers run, unchanged, through the gateway, in a tunnel and inspected: git clone and push over https, npm install,
pip install, wget, Java and Node. A registry that is not listed can't be used by any of them."""
# runner: timeout=300

import base64
import hashlib
import http.server
import io
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import tarfile
import threading
import zipfile

from bailey_test import TOP, bailey, git, repo
from network_lab import certificate, configure, enter, rule

SITE = TOP / "site"
BACKEND = pathlib.Path("/usr/lib/git-core/git-http-backend")


class Site(http.server.BaseHTTPRequestHandler):
    """Files of SITE, and git's own smart server below /git/."""

    protocol_version = "HTTP/1.1"

    def answer(self, status, content_type, body):
        self.server.seen.append(f"{self.command} {self.path}")
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        whole = b""
        while size := int(self.rfile.readline(), 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path.startswith("/git/"):
            return self.cgi(path.removeprefix("/git"), query)
        file = SITE / path.strip("/")
        file = file / "index.html" if file.is_dir() else file
        if not file.exists():
            return self.answer(404, "text/plain", b"no\n")
        types = {".html": "text/html", ".tgz": "application/octet-stream", ".whl": "application/octet-stream"}
        self.answer(200, types.get(file.suffix, "application/json"), file.read_bytes())

    do_HEAD = do_GET

    def do_POST(self):
        path, _, query = self.path.partition("?")
        self.cgi(path.removeprefix("/git"), query)

    def cgi(self, path, query):
        environment = {
            "PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "GIT_PROJECT_ROOT": str(TOP / "served"),
            "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "REMOTE_USER": "lab", "REMOTE_ADDR": "127.0.0.1",
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }  # fmt: skip
        body = self.body()
        environment["CONTENT_LENGTH"] = str(len(body))
        done = subprocess.run([str(BACKEND)], input=body, capture_output=True, env=environment, check=False)
        head, _, rest = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.answer(int(fields.get("Status", "200").split()[0]), fields["Content-Type"], rest)

    def log_message(self, *_):
        pass


def serve(pem):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.seen = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def npm_package(url):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in (("package/package.json", '{"name":"lab-left","version":"1.0.0"}'),
                           ("package/index.js", "module.exports = 'npm-works';\n")):  # fmt: skip
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    (SITE / "npm").mkdir()
    (SITE / "npm/lab-left-1.0.0.tgz").write_bytes(packed.getvalue())
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(packed.getvalue()).digest()).decode()
    (SITE / "npm/lab-left").write_text(json.dumps({
        "name": "lab-left", "dist-tags": {"latest": "1.0.0"},
        "versions": {"1.0.0": {"name": "lab-left", "version": "1.0.0",
                               "dist": {"tarball": f"{url}/npm/lab-left-1.0.0.tgz", "integrity": integrity}}},
    }))  # fmt: skip


def wheel():
    directory = SITE / "simple/lab-wheel"
    directory.mkdir(parents=True)
    name = "lab_wheel-1.0-py3-none-any.whl"
    about = "lab_wheel-1.0.dist-info"
    with zipfile.ZipFile(directory / name, "w") as archive:
        archive.writestr("lab_wheel.py", "word = 'pip-works'\n")
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: lab-wheel\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: lab\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", f"lab_wheel.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    (directory / "index.html").write_text(f'<!DOCTYPE html><a href="{name}">{name}</a>\n')


HOSTS = ["tunnel.test", "inspected.test", "unlisted.test"]
enter(HOSTS)
ca, pem = certificate(HOSTS)
os.environ["SSL_CERT_FILE"] = str(ca)
SITE.mkdir()
site = serve(pem)
s = site.server_port
(SITE / "plain").write_text("plain-works\n")
wheel()
(TOP / "served").mkdir()
source = repo("upstream")
git(source, "clone", "-q", "--bare", ".", str(TOP / "served/upstream.git"))
git(TOP / "served/upstream.git", "config", "http.receivepack", "true")
configure(rule("tunnel", "tunnel.test", [s]), rule("inspected", "inspected.test", [s], inspect=True))
npm_package(f"https://unlisted.test:{s}")
JAVA = """
public class Get {
  public static void main(String[] words) throws Exception {
    var client = java.net.http.HttpClient.newHttpClient();
    var request = java.net.http.HttpRequest.newBuilder(java.net.URI.create(words[0])).build();
    System.out.print("java " + client.send(request, java.net.http.HttpResponse.BodyHandlers.ofString()).body());
  }
}
"""
project = repo()
(project / "Get.java").write_text(JAVA)
git(project, "add", "-A")
git(project, "commit", "-q", "-m", "a client")


def clients(url):
    """{name: (script, what it prints when it works)}, of those that this machine has."""
    found = {
        "wget": (f"wget -q -O - {url}/plain", "plain-works"),
        "git-clone": (f"git clone -q {url}/git/upstream.git clone && ls clone", "main.c"),
        "git-push": (f"cd clone && git checkout -q -b $WORD && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x && "
                     "git push -q origin HEAD 2>&1; git ls-remote origin | grep -o $WORD", "pushed"),
        "pip": (f"/usr/bin/python3 -m pip install -q --disable-pip-version-check --break-system-packages --no-cache-dir --retries 0 "
                f"--target pip --index-url {url}/simple lab-wheel && PYTHONPATH=pip /usr/bin/python3 -c 'import lab_wheel; print(lab_wheel.word)'",
                "pip-works"),
        "npm": (f"mkdir n; cd n; npm install --no-audit --no-fund --fetch-retries 0 --registry {url}/npm/ lab-left >/dev/null 2>&1; "
                "node -e 'console.log(require(\"lab-left\"))'", "npm-works"),
        "node": (f"node -e 'fetch(\"{url}/plain\").then(r => r.text()).then(t => console.log(\"node\", t))'", "node plain-works"),
        "java": (f"java Get.java {url}/plain", "java plain-works"),
    }  # fmt: skip
    needs = {"git-clone": "git", "git-push": "git", "pip": "python3"}
    return {name: both for name, both in found.items() if shutil.which(needs.get(name, name), path="/usr/bin:/usr/local/bin")}


def inside(host):
    url = f"https://{host}:{s}"
    npm = json.loads((SITE / "npm/lab-left").read_text())
    npm["versions"]["1.0.0"]["dist"]["tarball"] = f"{url}/npm/lab-left-1.0.0.tgz"
    (SITE / "npm/lab-left").write_text(json.dumps(npm))
    script = f"export WORD=pushed-{host.split('.')[0]} HOME=/tmp/home; mkdir -p $HOME; mkdir /tmp/w; cp Get.java /tmp/w; cd /tmp/w\n" + "\n".join(
        f"echo '== {name}'; ( {act} ) 2>&1" for name, (act, _) in clients(url).items()
    )
    done = bailey("run", "shell", project, "-y", "--", "bash", "-c", script, status=None, timeout=200)
    parts = done.out.split("== ")[1:]
    return {part.split("\n", 1)[0]: part.split("\n", 1)[1] for part in parts}, done


for host in ("tunnel.test", "inspected.test"):
    answers, done = inside(host)
    print(host, done)
    for name, (_, wanted) in clients("x").items():
        # Where requests are read a push meets the guard (docs/git.md); the tunnel is the control.
        if (host, name) == ("inspected.test", "git-push"):
            wanted = "error: 403"
        assert wanted in answers[name], (host, name, answers[name])
events = [json.loads(line) for line in bailey("audit", "--category", "network", "--json").out.splitlines()]
requests = [e["subject"] for e in events if e["action"] == "http_request"]
assert any(e["method"] == "POST" and e["path"].endswith("/git-upload-pack") and e["status"] == 200 for e in requests), requests
refused = [e for e in events if e["decision"] == "deny" and e["rule"] == "git-push"]
assert refused and not any(e["path"].endswith("/git-receive-pack") for e in requests if e["status"] == 200), events
before = list(site.seen)
answers, done = inside("unlisted.test")
for name, (_, wanted) in clients("x").items():
    assert wanted not in answers[name], (name, answers[name])
assert site.seen == before, site.seen[len(before) :]
