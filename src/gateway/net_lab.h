// For tests: real sockets on loopback, and a loop that runs until something is so.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/fd.h"
#include "event/loop.h"

namespace bailey::gateway::lab {

inline constexpr int patience_ms = 20'000;

inline Fd listen_on_loopback() {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(fd.get(), 1024), 0);
  return fd;
}

inline std::uint16_t port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  EXPECT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  return ntohs(address.sin_port);
}

// Blocking.
inline Fd connect_to(std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return fd;
}

// {one end, the other}: a TCP connection.
inline std::pair<Fd, Fd> tcp_pair() {
  const Fd listener = listen_on_loopback();
  Fd there = connect_to(port_of(listener.get()));
  pollfd ready{.fd = listener.get(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&ready, 1, patience_ms), 1);
  Fd here(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  return {std::move(there), std::move(here)};
}

inline void make_non_blocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

inline void run_until(event::Loop& loop, const std::function<bool()>& is_so) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  bool so = is_so();  // asked once a round: asking may consume what it sees
  while (!so && std::chrono::steady_clock::now() < give_up) {
    ASSERT_TRUE(loop.run_once(std::chrono::milliseconds(10)));
    so = is_so();
  }
  EXPECT_TRUE(so);
}

// What comes out of a socket until `bytes` are there or it ends, while the loop runs.
inline std::string receive(event::Loop& loop, int socket, std::size_t bytes = SIZE_MAX) {
  std::string got;
  std::string buffer(std::size_t{256} << 10, '\0');
  bool ended = false;
  run_until(loop, [&] {
    for (int i = 0; i < 64 && got.size() < bytes; ++i) {
      const ssize_t count = ::recv(socket, buffer.data(), std::min(buffer.size(), bytes - got.size()), MSG_DONTWAIT);
      if (count > 0) got.append(buffer, 0, static_cast<std::size_t>(count));
      else if (count == 0 || (errno != EAGAIN && errno != EINTR)) ended = true;
      if (count <= 0) break;
    }
    return ended || got.size() >= bytes;
  });
  return got;
}

inline void send_all(int socket, std::string_view bytes) {
  ASSERT_EQ(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

}  // namespace bailey::gateway::lab
