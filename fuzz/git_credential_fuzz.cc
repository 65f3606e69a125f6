// A request of git's credential protocol: what is found is one of the remotes, and nothing of the request goes on.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "credentials/git_credential.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::credentials;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<GitCredentialTarget> targets = {{"https", "github.com", "", "o/r.git", "me"}};
  (void)parse_fill_answer(text, targets[0]);
  const auto request = parse_git_credential(text);
  if (!request) return 0;
  if (size > git_credential_bytes_max) std::abort();
  if (const auto* target = find_target(targets, *request); target != nullptr) {
    if (request->protocol != "https" || request->host != "github.com") std::abort();
    if (!request->path.empty() && request->path != "o/r" && request->path != "o/r.git") std::abort();
    if (!request->username.empty() && request->username != "me") std::abort();
  }
  return 0;
}
