// The guest's end of a broker's connection: read and written with limits of size and of time, because it may send a
// byte a second, nothing, or without end.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::broker {

inline constexpr std::chrono::seconds client_idle_max{5};        // between two bytes of one request
inline constexpr std::chrono::seconds client_operation_max{10};  // for a whole request, or a whole answer

struct ReadLimits {
  std::size_t bytes_max = 0;
  std::chrono::milliseconds first_byte = client_idle_max;  // how long it may take to begin
  std::chrono::milliseconds idle = client_idle_max;
  std::chrono::milliseconds whole = client_operation_max;  // from the first byte
};

class Client {
 public:
  // `in` and `out` are borrowed; they may be the same socket.
  Client(int in, int out) : in_(in), out_(out) {}

  // How many more bytes the request has at least; 0: it is complete.
  using Missing = std::function<std::size_t(std::string_view so_far)>;
  // An empty text: the client is done. What ends early is an error.
  [[nodiscard]] Result<std::string> read(const ReadLimits& limits, const Missing& missing) const;
  // Until the client closes its side.
  [[nodiscard]] Result<std::string> read_to_end(const ReadLimits& limits) const;
  [[nodiscard]] Status write(std::string_view bytes) const;
  [[nodiscard]] int socket() const { return in_; }

 private:
  // 0: it closed.
  [[nodiscard]] Result<std::size_t> take(std::string& into, std::size_t bytes_max,
                                         std::chrono::steady_clock::time_point deadline) const;

  int in_;
  int out_;
};

}  // namespace bailey::broker
