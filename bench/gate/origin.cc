// gate-origin ADDRESS [CERTIFICATE KEY]: the server behind the gateway. Prints its port, ends when its input does.
//
// Without a certificate: for every "\x01 <bytes>\n" it sends that many bytes. With one: HTTP/1.1 over TLS, GET
// /<bytes>.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "stream.h"

namespace {

constexpr std::size_t chunk_bytes = std::size_t{256} << 10;

void send_body(bench::Stream& stream, std::string head, std::uint64_t bytes) {
  static const std::string chunk(chunk_bytes, 'x');
  if (head.size() + bytes <= chunk_bytes) return stream.send(head.append(chunk, 0, bytes));
  stream.send(head);
  for (; bytes > 0; bytes -= std::min<std::uint64_t>(bytes, chunk_bytes))
    stream.send(
        std::string_view(chunk).substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(bytes, chunk_bytes))));
}

void serve(int socket, SSL_CTX* tls) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  bench::Stream stream(socket);
  if (tls != nullptr) stream.start_tls_server(tls);
  while (true) {
    const std::string request = stream.receive_until(tls != nullptr ? "\r\n\r\n" : "\n");
    if (request.empty()) return;
    const std::uint64_t bytes = std::strtoull(request.c_str() + (tls != nullptr ? 5 : 2), nullptr, 10);
    std::string head;
    if (tls != nullptr)
      head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n";
    send_body(stream, std::move(head), bytes);
  }
}

SSL_CTX* tls_context(const char* certificate, const char* key) {
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
    bench::die("certificate");
  return context;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) bench::die("usage: gate-origin ADDRESS [CERTIFICATE KEY]");
  std::signal(SIGPIPE, SIG_IGN);
  SSL_CTX* const tls = argc == 4 ? tls_context(argv[2], argv[3]) : nullptr;
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  socklen_t size = sizeof here;
  if (inet_pton(AF_INET, argv[1], &here.sin_addr) != 1 ||
      ::bind(listener, reinterpret_cast<sockaddr*>(&here), sizeof here) != 0 || ::listen(listener, SOMAXCONN) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&here), &size) != 0)
    bench::die("listen");
  std::printf("%d\n", ntohs(here.sin_port));
  std::fflush(stdout);
  std::thread([] {
    char byte = 0;
    while (::read(0, &byte, 1) > 0) {
    }
    std::_Exit(0);
  }).detach();
  while (true) {
    const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) std::thread(serve, client, tls).detach();
  }
}
