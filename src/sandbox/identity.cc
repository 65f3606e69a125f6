#include "sandbox/identity.h"

#include <pwd.h>
#include <unistd.h>

#include "os/files.h"
#include "os/user.h"

namespace bailey::sandbox {
namespace {

unsigned first_of(std::string_view file, const IdentityFacts& facts) {
  const auto ranges = os::subordinate_ranges(file, facts.user, facts.uid);
  return ranges.empty() || ranges.front().first == 0 ? fallback_id : ranges.front().first;
}

}  // namespace

HostIds choose_ids(const IdentityFacts& facts) {
  if (facts.uid != 0) return {facts.uid, facts.gid};
  return {first_of(facts.subuid, facts), first_of(facts.subgid, facts)};
}

IdentityFacts identity_facts() {
  IdentityFacts facts;
  facts.uid = ::geteuid();
  facts.gid = ::getegid();
  if (facts.uid != 0) return facts;  // nothing else matters then
  facts.user = "root";
  facts.subuid = os::read_file("/etc/subuid").value_or("");
  facts.subgid = os::read_file("/etc/subgid").value_or("");
  return facts;
}

}  // namespace bailey::sandbox
