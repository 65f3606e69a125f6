// A placeholder is as long as its secret and another text; one of a JSON web token is such a token.
#include <cstdint>
#include <cstdlib>

#include "credentials/looks_secret.h"
#include "credentials/placeholder.h"
#include "credentials/web_token.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::credentials;
  const std::string_view secret(reinterpret_cast<const char*>(data), size);
  static const std::string seed(placeholder_seed_bytes, 's');
  const auto made = make_placeholder(secret, seed, "label", {});
  if (made && (made->size() != secret.size() || *made == secret)) std::abort();
  if (is_web_token(secret)) {
    SeededBytes bytes(seed, "x", 0);
    if (const auto token = web_token_placeholder(secret, bytes); token && !is_web_token(*token)) std::abort();
  }
  if (const auto bytes = from_base64url(secret); bytes && to_base64url(*bytes) != secret) std::abort();
  (void)looks_secret(secret.substr(0, size / 2), secret.substr(size / 2));
  return 0;
}
