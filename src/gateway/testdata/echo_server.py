"""A small server for tests of the gateway: prints its port, then serves until it is killed.

echo_server.py http|https|silent [certificate key]
http and https answer GET with the path and Host, and POST with the number of bytes. A "silent" server speaks first and
echoes."""

import http.server
import socketserver
import ssl
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(f"path={self.path} host={self.headers['Host']}\n")

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        got = 0
        while got < length:
            part = self.rfile.read(min(65536, length - got))
            if not part:
                return
            got += len(part)
        self.answer(f"bytes={got}\n")

    def log_message(self, *args):
        pass


class Greeter(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"220 hello\r\n")
        while part := self.request.recv(4096):
            self.request.sendall(part)


class Threads(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request, address):
        pass


def main():
    kind = sys.argv[1]
    server = Threads(("127.0.0.1", 0), Greeter if kind == "silent" else Handler)
    if kind == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


main()
