"""Upstreams that stall, reset, lie about their length or never end, and name servers that are down: the client inside is never
shown half an answer as a whole one, hears why, and the gateway goes on for everybody else. Each beside a server that behaves."""
# runner: timeout=300

import ctypes
import json
import os
import socket
import ssl
import struct
import threading
import time

from bailey_test import TOP, bailey, repo, wait_until
from network_lab import MS_BIND, certificate, configure, enter, rule

HOSTS = ["plain.test", "tunnel.test", "inspected.test"]
enter(HOSTS)
# Nobody answers on port 53 of this address: the names of the lab come from the hosts file.
resolv_conf = TOP / "resolv.conf"
resolv_conf.write_text("nameserver 127.0.0.1\noptions timeout:30 attempts:5\n")
ctypes.CDLL(None).mount(str(resolv_conf).encode(), b"/etc/resolv.conf", None, MS_BIND, None)
ca, pem = certificate(HOSTS)
os.environ["SSL_CERT_FILE"] = str(ca)
cut_off = []  # paths whose endless answer found nobody any more


def read_head(client):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = client.recv(4096)
        if not piece:
            return None
        head += piece
    return head.split()[1].decode()


def answer(client, path, reset):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
    if path == "/whole":
        client.sendall(head + b"Content-Length: 6\r\n\r\nwhole\n")
        return True
    if path == "/silent":
        client.recv(1)
    elif path == "/stall":
        client.sendall(head + b"Content-Length: 100\r\n\r\nsome of it\n")
        client.recv(1)
    elif path == "/reset":
        client.sendall(head + b"Content-Length: 100\r\n\r\nsome of it\n")
        reset()
    elif path == "/reset-chunked":
        client.sendall(head + b"Transfer-Encoding: chunked\r\n\r\nb\r\nsome of it\n\r\n")
        reset()
    elif path == "/reset-at-once":
        reset()
    elif path == "/short":
        client.sendall(head + b"Content-Length: 100\r\n\r\nsome of it\n")
    elif path == "/short-chunk":
        client.sendall(head + b"Transfer-Encoding: chunked\r\n\r\nff\r\nsome of it\n")
    elif path == "/long":
        client.sendall(head + b"Content-Length: 6\r\n\r\nwhole\nHTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\npoison\n")
        return True
    elif path == "/two-lengths":
        client.sendall(head + b"Content-Length: 6\r\nContent-Length: 60\r\n\r\nwhole\n")
    elif path == "/no-http":
        client.sendall(b"SSH-2.0-nobody\r\n" * 3)
    else:
        piece = {"/endless": b"z" * 65536, "/endless-head": b"X-More: and more\r\n" * 4096, "/endless-hints": b""}[path]
        client.sendall(head + (b"\r\n" if path == "/endless" else b""))
        try:
            while True:
                client.sendall(piece or b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" * 100)
        except OSError:
            cut_off.append(path)
    return False


def serve(secure):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def talk(raw):
        def reset():
            raw_now = client
            raw_now.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raw_now.close()

        try:
            client = context.wrap_socket(raw, server_side=True) if secure else raw
            with client:
                while (path := read_head(client)) and answer(client, path, reset):
                    pass
        except OSError:
            pass

    def accept():
        while True:
            threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


s, p = serve(True), serve(False)
configure("[limits.network]\nidle_seconds = 4\nheader_seconds = 4\n", rule("plain", "plain.test", [p]), rule("tunnel", "tunnel.test", [s]),
          rule("inspected", "inspected.test", [s], inspect=True), 'allow_domains = ["nowhere.test"]\n')  # fmt: skip
config = TOP / "home/.config/bailey/config.toml"
lines = config.read_text().splitlines()  # a key of the top comes first
config.write_text("\n".join([lines[-1], *lines[:-1]]) + "\n")
project = repo()
name = "shell-f"
bailey("run", "shell", project, "-y", "-d", "--name", "f", "-b", "f", "--", "sleep", "280")
urls = {"plain.test": f"http://plain.test:{p}", "tunnel.test": f"https://tunnel.test:{s}", "inspected.test": f"https://inspected.test:{s}"}


def curl(host, path, *more):
    done = bailey("exec", name, "--", "curl", "-sS", "-m", "25", "--http1.1", "-w", " %{http_code}", *more, urls[host] + path,
                  status=None, timeout=60)  # fmt: skip
    print(host, path, done)
    return done


for host in urls:
    assert curl(host, "/whole").out == "whole\n 200"
    reads = host != "tunnel.test"
    for path in ("/stall", "/reset", "/reset-chunked", "/short", "/short-chunk"):
        done = curl(host, path)
        is_refused = reads and done.out.endswith(" 502")  # a reset may overtake the head
        assert done.status not in (0, 28) or is_refused, f"{host}{path}: half an answer for a whole one, or for ever"
    for path in ("/silent", "/reset-at-once", "/no-http", "/two-lengths"):
        done = curl(host, path)
        assert done.status not in (0, 28) or (reads and done.out.endswith(" 502")), f"{host}{path}"
        if reads and path != "/silent":
            assert "upstream_failed" in done.out, f"{host}{path}"
    assert curl(host, "/whole").out == "whole\n 200", "after all of these"
for host in ("plain.test", "inspected.test"):
    # What comes behind an answer is nobody's.
    two = bailey("exec", name, "--", "curl", "-sS", "-m", "25", "--http1.1", urls[host] + "/long", urls[host] + "/whole", status=None)
    assert two.out == "whole\nwhole\n", two
    for path in ("/endless-head", "/endless-hints"):
        done = curl(host, path)
        assert done.out.endswith(" 502") or done.status not in (0, 28), (host, path)
    # As much as the client wants, no more.
    done = bailey("exec", name, "--", "bash", "-c", f"curl -sS -m 20 {urls[host]}/endless 2>/dev/null | head -c 3000000 | wc -c", status=None)
    assert done.out.strip() == "3000000", done
wait_until(lambda: cut_off.count("/endless") == 2 and cut_off.count("/endless-head") == 2, "the servers that never end were cut off")

# Name servers that are down, before resolv.conf(5)'s own patience of minutes.
began = time.monotonic()
done = bailey("exec", name, "--", "curl", "-sS", "-m", "60", "-p", "-x", "http://127.0.0.1:3128", "-w", "%{http_connect}", "https://nowhere.test/", status=None, timeout=90)
assert done.out.endswith("502"), done
said = bailey("exec", name, "--", "curl", "-sS", "-m", "60", "http://nowhere.test/", status=None, timeout=90)
print(said, time.monotonic() - began)
assert "upstream_failed" in said.out and "name servers do not answer" in said.out, said
assert curl("plain.test", "/whole").out == "whole\n 200", "names of the hosts file need no server"

events = [json.loads(line) for line in bailey("audit", name, "--category", "network", "--json").out.splitlines()]
reasons = {e["subject"]["path"]: e["subject"].get("reason", "") for e in events if e["action"] == "http_request"}
for path in ("/reset", "/short", "/two-lengths", "/no-http"):
    assert reasons[path], (path, reasons)
assert any("idle limit" in e["subject"].get("reason", "") for e in events if e["action"] == "connection"), "the stalled tunnel"
bailey("stop", name)
