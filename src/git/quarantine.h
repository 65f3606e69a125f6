// The bare repository on the host that a session pushes to. The guest talks to it through receive.h only and never
// touches its files; its objects are new ones, everything older comes from the host's stores through alternates.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/oid.h"
#include "git/repository.h"
#include "git/runner.h"

namespace bailey::git {

struct QuarantineSpec {
  std::string path;  // absolute; must not exist; its parent must
  ObjectFormat format = ObjectFormat::sha1;
  std::vector<std::string> object_stores;  // HostRepository::object_stores; may be empty (no host repository)
  std::string branch;                      // short name of the session's branch
  Oid head;                                // where the branch starts; zero: unborn
  std::string shallow;                     // HostRepository::shallow
};

// Writes the files by hand: no process, all modes 0600/0700. Nothing stays behind when it fails.
[[nodiscard]] Status create_quarantine(const QuarantineSpec& spec);
// The same files read back, as a repository for RefStore.
[[nodiscard]] Result<HostRepository> open_quarantine(const std::string& path);
// Drops what a killed push left behind (incoming objects, locks). Call only while no push runs.
[[nodiscard]] Status clean_quarantine(const std::string& path);

// What the host has of the session's branch as far as we know: its start, then each tip that landed. Never advertised.
inline constexpr std::string_view landed_ref = "refs/bailey/landed";

// "--strict=…" for git index-pack: the same severities as receive.fsck in the quarantine's config.
[[nodiscard]] std::string strict_option();

// True when every commit of `tip` is reachable from `others` as well: nothing is lost when `tip` goes. False too when
// git can't tell (a broken branch among them). The quarantine's stores hold all of these.
[[nodiscard]] Result<bool> is_contained(const GitRunner& runner, const HostRepository& quarantine, const Oid& tip,
                                        const std::vector<Oid>& others);

}  // namespace bailey::git
