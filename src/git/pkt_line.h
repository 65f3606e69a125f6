// pkt-line framing, strictly: gitprotocol-common(5), gitprotocol-v2(5). Four lower- or upper-case hexadecimal digits
// give the length with themselves; 0000 flush, 0001 delimiter, 0002 response end; 0003 is malformed, 0004 an empty
// line.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::git {

inline constexpr std::size_t pkt_bytes_max = 65520;  // with the length
inline constexpr std::size_t pkt_payload_bytes_max = pkt_bytes_max - 4;

enum class PktKind { data, flush, delimiter, response_end };
struct Pkt {
  PktKind kind = PktKind::flush;
  std::string_view payload;  // into the input
  std::size_t bytes = 0;     // of input that it took
};

// The first packet of `input`; nullopt: more input is needed. Never looks beyond the packet.
[[nodiscard]] Result<std::optional<Pkt>> parse_pkt(std::string_view input);

// `payload` of at most pkt_payload_bytes_max bytes.
void append_pkt(std::string& out, std::string_view payload);
inline void append_flush(std::string& out) { out += "0000"; }
enum class Band : char { data = 1, progress = 2, error = 3 };
// side-band-64k: split into as many packets as needed.
void append_band(std::string& out, Band band, std::string_view bytes);

// Waits for bytes and reads at most `bytes_max` of them; empty: the other side closed.
[[nodiscard]] Result<std::string> read_some(int fd, std::size_t bytes_max,
                                            std::chrono::steady_clock::time_point deadline);

// Packets from a socket or pipe, each read within the deadline. Reads ahead; what was read beyond the last packet
// is handed over by take_rest().
class PktReader {
 public:
  PktReader(int fd, std::chrono::steady_clock::time_point deadline) : fd_(fd), deadline_(deadline) {}
  // The payload stays valid until the next call.
  [[nodiscard]] Result<Pkt> next();
  [[nodiscard]] std::string take_rest();

 private:
  int fd_;  // borrowed
  std::chrono::steady_clock::time_point deadline_;
  std::string buffer_;
  std::size_t used_ = 0;
};

}  // namespace bailey::git
