// A connection as a client or a server of the measurement sees it: TCP, with TLS on top or without. Everything blocks,
// a thread has one stream. Whatever goes wrong ends the program: a figure with a failure in it is no figure.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

[[noreturn]] void die(const std::string& what);

class Stream {
 public:
  explicit Stream(int socket) : socket_(socket) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  void start_tls_client(SSL_CTX* context, const std::string& host);
  void start_tls_server(SSL_CTX* context);
  void send(std::string_view bytes);
  // 0: the other side has ended.
  std::size_t receive(char* buffer, std::size_t bytes_max);
  // Up to and with `end`; empty when the other side ends before the first byte.
  std::string receive_until(std::string_view end);
  void skip(std::uint64_t bytes);

 private:
  int socket_;
  SSL* tls_ = nullptr;
  std::string ahead_;  // received, not asked for yet
};

int connect_to(const std::string& address, std::uint16_t port);

}  // namespace bench
