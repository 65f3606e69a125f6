// The session's keep as the gateway works with it: which secrets belong to a host, and how to find them elsewhere.
// Immutable: a change makes a new one, and requests that are under way keep the old one until they end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "credentials/keep.h"
#include "gateway/canary.h"

namespace bailey::gateway {

using SecretNumbers = std::vector<std::uint32_t>;

class KeepIndex {
 public:
  KeepIndex() : KeepIndex(credentials::Keep{}) {}
  explicit KeepIndex(credentials::Keep keep);
  KeepIndex(const KeepIndex&) = delete;
  KeepIndex& operator=(const KeepIndex&) = delete;

  [[nodiscard]] bool empty() const { return keep_.secrets.empty(); }
  [[nodiscard]] const credentials::KeptSecret& secret(std::uint32_t number) const { return keep_.secrets[number]; }
  // Those that may go there (over TLS), in the keep's order. A pattern without a port means 443.
  [[nodiscard]] SecretNumbers at(std::string_view host, std::uint16_t port) const;
  [[nodiscard]] const CanarySet& canaries() const { return canaries_; }

 private:
  struct Place {
    std::uint32_t secret = 0;
    std::uint16_t port = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Table = std::unordered_map<std::string, std::vector<Place>, Hash, std::equal_to<>>;

  credentials::Keep keep_;
  CanarySet canaries_;
  Table hosts_;
  Table domains_;
};

}  // namespace bailey::gateway
