"""What looks like it is for a listed host and is not: words that come late, other hosts inside an open connection,
requests that two readers understand differently, names written in other ways, sockets of the host. Each attack fails, and the
honest form of the same act works."""
# runner: timeout=300

import json
import os
import socket
import threading

from bailey_test import TOP, bailey, repo
from network_lab import certificate, configure, enter, rule, serve, serve_lines

HOSTS = ["listed.test", "read.test", "fronted.test"]
enter(HOSTS)
ca, pem = certificate(HOSTS)
os.environ["SSL_CERT_FILE"] = str(ca)
secure, plain, read = serve(pem), serve(), serve(pem)
unnamed = serve()  # on a port that no rule names
other = unnamed.server_port
lines = serve_lines()
s, p, r = secure.server_port, plain.server_port, read.server_port
configure(rule("lab", "listed.test", [s, p, lines]), rule("read", "read.test", [r], path="/open/**"))
project = repo()
# The host's own sockets that a program might reach by name: one in a directory, one abstract.
abstract = socket.socket(socket.AF_UNIX)
abstract.bind(f"\0bailey-lab-{os.getpid()}")
abstract.listen()
heard = []


def answer():
    while True:
        heard.append(abstract.accept())


threading.Thread(target=answer, daemon=True).start()
(project / "act.py").write_text(f'''
import http.client, socket, ssl, subprocess, sys, time
S, P, R, LINES = {s}, {p}, {r}, {lines}

def connected(port, host="listed.test"):
    return socket.create_connection((host, port), timeout=10)

def tls(port, name, host="listed.test", wait=0):
    stream = connected(port, host)
    time.sleep(wait)
    context = ssl._create_unverified_context()
    return context.wrap_socket(stream, server_hostname=name)

def talk(stream, words):
    stream.sendall(words.encode())
    said = b""
    try:
        while piece := stream.recv(65536):
            said += piece
    except OSError:
        pass
    return said.decode(errors="replace")

def get(host, path, more=""):
    return f"GET {{path}} HTTP/1.1\\r\\nHost: {{host}}\\r\\n{{more}}Connection: close\\r\\n\\r\\n"

def proxied(words):
    return talk(socket.create_connection(("127.0.0.1", 3128), timeout=10), words)

def asked(target):
    """What the proxy says to CONNECT; the stream stays open."""
    stream = socket.create_connection(("127.0.0.1", 3128), timeout=10)
    stream.sendall(f"CONNECT {{target}} HTTP/1.1\\r\\nHost: {{target}}\\r\\n\\r\\n".encode())
    said = b""
    while b"\\r\\n\\r\\n" not in said and (piece := stream.recv(65536)):
        said += piece
    return stream, said.decode(errors="replace")

def h2c(url, *more):
    """HTTP/2 without TLS, spoken at once."""
    words = ["curl", "-sS", "-m", "10", "--noproxy", "*", "--http2-prior-knowledge", *more, url]
    return subprocess.run(words, capture_output=True, text=True, env={{"PATH": "/usr/bin:/bin"}}).stdout

exec(sys.stdin.read())
''')

# {name: (python, what it prints when the act succeeds)}
controls = {
    "late": f'time.sleep; print(talk(tls(S, "listed.test", wait=1), get("listed.test:{s}", "/control-late")))',
    "late plain": f'x = connected(P); time.sleep(1); print(talk(x, get("listed.test:{p}", "/control-late-plain")))',
    "server first": 'print("GET /control-first" if connected(LINES).recv(6) == b"hello\\n" else "")',
    "server first by proxy": 'x, said = asked(f"listed.test:{LINES}"); print("GET /control-first" if "hello" in said or "hello" in x.recv(99).decode() else said)',
    "late by proxy": f'x, said = asked("listed.test:{p}"); time.sleep(1); print(talk(x, get("listed.test:{p}", "/control-late-proxy")))',
    "h2c": f'print(h2c("http://listed.test:{p}/control-h2c"))',
    "read": f'print(talk(tls(R, "read.test", "read.test"), get("read.test:{r}", "/open/control-read")))',
    "upper": f'print(talk(tls(S, "LISTED.test", "LISTED.TEST"), get("Listed.Test:{s}", "/control-upper")))',
    "dot": f'print(talk(connected(P, "listed.test."), get("listed.test.:{p}", "/control-dot")))',
    "CONNECT": 'print(asked(f"listed.test:{S}")[1].replace("HTTP/1.1 200", "GET /control"))',
    "absolute": f'print(proxied(get("listed.test:{p}", "http://listed.test:{p}/control-absolute")))',
}
attacks = {
    # Words that come after a server that speaks first would have spoken.
    "late name": f'print(talk(tls(S, "fronted.test", wait=1), get("fronted.test:{s}", "/late")))',
    "late name, later": f'print(talk(tls(S, "fronted.test", wait=3), get("fronted.test:{s}", "/later")))',
    "late no name": f'print(talk(tls(S, None, wait=1), get("listed.test:{s}", "/unnamed")))',
    "late host": f'x = connected(P); time.sleep(1); print(talk(x, get("fronted.test:{p}", "/late-host")))',
    "late by proxy": f'x, said = asked("listed.test:{p}"); time.sleep(1); print(talk(x, get("fronted.test:{p}", "/late-proxy")))',
    # Another host inside a connection that is read.
    "fronting": f'print(talk(tls(R, "read.test", "read.test"), get("fronted.test:{r}", "/open/fronted")))',
    "second host": f'print(talk(connected(P), "GET /control-again HTTP/1.1\\r\\nHost: listed.test:{p}\\r\\n\\r\\n" + get("fronted.test:{p}", "/second")).partition("control-again")[2].partition("GET /control")[2])',
    "absolute, other host": f'print(talk(connected(P), get("listed.test:{p}", "http://fronted.test:{p}/absolute")))',
    "two hosts": f'print(talk(connected(P), get("listed.test:{p}", "/two", "Host: fronted.test:{p}\\r\\n")))',
    "no host": 'print(talk(connected(P), "GET /none HTTP/1.1\\r\\nConnection: close\\r\\n\\r\\n"))',
    "userinfo": f'print(talk(connected(P), get("listed.test@fronted.test:{p}", "/userinfo")))',
    "h2c, other host": f'print(h2c("http://fronted.test:{p}/h2c", "--connect-to", "fronted.test:{p}:listed.test:{p}"))',
    "h2c, other port": f'print(h2c("http://listed.test:{other}/h2c-port"))',
    # Requests that two readers understand differently.
    "two lengths": f'print(talk(connected(P), "POST /lengths HTTP/1.1\\r\\nHost: listed.test:{p}\\r\\nContent-Length: 0\\r\\nContent-Length: 40\\r\\n\\r\\n" + get("fronted.test", "/smuggled-1")))',
    "length and chunks": f'print(talk(connected(P), "POST /both HTTP/1.1\\r\\nHost: listed.test:{p}\\r\\nContent-Length: 4\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n" + get("fronted.test", "/smuggled-2")))',
    "odd coding": f'print(talk(connected(P), "POST /coding HTTP/1.1\\r\\nHost: listed.test:{p}\\r\\nTransfer-Encoding: xchunked\\r\\n\\r\\n0\\r\\n\\r\\n"))',
    "space before colon": f'print(talk(connected(P), "GET /space HTTP/1.1\\r\\nHost : listed.test:{p}\\r\\n\\r\\n"))',
    "folded": f'print(talk(connected(P), get("listed.test:{p}", "/folded", "X: a\\r\\n b\\r\\n")))',
    "bare newline": f'print(talk(connected(P), get("listed.test:{p}", "/bare", "X: a\\nHost: fronted.test\\r\\n")))',
    # Paths.
    **{
        f"path {path}": f'print(talk(tls(R, "read.test", "read.test"), get("read.test:{r}", "{path}")))'
        for path in ("/closed", "/open/../closed", "/open/%2e%2e/closed", "/open//../closed", "/OPEN/x", "//open/x", "/open%2fx",
                     "/open/..%2fclosed", "/open/.%2e/closed", "/closed?/open/x", "/closed#/open/x")
    },
    # Names.
    "look-alike": 'print(asked(f"l\\u0456sted.test:{S}")[1].replace("HTTP/1.1 200", "GET /"))',
    "punycode": 'print(asked(f"xn--lsted-2ve.test:{S}")[1].replace("HTTP/1.1 200", "GET /"))',
    "suffix": 'print(asked(f"listed.test.fronted.test:{S}")[1].replace("HTTP/1.1 200", "GET /"))',
    "prefix": 'print(asked(f"sub.listed.test:{S}")[1].replace("HTTP/1.1 200", "GET /"))',
    "userinfo in CONNECT": 'print(asked(f"listed.test@fronted.test:{S}")[1].replace("HTTP/1.1 200", "GET /"))',
    # Sockets.
    "abstract": f'socket.socket(socket.AF_UNIX).connect("\\0bailey-lab-{os.getpid()}"); print("GET /")',
    "icmp": 'x = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP); x.settimeout(2); x.sendto(bytes([8,0,247,255,0,0,0,0]), ("192.0.2.2", 0)); print("GET /", x.recv(99))',
    "quic": 'x = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); x.settimeout(5); x.connect(("listed.test", S)); x.send(b"x"); x.recv(9); print("GET /")',
    "sctp": 'socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132).connect(("192.0.2.2", 80)); print("GET /")',
}


def act(acts):
    script = "\n".join(f"echo '== {name}'\ntimeout 12 python3 act.py 2>&1 <<'ACT'\n{python}\nACT" for name, python in acts.items())
    done = bailey("run", "shell", project, "-y", "--", "bash", "-c", script, status=None, timeout=240)
    parts = done.out.split("== ")[1:]
    return {part.split("\n", 1)[0]: part.split("\n", 1)[1] for part in parts}


said = act(controls)
for name in controls:
    print(name, "->", said[name][:300])
    assert "GET /control" in said[name] or "GET /open/control" in said[name], (name, said[name])
for server in (secure, plain, read, unnamed):
    server.seen.clear()
said = act(attacks)
escaped = {name: words for name, words in said.items() if "GET /" in words}
for name, words in said.items():
    print(name, "->", words[:300])
assert list(said) == list(attacks), set(attacks) - set(said)
assert not escaped, escaped
seen = [request for server in (secure, plain, read, unnamed) for request in server.seen]
assert not [request for request in seen if "control" not in request], seen
assert not heard, "a socket of the host was reached"
events = [json.loads(line) for line in bailey("audit", "--category", "network", "--decision", "deny", "--json").out.splitlines()]
assert any("fronted.test" in e["subject"].get("reason", "") for e in events), events
