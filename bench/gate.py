"""The gateway as its supervisor sees it, its peers, and the load: all on this machine's loopback."""

import array
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

from measure import Failed, run

HOST = "bench.test"
PLENTY = 1_000_000_000
LIMITS = {
    "upload_request_bytes_max": PLENTY, "upload_session_bytes_max": 1 << 50, "bytes_per_second_max": 0, "connections_max": 100_000,
    "connections_per_host_max": 100_000, "requests_per_minute_per_host_max": PLENTY, "requests_per_minute_max": PLENTY,
    "idle_seconds_max": 600, "header_seconds_max": 60,
}  # fmt: skip
LISTEN_SECONDS_MAX = 60
LOAD_SECONDS_MAX = 300


def policy(port, inspect, rules=0):
    """One rule that matches, at the end of `rules` that don't."""
    others = [{"id": f"r{n}", "action": "allow", "hosts": [f"host{n}.example.org"]} for n in range(rules)]
    matching = {"id": "bench", "action": "allow", "hosts": [HOST], "ports": [port], "allow_private": True}
    matching["inspect" if inspect else "allow_no_sni"] = True
    return json.dumps({"mode": "proxy", "limits": LIMITS, "rules": [*others, matching]})


def listening_socket():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)
    return listener


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port, process):
    deadline = time.monotonic() + LISTEN_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Failed(f"a peer ended with status {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise Failed("a peer does not listen")


def pss_mb(pid):
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024


class Gateway:
    """bailey-gateway over its link (src/gateway/link_protocol.h), with a proxy listener on loopback."""

    def __init__(self, program, policy_text, ca_pem="", keep=""):
        self.link, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # bash is here only to put the link where the gateway wants it. The gateway hides its /proc from its own user; in a
        # user namespace of ours we may look nevertheless.
        command = ["unshare", "--user", "--map-current-user", "bash", "-c", f'exec "$0" 3<&{its.fileno()}', program]
        self.process = subprocess.Popen(command, pass_fds=[its.fileno()], stdin=subprocess.DEVNULL)
        its.close()
        texts = {"policy": policy_text, "resolv_conf": "nameserver 127.0.0.1\n", "hosts": f"127.0.0.1 {HOST}\n", "ca_bundle": ca_pem, "proxy_variables": ""}
        if keep:
            texts["keep"] = keep
        memfds = []
        for text in texts.values():
            memfds.append(os.memfd_create("text"))
            os.write(memfds[-1], text.encode())
        self.send({"type": "configure", "texts": list(texts), "names": "first"}, memfds)
        for memfd in memfds:
            os.close(memfd)
        answer = json.loads(self.link.recv(1 << 16) or b'{"type": "gone"}')
        if answer["type"] != "ready":
            raise Failed(f"the gateway: {answer}")
        self.pid = self.process.pid
        with listening_socket() as listener:
            self.port = listener.getsockname()[1]
            self.send({"type": "listeners", "names": ["proxy"]}, [listener.fileno()])
        # Somebody has to read what is observed, as the supervisor does.
        self.reader = subprocess.Popen(["cat"], stdin=self.link.fileno(), stdout=subprocess.DEVNULL)

    def send(self, message, fds):
        self.link.sendmsg([json.dumps(message).encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.link.close()
        self.reader.wait()


class Origin:
    def __init__(self, tools, *certificate):
        self.process = subprocess.Popen([tools / "gate-origin", "127.0.0.1", *certificate], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Peer:
    """A proxy that is started by hand and ended as a group."""

    def __init__(self, port, *command, **more):
        self.port = port
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **more)
        await_port(port, self.process)

    def close(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def squid(top):
    port = free_port()
    (top / "hosts").write_text(f"127.0.0.1 localhost {HOST}\n")
    (top / "squid.conf").write_text(
        f"http_port 127.0.0.1:{port}\nhttp_access allow all\ncache deny all\naccess_log none\ncache_log {top}/squid.log\n"
        f"pid_filename none\nhosts_file {top}/hosts\npinger_enable off\nmax_filedescriptors 16384\nshutdown_lifetime 0 seconds\n"
        f"coredump_dir {top}\nvisible_hostname bench\nnetdb_filename none\n"
    )
    return Peer(port, "squid", "-N", "-f", top / "squid.conf")


def mitmproxy(top, certificate):
    port = free_port()
    return Peer(
        port, "mitmdump", "-q", "--listen-host", "127.0.0.1", "-p", port, "--set", f"confdir={top}/mitmproxy",
        "--set", f"ssl_verify_upstream_trusted_ca={certificate}", "--set", "http2=false",
    )  # fmt: skip


def make_certificate(top):
    key, certificate = top / "key.pem", top / "certificate.pem"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
        "-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST},DNS:localhost")  # fmt: skip
    return certificate, key


def load(tools, work, threads, size, seconds, port, *flags):
    done = run(tools / "gate-client", work, threads, size, seconds, "127.0.0.1", port, *flags, timeout=LOAD_SECONDS_MAX)
    return json.loads(done.stdout)


@contextlib.contextmanager
def held(tools, connections, size, port, *flags):
    """That many connections, each after one request, open at once."""
    command = [tools / "gate-client", "hold", connections, size, 0, "127.0.0.1", port, *flags]
    client = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        if not client.stdout.readline():
            raise Failed(f"{connections} connections were not to be had")
        yield
    finally:
        client.stdin.close()
        client.wait()
