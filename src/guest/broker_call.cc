#include "guest/broker_call.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "guest/host_socket.h"
#include "guest/text.h"

namespace bailey::guest {
namespace {
constexpr std::size_t answer_bytes_max = 64 << 10;
constexpr std::string_view ok = "ok\n";
constexpr std::string_view refused = "refused ";
}  // namespace

bool read_whole(int fd, std::string& text, std::size_t bytes_max) {
  char buffer[4096];
  while (true) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > bytes_max) return false;
  }
}

bool write_whole(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

BrokerAnswer call_broker(std::string_view line, std::string_view request) {
  BrokerAnswer answer;
  const Fd host = connect_to_host();
  if (!host || !write_whole(host.get(), std::string(line) + '\n')) return answer;
  // It may have refused before it has read everything.
  (void)write_whole(host.get(), request);
  (void)::shutdown(host.get(), SHUT_WR);
  std::string text;
  (void)read_whole(host.get(), text, answer_bytes_max);
  if (text.starts_with(ok)) return {BrokerAnswer::Kind::ok, text.substr(ok.size())};
  if (!text.starts_with(refused)) return answer;
  return {BrokerAnswer::Kind::refused, visible(trim(std::string_view(text).substr(refused.size())))};
}

}  // namespace bailey::guest
