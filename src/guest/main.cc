// bailey-guest: the one program of ours inside the sandbox. What it does depends on the name it is called by:
// `git-remote-bailey` and `bailey-sign` for git, `bailey` for the agent and for the supervisor's auto-save. It has no
// authority: everything it can do, the agent can do as well.
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "guest/autosave.h"
#include "guest/clone.h"
#include "guest/credential.h"
#include "guest/remote_helper.h"
#include "guest/request.h"
#include "guest/restore.h"
#include "guest/settle.h"
#include "guest/sign.h"
#include "guest/teach.h"
#include "guest/text.h"

namespace {

using namespace bailey::guest;

int run_command(std::string_view command, std::span<const std::string_view> arguments) {
  if (command == "help" || command == "--help" || command == "-h") return help();
  if (command == "status") return status();
  if (command == "autosave") return autosave();
  if (command == "explain") return explain(arguments);
  if (command == "request") return request(arguments);
  if (command == "git-credential") return git_credential(arguments);  // for git: not in the help
  if (command == "clone") return clone(arguments);                    // for the supervisor: not in the help
  if (command == "restore") return restore();                         // for the supervisor: not in the help
  if (command == "settle") return settle(arguments);                  // for the supervisor: not in the help
  std::fprintf(stderr, "bailey: no command '%s' inside the sandbox: status, autosave, explain, request, help\n",
               visible(command).c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view path = argc > 0 ? argv[0] : "";
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::vector<std::string_view> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (name == "bailey-sign") return sign(std::span(argv + 1, argv + argc));
  if (name == "git-remote-bailey") return remote_helper(arguments);
  if (arguments.empty()) return help();
  return run_command(arguments.front(), std::span(arguments).subspan(1));
}
