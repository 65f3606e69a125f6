#include "git/pkt_line.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/text.h"

namespace bailey::git {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::size_t length_digits = 4;
constexpr std::size_t read_bytes = 65536;

}  // namespace

Result<std::optional<Pkt>> parse_pkt(std::string_view input) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < std::min(input.size(), length_digits); ++i) {
    const int digit = hex_value(input[i]);
    if (digit < 0) return fail("pkt-line", "the length is not hexadecimal: '" + visible(input.substr(0, 4)) + "'");
    length = length * 16 + static_cast<std::size_t>(digit);
  }
  if (input.size() < length_digits) return std::optional<Pkt>();
  switch (length) {
    case 0:
      return Pkt{PktKind::flush, {}, length_digits};
    case 1:
      return Pkt{PktKind::delimiter, {}, length_digits};
    case 2:
      return Pkt{PktKind::response_end, {}, length_digits};
    case 3:
      return fail("pkt-line", "length 3 is impossible");
    default:
      break;
  }
  if (length > pkt_bytes_max) return fail("pkt-line", "longer than " + std::to_string(pkt_bytes_max) + " bytes");
  if (input.size() < length) return std::optional<Pkt>();
  return Pkt{PktKind::data, input.substr(length_digits, length - length_digits), length};
}

void append_pkt(std::string& out, std::string_view payload) {
  char length[length_digits + 1];
  std::snprintf(length, sizeof length, "%04zx", std::min(payload.size(), pkt_payload_bytes_max) + length_digits);
  out.append(length, length_digits).append(payload.substr(0, pkt_payload_bytes_max));
}

void append_band(std::string& out, Band band, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, pkt_payload_bytes_max - 1);
    append_pkt(out, std::string(1, static_cast<char>(band)).append(part));
    bytes.remove_prefix(part.size());
  }
}

Result<std::string> read_some(int fd, std::size_t bytes_max, std::chrono::steady_clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return fail("read from the guest", "nothing came within the time limit");
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::min<long long>(left.count(), 60'000)));
    if (ready < 0 && errno != EINTR) return fail_errno("poll");
    if (ready <= 0) continue;
    std::string bytes(bytes_max, '\0');
    const ssize_t count = ::read(fd, bytes.data(), bytes.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return fail_errno("read from the guest");
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
  }
}

Result<Pkt> PktReader::next() {
  buffer_.erase(0, used_);
  used_ = 0;
  while (true) {
    if (const auto pkt = TRY(parse_pkt(buffer_))) {
      used_ = pkt->bytes;
      return *pkt;
    }
    const auto more = TRY(read_some(fd_, read_bytes, deadline_));
    if (more.empty()) return fail("read a packet", buffer_.empty() ? "the other side closed" : "cut off in a packet");
    buffer_ += more;
  }
}

std::string PktReader::take_rest() {
  std::string rest = buffer_.substr(used_);
  buffer_.clear();
  used_ = 0;
  return rest;
}

}  // namespace bailey::git
