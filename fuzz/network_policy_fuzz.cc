// A policy is refused, or decides: what may be connected to may be resolved, and a request never has more than its
// connection.
#include <cstdint>
#include <cstdlib>

#include "gateway/network_policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::gateway;
  const auto policy = policy_from_json({reinterpret_cast<const char*>(data), size});
  if (!policy) return 0;
  for (const auto* host : {"a.com", "b.a.com", "evil.example"}) {
    const Authority authority{.host = host, .port = 443};
    const auto connection = policy->decide(authority);
    if (connection.allowed() && !policy->decide_name(host).allowed()) std::abort();
    for (const auto* path : {"/", "/x/y", "/x/../y"}) {
      if (policy->decide(authority, "GET", path).allowed() && !connection.allowed()) std::abort();
    }
  }
  const Authority metadata{.host = "169.254.169.254", .port = 80, .is_literal = true};
  if (const auto verdict = policy->decide(metadata); verdict.allowed() && !verdict.allow_private) std::abort();
  return 0;
}
