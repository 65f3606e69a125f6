// How a client says whom it wants to reach, and how it is answered in the same language: the explicit HTTP proxy or
// SOCKS5. A transparent connection says nothing; its answers depend on what it speaks (proof.h). Bytes in and out, no
// I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/authority.h"
#include "gateway/refusal.h"

namespace bailey::gateway {

enum class Entrance { transparent, proxy, socks };

struct Introduced {
  Authority authority;
  std::string first_bytes;       // of what is to be carried
  bool is_http_request = false;  // they are a request for the authority, in the clear
};

enum class RefusalKind { forbidden, too_many, unreachable };

class Introduction {
 public:
  explicit Introduction(Entrance entrance) : entrance_(entrance) {}

  struct Step {
    std::string answer;  // to be sent in any case
    std::optional<Introduced> introduced;
    std::optional<Refusal> refused;  // the answer is the last
  };
  // Takes from `input` what it has understood.
  [[nodiscard]] Step hear(std::string& input);
  // The connection is made: what comes now is carried. Empty where nothing is to be said.
  [[nodiscard]] std::string welcome() const;
  // Instead of a welcome. Empty for a transparent connection.
  [[nodiscard]] std::string refusal(const Refusal& refusal, RefusalKind kind) const;

 private:
  Step hear_http(std::string& input);
  Step hear_socks(std::string& input);
  Step answer_socks_request(std::string& input);

  Entrance entrance_;
  bool is_greeted_ = false;
  bool is_http_request_ = false;
};

// An HTTP response that ends the connection, with the refusal as JSON.
[[nodiscard]] std::string http_refusal(int status, const Refusal& refusal);

}  // namespace bailey::gateway
