"""An HTTP/1.1 server that behaves well or badly by the path that is asked for. origin.py [CERTIFICATE_AND_KEY.pem]
Prints its port and serves until its standard input ends."""

import http.server
import ssl
import sys
import threading
import time


class Origin(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def reply(self, body, status=200, fields=()):
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        whole = b""
        while size := int(self.rfile.readline(), 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return whole

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/fields":
            self.reply(str(self.headers).encode())
        elif path.startswith("/big/"):
            left = int(path[5:])
            self.send_response(200)
            self.send_header("Content-Length", str(left))
            self.end_headers()
            while left > 0:
                part = min(left, 1 << 16)
                self.wfile.write(b"x" * part)
                left -= part
        elif path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.send_header("Trailer", "X-Sum")
            self.end_headers()
            self.wfile.write(b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n")
        elif path == "/until-close":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"to the end")
            self.close_connection = True
        elif path == "/cut-short":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"ten bytes.")
            self.close_connection = True
        elif path == "/smuggle":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
            self.close_connection = True
        elif path == "/events":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"9\r\ndata: 1\n\n\r\n")
            self.wfile.flush()
            time.sleep(60)
        elif path in ("/204", "/304"):
            self.send_response(int(path[1:]))
            self.end_headers()
        elif path == "/hints":
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            self.reply(b"hinted")
        elif path == "/alt-svc":
            self.reply(b"here", fields=[("Alt-Svc", 'h3=":443"')])
        elif path == "/socket":
            self.send_response(101)
            self.send_header("Connection", "Upgrade")
            self.send_header("Upgrade", "websocket")
            self.end_headers()
            self.wfile.flush()
            while bytes_read := self.connection.recv(4096):
                self.connection.sendall(bytes_read.upper())
            self.close_connection = True
        else:
            self.reply(b"hello " + self.path.encode())

    do_HEAD = do_GET

    def do_POST(self):
        if self.path == "/early":
            self.reply(b"no", status=409)
            self.close_connection = True
            return
        body = self.body()
        self.reply(b"%d bytes %s" % (len(body), body[:20]))

    do_PUT = do_POST


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # clients that go away are part of the tests


server = Server(("127.0.0.1", 0), Origin)
if len(sys.argv) > 1:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
