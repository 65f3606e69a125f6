// A payload to be signed: what is read as a commit begins with its tree, and both of its people can be named.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "credentials/commit_payload.h"
#include "credentials/signing_ledger.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::credentials;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_signing_ledger(text, 0);
  const auto commit = parse_commit_payload(text);
  if (!commit) return 0;
  if (!text.starts_with("tree " + commit->tree + '\n') || commit->parents.size() > commit_parents_max) std::abort();
  if (text.find("\ngpgsig") < text.find("\n\n")) std::abort();
  if (commit->author.email.find('\n') != std::string::npos) std::abort();
  if (check_commit(*commit, {"A", "a@b"}, 0) && (commit->author.email != "a@b" || commit->committer.name != "A"))
    std::abort();
  return 0;
}
