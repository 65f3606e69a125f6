// A branch name is refused, or safe as a path below refs/heads and as an argument; a session's name is always safe.
#include <cstdint>
#include <cstdlib>

#include "base/text.h"
#include "policy/branch_name.h"
#include "policy/session_name.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::policy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto branch = agent_branch("claude", text)) {
    if (!branch->starts_with("claude/") || branch->size() > branch_bytes_max || bailey::visible(*branch) != *branch ||
        branch->find("..") != std::string::npos || branch->find("//") != std::string::npos) {
      std::abort();
    }
  }
  for (const auto& name : {named_session("claude", text), session_name("claude", text, text)}) {
    if (name.size() > session_name_bytes_max || !name.starts_with("claude-") ||
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") != std::string::npos) {
      std::abort();
    }
  }
  return 0;
}
