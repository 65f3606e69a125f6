// Any bytes as a request's head: what is let through holds no placeholder any more, and a value only where the rule
// says; what is refused is as it was. Signing anew reads whatever stands in Authorization.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/aws_signature.h"
#include "gateway/injector.h"
#include "gateway/keep_test_support.h"

namespace {

using namespace bailey::gateway;
using bailey::policy::SecretForm;

const KeepIndex& keep() {
  static const KeepIndex index(lab::one_secret(
      "realREALreal", "fakeFAKEfake",
      {{SecretForm::header, "X-Key"}, {SecretForm::bearer, ""}, {SecretForm::basic, ""}, {SecretForm::query, "k"}}));
  return index;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  auto parsed = parse_request_head(input);
  if (!parsed || !*parsed) return 0;
  RequestHead head = std::move((*parsed)->head);
  RequestHead before = head;
  const auto result = inject(keep(), {.host = "origin.example", .port = 443}, "https", head);
  if (result.refused) {
    if (head.fields != before.fields || head.path != before.path) std::abort();
  } else {
    for (const auto& field : head.fields)
      if (field.value.find("fakeFAKEfake") != std::string::npos) std::abort();
    if (head.path.find("fakeFAKEfake") != std::string::npos) std::abort();
  }
  const auto hash = stated_payload_hash(before);
  (void)sign_anew(before, {"id", "secret"}, hash.value_or("UNSIGNED-PAYLOAD"));
  return 0;
}
