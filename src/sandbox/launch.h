// Carries out a SandboxPlan: clones init into its namespaces and talks to it (init/protocol.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "os/process.h"
#include "sandbox/limits.h"
#include "sandbox/plan.h"

namespace bailey::sandbox {

struct CommandSpec {
  std::uint32_t id = 0;  // chosen by the caller, unique among running ones
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::string directory = workspace_path;
  bool terminal = false;
  std::uint16_t rows = 24;
  std::uint16_t columns = 80;
  int standard[3] = {-1, -1, -1};  // borrowed; without a terminal all three are needed
};

struct Started {
  std::uint32_t id = 0;
  Fd terminal;  // the master side
};
struct Refused {
  std::uint32_t id = 0;
  int error = 0;  // errno of execve(2) and the steps before it
};
struct Ended {
  std::uint32_t id = 0;
  int wait_status = 0;
};
struct Quiet {};  // nobody but init is left
struct Gone {};   // init has ended: everything inside is dead
using SandboxEvent = std::variant<Started, Refused, Ended, Quiet, Gone>;

class Sandbox {
 public:
  // Second half of a launch: blocks until init has built the sandbox. An error names the stage that failed and a
  // remedy.
  [[nodiscard]] Status wait_until_built();
  // Readable when an event waits.
  [[nodiscard]] int control() const { return control_.get(); }
  [[nodiscard]] pid_t init_pid() const { return init_.pid(); }
  [[nodiscard]] int landlock_abi() const { return landlock_abi_; }
  // With SandboxPlan::gateway: the sockets that its connections arrive at, by init::Listener; empty where there is
  // none.
  [[nodiscard]] std::vector<Fd>& listeners() { return listeners_; }
  // With SandboxPlan::gateway: for read_refused_traffic(), or -1.
  [[nodiscard]] int counters() const { return counters_.get(); }
  // Blocks for one event.
  [[nodiscard]] Result<SandboxEvent> next_event();
  [[nodiscard]] Status start(const CommandSpec& command) const;
  void signal(std::uint32_t id, int number) const;
  // Ends every command, gently first; Quiet follows.
  void kill_rest() const;
  // Kills whatever is left and waits until the kernel has taken the namespaces down.
  void destroy();

 private:
  friend Result<Sandbox> begin_launch(const SandboxPlan& plan, const std::string& init_program, const Cgroup& cgroup);
  os::Child init_;
  Fd control_;
  std::vector<Fd> listeners_;
  Fd counters_;
  int landlock_abi_ = 0;
};

// Sets init to work in its namespaces; whoever has something else to do meanwhile does it before wait_until_built().
[[nodiscard]] Result<Sandbox> begin_launch(const SandboxPlan& plan, const std::string& init_program,
                                           const Cgroup& cgroup);
// Builds the sandbox up to the point where commands can be started. An error names the stage that failed and a remedy;
// nothing is left behind then.
[[nodiscard]] Result<Sandbox> launch(const SandboxPlan& plan, const std::string& init_program, const Cgroup& cgroup);

// The setup as init reads it; `given` are descriptors of bind sources, by step, -1 where init opens the path itself.
[[nodiscard]] std::string encode_setup(const SandboxPlan& plan, const std::vector<int>& given);

}  // namespace bailey::sandbox
