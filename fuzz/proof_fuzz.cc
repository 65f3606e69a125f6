// Any bytes as a connection's first: TLS is never accepted for another name than the authority's, and what was decided
// stays decided when more bytes come.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/client_hello.h"
#include "gateway/proof.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::gateway;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Authority authority{.host = "example.com", .port = 443};
  const Verdict verdict{.action = RuleAction::allow};
  const Proof proof = prove(authority, verdict, input);
  if (proof.spoken == Spoken::other) std::abort();  // port 443, and no rule names it
  if (proof.spoken == Spoken::tls) {
    const auto scan = scan_client_hello(input);
    if (!scan || scan->hello.server_name != authority.host || scan->hello.has_encrypted_hello) std::abort();
  }
  const Proof earlier = prove(authority, verdict, input.substr(0, size / 2));
  if (earlier.spoken != Spoken::need_more && earlier.spoken != proof.spoken) std::abort();
  return 0;
}
