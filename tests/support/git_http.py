"""A real git server over HTTP or HTTPS for tests and benchmarks: `git http-backend` behind basic authentication.

By itself: git_http.py DIRECTORY PORT-FILE [USER:PASSWORD] serves the repositories below DIRECTORY on 127.0.0.1."""

import base64
import contextlib
import http.server
import os
import pathlib
import ssl
import subprocess
import sys
import threading

CHUNK = 1 << 16


class GitHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append(f"{self.command} {self.path}")
        login = self.server.login
        given = self.headers.get("Authorization", "")
        if login and given != "Basic " + base64.b64encode(login.encode()).decode():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            self.drain()
            return
        self.run_backend(login.split(":")[0] if login else "anonymous")

    do_POST = do_GET

    def body(self):
        """The request's body, piece by piece, whichever way it is framed."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left:
            piece = self.rfile.read(min(left, CHUNK))
            if not piece:
                return
            left -= len(piece)
            yield piece

    def drain(self):
        for _ in self.body():
            pass

    def run_backend(self, user):
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": "/nonexistent",
            "GIT_PROJECT_ROOT": str(self.server.directory),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "GIT_CONFIG_KEY_1": "http.receivepack",
            "GIT_CONFIG_VALUE_1": "true",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": user,
            "REMOTE_ADDR": "127.0.0.1",
        }
        if "Content-Length" in self.headers:
            environment["CONTENT_LENGTH"] = self.headers["Content-Length"]
        backend = subprocess.Popen(
            ["git", "http-backend"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

        def feed():
            try:
                for piece in self.body():
                    backend.stdin.write(piece)
                backend.stdin.close()
            except (BrokenPipeError, ConnectionError):
                pass

        feeder = threading.Thread(target=feed)
        feeder.start()
        status, fields = 200, []
        while line := backend.stdout.readline().strip():
            name, _, value = line.decode().partition(":")
            if name == "Status":
                status = int(value.split()[0])
            else:
                fields.append((name, value.strip()))
        with contextlib.suppress(OSError):  # a client that is gone
            self.answer(status, fields, backend.stdout)
        backend.stdout.close()
        feeder.join()
        backend.wait()

    def answer(self, status, fields, body):
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while piece := body.read1(CHUNK):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


def serve_git(directory, login=None, key_and_certificate=None, port=0):
    """Serves the bare repositories below `directory` on 127.0.0.1; `login`: "user:password", else nobody is asked. Returns
    the server; `server_port`, `seen` (requests) and `login` are its attributes."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), GitHandler)
    server.daemon_threads = True
    server.seen, server.directory, server.login = [], pathlib.Path(directory), login
    if key_and_certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(key_and_certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    running = serve_git(sys.argv[1], sys.argv[3] if len(sys.argv) > 3 else None)
    temporary = pathlib.Path(sys.argv[2] + ".new")
    temporary.write_text(str(running.server_port))
    os.replace(temporary, sys.argv[2])
    threading.Event().wait()
