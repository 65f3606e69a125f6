// Lines of a push to a remote, split at 0xFF: whatever is let through changes each ref once, from what the remote has.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "git/publish_decision.h"
#include "git/push_request.h"
#include "git/ref_name.h"
#include "git/remote_channel.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::git;
  std::vector<std::string> lines(1);
  for (std::size_t i = 0; i < size; ++i) {
    if (data[i] == 0xFF) lines.emplace_back();
    else lines.back() += static_cast<char>(data[i]);
  }
  (void)parse_supervisor_line(lines.front());
  const auto request = parse_push_request(lines, ObjectFormat::sha1, publish_commands_max);
  if (!request) return 0;
  const PublishFacts facts{ObjectFormat::sha1, {{"refs/heads/main", *Oid::parse(std::string(40, 'a'))}}, {}};
  const auto decision = check_publish_request(*request, facts);
  if (decision.verdict == PushVerdict::deny) {
    if (decision.reason.empty()) std::abort();
    return 0;
  }
  std::set<std::string> names;
  for (const auto& command : request->commands) {
    if (!names.insert(command.ref).second || !check_ref_name(command.ref)) std::abort();
    if (command.ref.starts_with("refs/bailey/") || command.ref.starts_with("refs/namespaces/")) std::abort();
    const bool is_main = command.ref == "refs/heads/main";
    if (command.old_oid != (is_main ? facts.refs[0].oid : Oid())) std::abort();
  }
  return 0;
}
