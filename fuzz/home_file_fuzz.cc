// A settings file of any content: no secret of the session is left in what the agent gets.
#include <cstdint>
#include <cstdlib>

#include "credentials/home_file.h"
#include "credentials/placeholder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  credentials::Vault vault(std::string(credentials::placeholder_seed_bytes, 's'));
  policy::SecretRule rule;
  rule.id = "key";
  constexpr std::string_view secret = "ghp_0123456789abcdefghij";
  if (!vault.put(rule, credentials::SecretText(secret))) std::abort();
  const auto made =
      credentials::placeholder_file(text, (data[0] & 1) != 0 ? "a.toml" : "a.json", {"/a/b", "a.b"}, vault);
  if (made && made->text.find(secret) != std::string::npos) std::abort();
  if (!credentials::decode_keep(credentials::encode(vault.keep()))) std::abort();
  return 0;
}
