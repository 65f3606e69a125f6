"""A host of its own for network scenarios: names, servers with certificates, and a configuration that lets the gateway
reach them on loopback, which it refuses otherwise."""

import contextlib
import ctypes
import http.server
import os
import pathlib
import socket
import ssl
import subprocess
import threading

from bailey_test import TOP

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_RDONLY = 1
MS_BIND = 4096
MS_REC_PRIVATE = 0x4000 | (1 << 18)
CONFIG = pathlib.Path(os.environ["XDG_CONFIG_HOME"]) / "bailey"


def enter(names, elsewhere=(), administrator=None):
    """From here on this process and its children have an /etc/hosts with `names`, all leading to 127.0.0.1, and the pairs
    of address and name in `elsewhere`; and, if given, an administrator's policy file with the text `administrator`."""
    libc = ctypes.CDLL(None, use_errno=True)

    def must(result, what):
        if result != 0:
            raise OSError(ctypes.get_errno(), what)

    uid, gid = os.getuid(), os.getgid()
    must(libc.unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare")
    pathlib.Path("/proc/self/setgroups").write_text("deny")
    pathlib.Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    pathlib.Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    must(libc.mount(None, b"/", None, MS_REC_PRIVATE, None), "make mounts private")
    if administrator is not None:
        layer = TOP / "etc"
        (layer / "bailey/policy.d").mkdir(parents=True)
        (layer / "bailey/policy.d/lab.toml").write_text(administrator)
        must(libc.mount(b"overlay", b"/etc", b"overlay", MS_RDONLY, f"lowerdir={layer}:/etc".encode()), "lay over /etc")
    hosts = TOP / "hosts"
    lines = ["127.0.0.1 localhost " + " ".join(names), *(f"{address} {name}" for address, name in elsewhere)]
    hosts.write_text("\n".join(lines) + "\n")
    must(libc.mount(str(hosts).encode(), b"/etc/hosts", None, MS_BIND, None), "bind /etc/hosts")


def certificate(names):
    """(path of the CA, path of key and certificate for `names`)"""
    directory = TOP / "certificates"
    directory.mkdir(exist_ok=True)
    ca, server = directory / "ca.pem", directory / f"{names[0]}.pem"

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=directory)

    if not ca.exists():
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                "-subj", "/CN=lab CA")  # fmt: skip
    alternatives = ",".join(f"DNS:{name}" for name in names)
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "s.key", "-out", "s.csr", "-subj", f"/CN={names[0]}")
    (directory / "ext").write_text(f"subjectAltName={alternatives}\n")
    openssl("x509", "-req", "-in", "s.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "s.crt",
            "-days", "2", "-extfile", "ext")  # fmt: skip
    server.write_text((directory / "s.key").read_text() + (directory / "s.crt").read_text())
    return ca, server


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = f"{self.command} {self.path} for {self.headers.get('Host')}\n".encode()
        self.server.seen.append(f"{self.command} {self.path}")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.do_GET()

    def log_message(self, *_):
        pass


def serve(key_and_certificate=None, handler=Answer):
    """An HTTP or HTTPS server on 127.0.0.1. Returns it; `server_port` and `seen` (requests) are its attributes."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.seen = []
    if key_and_certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(key_and_certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def serve_lines():
    """A TCP server that says `hello` and then returns what it is told, line by line."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk(client):
        with client, client.makefile("rwb", buffering=0) as stream, contextlib.suppress(ConnectionError):
            stream.write(b"hello\n")
            for line in stream:
                stream.write(line)

    def accept():
        while True:
            threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def rule(name, host, ports, **more):
    """A [[rule]] of the user's that lets sessions reach a server on loopback."""
    lines = ["[[rule]]", f'id = "{name}"', 'kind = "network"', 'action = "allow"', "allow_private = true"]
    match = {"host": host, "port": ports, **{key: more.pop(key) for key in ("method", "path") if key in more}}
    lines.append("match = { " + ", ".join(f"{key} = {toml(value)}" for key, value in match.items()) + " }")
    lines += [f"{key} = {toml(value)}" for key, value in more.items()]
    return "\n".join(lines) + "\n"


def toml(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return str(value) if isinstance(value, int) else f'"{value}"'


def configure(*texts):
    CONFIG.mkdir(parents=True, exist_ok=True)
    (CONFIG / "config.toml").write_text("\n".join(texts))
