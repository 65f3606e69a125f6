#include "broker/client.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace bailey::broker {
namespace {

using Clock = std::chrono::steady_clock;

// False: not before the deadline.
bool wait_for(int fd, short events, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd waiting{fd, events, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<long long>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

}  // namespace

Result<std::size_t> Client::take(std::string& into, std::size_t bytes_max, Clock::time_point deadline) const {
  while (true) {
    if (!wait_for(in_, POLLIN, deadline)) return fail("read the request", "it did not come in time");
    char buffer[4096];
    const ssize_t count = ::recv(in_, buffer, std::min(sizeof buffer, bytes_max), MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return fail_errno("read the request");
    into.append(buffer, static_cast<std::size_t>(count));
    return static_cast<std::size_t>(count);
  }
}

Result<std::string> Client::read(const ReadLimits& limits, const Missing& missing) const {
  std::string text;
  auto whole = Clock::time_point::max();
  auto deadline = Clock::now() + limits.first_byte;
  for (auto wanted = missing(text); wanted > 0; wanted = missing(text)) {
    if (text.size() + wanted > limits.bytes_max) return fail("read the request", "it is too long");
    const auto count = TRY(take(text, wanted, deadline));
    if (count == 0 && text.empty()) return text;
    if (count == 0) return fail("read the request", "it ended early");
    if (whole == Clock::time_point::max()) whole = Clock::now() + limits.whole;
    deadline = std::min(whole, Clock::now() + limits.idle);
  }
  return text;
}

Result<std::string> Client::read_to_end(const ReadLimits& limits) const {
  std::string text;
  const auto whole = Clock::now() + limits.whole;
  while (TRY(take(text, limits.bytes_max + 1 - text.size(), std::min(whole, Clock::now() + limits.idle))) > 0)
    if (text.size() > limits.bytes_max) return fail("read the request", "it is too long");
  return text;
}

Status Client::write(std::string_view bytes) const {
  const auto deadline = Clock::now() + client_operation_max;
  while (!bytes.empty()) {
    if (!wait_for(out_, POLLOUT, deadline)) return fail("answer the request", "nobody read the answer");
    const ssize_t count = ::send(out_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return fail_errno("answer the request");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace bailey::broker
