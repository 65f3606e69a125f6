// Objects from the quarantine into the host's store: git pack-objects | git index-pack. Internal to the room; see
// landing.h.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/oid.h"
#include "git/repository.h"
#include "git/runner.h"

namespace bailey::git {

// Keeps a concurrent `git gc` of the user from pruning what no ref names yet: the pack's .keep file, removed on
// destruction (gitrepository-layout(5), "pack-*.keep").
class KeptPack {
 public:
  KeptPack() = default;
  explicit KeptPack(std::string keep_file) : keep_file_(std::move(keep_file)) {}
  KeptPack(KeptPack&& other) noexcept : keep_file_(std::exchange(other.keep_file_, {})) {}
  KeptPack& operator=(KeptPack&& other) noexcept;
  ~KeptPack() { release(); }

 private:
  void release();
  std::string keep_file_;
};

// All that `tip` needs and `have` (tips whose history the host has) does not. Complete on return: the tip's whole
// history is checked to be readable from the host's stores alone, back to `have`.
[[nodiscard]] Result<KeptPack> transfer_objects(const GitRunner& runner, const HostRepository& quarantine,
                                                const HostRepository& host, const Oid& tip,
                                                const std::vector<Oid>& have);

}  // namespace bailey::git
