"""What HTTP can do besides a question and an answer, through the gateway in a tunnel and inspected: WebSocket, server-sent
events, 100-continue, trailers, chunks, HTTP/2, large uploads and downloads; the gateway's memory stays bounded."""
# runner: timeout=300

import base64
import gzip
import hashlib
import json
import os
import pathlib
import socket
import ssl
import threading

from bailey_test import SESSIONS, bailey, repo
from network_lab import certificate, configure, enter, rule

LARGE = 300_000_000
GATEWAY_KIB_MAX = 64 << 10
HOSTS = ["tunnel.test", "inspected.test", "unlisted.test"]
enter(HOSTS)
ca, pem = certificate(HOSTS)
os.environ["SSL_CERT_FILE"] = str(ca)
seen = []


def read_head(stream):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = stream.read(1)
        if not byte:
            return None, {}
        head += byte
    lines = head.decode().split("\r\n")
    return lines[0].split(), {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:] if line)}


def read_body(stream, fields):
    if fields.get("transfer-encoding") != "chunked":
        left = int(fields.get("content-length", "0"))
        count = 0
        while count < left:
            piece = stream.read(min(1 << 16, left - count))
            if not piece:
                return count, {}
            count += len(piece)
        return count, {}
    count = 0
    while size := int(stream.readline(), 16):
        count += len(stream.read(size))
        stream.readline()
    trailers = {}
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, value = line.decode().strip().split(": ", 1)
        trailers[name.lower()] = value
    return count, trailers


def plain(client, body, more=""):
    client.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body)


def websocket(client, stream, fields):
    accept = base64.b64encode(hashlib.sha1((fields["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
    client.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept +
                   b"\r\n\r\n\x81\x07welcome")  # fmt: skip
    while head := stream.read(2):
        size = head[1] & 127
        mask = stream.read(4)
        text = bytes(byte ^ mask[i % 4] for i, byte in enumerate(stream.read(size)))
        if head[0] & 15 == 8:
            client.sendall(b"\x88\x00")
            return
        client.sendall(bytes([0x81, len(text)]) + text.upper())


def serve_one(client):
    stream = client.makefile("rb")
    while True:
        request, fields = read_head(stream)
        if not request:
            return
        path = request[1]
        seen.append(f"{request[0]} {path}")
        if path == "/websocket":
            return websocket(client, stream, fields)
        if path == "/events":
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for word in (b"data: one\n\n", b"data: two\n\n"):
                client.sendall(b"%x\r\n%b\r\n" % (len(word), word))
                if word.startswith(b"data: one"):
                    answered.wait(20)  # the client has the first event before the second is there
            client.sendall(b"0\r\n\r\n")
        elif path == "/heard-one":
            answered.set()
            plain(client, b"ok\n")
        elif path == "/continue":
            assert "100-continue" in fields.get("expect", "")
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            plain(client, b"continued %d\n" % read_body(stream, fields)[0])
        elif path == "/no-continue":
            client.sendall(b"HTTP/1.1 413 No\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n")
            return
        elif path == "/trailers":
            count, trailers = read_body(stream, fields)
            client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: %d-%b\r\n\r\n" %
                           (count, trailers.get("x-mine", "").encode()))  # fmt: skip
        elif path == "/bomb":
            plain(client, BOMB, "Content-Encoding: gzip\r\n")
        elif path == "/large":
            client.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n".encode())
            piece = b"z" * (1 << 20)
            for at in range(0, LARGE, len(piece)):
                client.sendall(piece[: LARGE - at])
        else:
            count, _ = read_body(stream, fields)
            plain(client, b"%s took %d\n" % (path.encode(), count))


BOMB = gzip.compress(bytes(100_000_000))
answered = threading.Event()


def serve():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def talk(raw):
        try:
            with context.wrap_socket(raw, server_side=True) as client:
                serve_one(client)
        except (OSError, ValueError, KeyError):
            pass

    def accept():
        while True:
            threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


s = serve()
configure("[limits.network]\nupload_request = \"1g\"\nupload_session = \"4g\"\n", rule("tunnel", "tunnel.test", [s]),
          rule("inspected", "inspected.test", [s], inspect=True))  # fmt: skip
project = repo()
(project / "act.py").write_text(f"""
import os, socket, ssl, sys, urllib.request
host, what = sys.argv[1:]
context = ssl.create_default_context()

def connected():
    return context.wrap_socket(socket.create_connection((host, {s}), timeout=30), server_hostname=host)

def until(client, end):
    said = b""
    while end not in said and (piece := client.recv(4096)):
        said += piece
    return said

if what == "websocket":
    client = connected()
    client.sendall(f"GET /websocket HTTP/1.1\\r\\nHost: {{host}}:{s}\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
                   f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\\r\\nSec-WebSocket-Version: 13\\r\\n\\r\\n".encode())
    print(until(client, b"welcome").split(b"\\r\\n")[0].decode())
    for word in (b"first", b"second"):
        client.sendall(bytes([0x81, 0x80 | len(word)]) + bytes(4) + word)
        print(until(client, word.upper())[2:].decode())
    client.sendall(b"\\x88\\x80" + bytes(4))
    print("closed", client.recv(9) == b"\\x88\\x00")
if what == "events":
    client = connected()
    client.sendall(f"GET /events HTTP/1.1\\r\\nHost: {{host}}:{s}\\r\\nConnection: close\\r\\n\\r\\n".encode())
    assert b"data: one" in until(client, b"data: one")
    urllib.request.urlopen(f"https://{{host}}:{s}/heard-one", context=context).read()
    assert b"data: two" in until(client, b"data: two")
    print("events in time")
if what == "trailers":
    client = connected()
    client.sendall(f"POST /trailers HTTP/1.1\\r\\nHost: {{host}}:{s}\\r\\nTE: trailers\\r\\nConnection: TE\\r\\nTrailer: X-Mine\\r\\n"
                   f"Transfer-Encoding: chunked\\r\\n\\r\\n3\\r\\nabc\\r\\n0\\r\\nX-Mine: hey\\r\\n\\r\\n".encode())
    print("trailers both ways", b"X-Sum: 3-hey" in until(client, b"X-Sum: 3-hey\\r\\n"))
""")


def acts(host):
    url = f"https://{host}:{s}"
    # {name: (script, what it prints)}
    return {
        "websocket": (f"python3 act.py {host} websocket", "FIRST\nSECOND\nclosed True"),
        "events": (f"python3 act.py {host} events", "events in time"),
        "trailers": (f"curl -sS -m 20 --http1.1 -i -H 'TE: trailers' {url}/trailers -d abc | tr -d '\\r'", "X-Sum: 3-"),
        "request's trailers": (f"python3 act.py {host} trailers", "trailers both ways True"),
        "continue": (f"head -c 2000000 /dev/zero | curl -sS -m 20 --http1.1 -T - -H 'Expect: 100-continue' {url}/continue", "continued 2000000"),
        "no-continue": (f"head -c 2000000 /dev/zero >/tmp/two; curl -sS -m 20 --http1.1 -T /tmp/two -H 'Expect: 100-continue' "
                        f"-w '%{{http_code}} %{{size_upload}}\\n' {url}/no-continue", "413 0"),
        "chunked": (f"head -c 3000000 /dev/zero | curl -sS -m 20 -X POST -H 'Transfer-Encoding: chunked' --http1.1 --data-binary @- {url}/up", "/up took 3000000"),
        "bomb, left packed": (f"curl -sS -m 60 {url}/bomb | wc -c", str(len(BOMB))),
        "bomb, unpacked by the client": (f"curl -sS -m 60 --compressed {url}/bomb | wc -c", "100000000"),
        "download": (f"curl -sS -m 100 {url}/large | wc -c", str(LARGE)),
        "upload": (f"head -c {LARGE} /dev/zero | curl -sS -m 100 -X POST -H 'Expect:' -T - {url}/up", f"/up took {LARGE}"),
    }  # fmt: skip


def gateway(name):
    supervisor = json.loads((SESSIONS / name / "session.json").read_text())["supervisor"]["pid"]
    for entry in pathlib.Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1) if entry.name.isdigit() else None
            if fields and fields[0].endswith("(bailey-gateway") and int(fields[1].split()[1]) == supervisor:
                return int(entry.name)
        except OSError:
            pass
    return None


def peak_kib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


name = "shell-p"
bailey("run", "shell", project, "-y", "-d", "--name", "p", "-b", "p", "--", "sleep", "280")
for host in ("tunnel.test", "inspected.test"):
    for what, (script, wanted) in acts(host).items():
        answered.clear()
        done = bailey("exec", name, "--", "bash", "-c", script, status=None, timeout=120)
        print(host, what, done, peak_kib(gateway(name)))
        assert wanted in done.out, (host, what, done)
assert peak_kib(gateway(name)) < GATEWAY_KIB_MAX, peak_kib(gateway(name))
before = len(seen)
for what, (script, wanted) in acts("unlisted.test").items():
    if what not in ("events", "download", "upload") and "bomb" not in what:
        done = bailey("exec", name, "--", "bash", "-c", script, status=None, timeout=60)
        assert wanted not in done.out, (what, done)
assert len(seen) == before, seen[before:]
events = [json.loads(line) for line in bailey("audit", name, "--category", "network", "--json").out.splitlines()]
by_path = {e["subject"]["path"]: e["subject"] for e in events if e["action"] == "http_request"}
assert by_path["/websocket"]["protocol"] == "websocket" and by_path["/websocket"]["status"] == 101, by_path["/websocket"]
assert by_path["/large"]["bytes_in"] == LARGE, by_path["/large"]
assert by_path["/up"]["bytes_out"] == LARGE, by_path["/up"]
tunnels = [e["subject"] for e in events if e["action"] == "connection" and e["subject"]["host"] == "tunnel.test"]
assert any(t["bytes_in"] > LARGE for t in tunnels) and any(t["bytes_out"] > LARGE for t in tunnels), tunnels
bailey("stop", name)
