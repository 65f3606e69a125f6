// The commands that init runs for the supervisor: the agent, each `bailey exec`, and the auto-save at the end.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "base/fd.h"
#include "init/protocol.h"
#include "init/wire.h"

namespace bailey::init {

struct Standard {
  Fd streams[3];  // given by the supervisor for a command without a terminal
};

class Commands {
 public:
  explicit Commands(int control) : control_(control) {}

  // Answers `started` or `refused`.
  void start(WireReader& request, Fd program, Standard standard);
  void signal(WireReader& request) const;
  // SIGTERM to everybody else, a grace, SIGKILL; answers `quiet` when nobody is left.
  void kill_rest();
  // Collects ended processes and answers `ended` for those that are commands.
  void reap();

 private:
  struct Running {
    pid_t pid = 0;
    std::uint32_t id = 0;
  };
  void note_end(pid_t pid, int status);

  int control_;
  Running running_[commands_max];
};

}  // namespace bailey::init
