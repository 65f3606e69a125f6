// For tests: one act in a child of its own, behind chosen walls.
#pragma once

#include <grp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "sandbox/child_process.h"
#include "verify/acts/fresh_namespaces.h"
#include "verify/acts/groups.h"

namespace bailey::verify {

enum class As { caller, user, fresh_root };  // user: nobody, when we are root

inline bool become(As who) {
  constexpr uid_t nobody = 65534;
  if (who != As::caller && ::geteuid() == 0)
    if (::setgroups(0, nullptr) != 0 || ::setresgid(nobody, nobody, nobody) != 0 ||
        ::setresuid(nobody, nobody, nobody) != 0 || ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0)
      return false;
  return who != As::fresh_root || enter_fresh_namespaces() == 0;
}

// `wall` runs in the child just before the act and returns whether it stands.
template <typename Wall>
ActResult run_act(const char* name, const std::vector<const char*>& arguments, As who, Wall wall) {
  const Act* act = find_act(name);
  if (act == nullptr) return unavailable("there is no act %s", name);
  void* page = ::mmap(nullptr, sizeof(ActResult), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) ActResult(unavailable("the child died"));
  (void)sandbox::in_child([&] {
    if (!become(who)) *shared = unavailable("could not change identity");
    else if (!wall()) *shared = unavailable("the wall could not be built");
    else *shared = act->run({static_cast<int>(arguments.size()), arguments.data()});
    return 0;
  });
  const ActResult result = *shared;
  ::munmap(page, sizeof(ActResult));
  return result;
}

inline bool no_wall() { return true; }

}  // namespace bailey::verify
