// bailey-broker KIND: one connection of the guest (broker/description.h). A program of its own, because it needs
// libcrypto, which the supervisor should neither load nor trust with its memory.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "broker/broker.h"
#include "git/remote_runner.h"
#include "json/read.h"
#include "os/files.h"

namespace bailey::broker {
namespace {

// A group of its own, which the supervisor ends with us: the user's programs start others. No core: a password may be
// in this memory.
Status prepare_process() {
  const rlimit none{0, 0};
  if (::setpgid(0, 0) != 0 || ::setrlimit(RLIMIT_CORE, &none) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return fail_errno("prepare the broker");
  ::signal(SIGPIPE, SIG_IGN);
  return {};
}

std::vector<std::string> environment() {
  auto list = git::own_environment();
  for (const char* own : {"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never", "SSH_ASKPASS_REQUIRE=never",
                          "GIT_OPTIONAL_LOCKS=0"})
    list.emplace_back(own);
  const auto has_askpass =
      std::any_of(list.begin(), list.end(), [](const std::string& entry) { return entry.starts_with("GIT_ASKPASS="); });
  if (!has_askpass) list.emplace_back("GIT_ASKPASS=/bin/false");
  return list;
}

Result<Description> read_description() {
  if (::lseek(description_fd, 0, SEEK_SET) < 0) return fail_errno("read what the broker was given");
  const auto text = TRY(os::read_all(description_fd, description_bytes_max));
  const auto value = TRY(json::read(text, "description", {.bytes_max = description_bytes_max}));
  ::close(description_fd);
  return description_from_json(value);
}

// How it goes is told in answers and events. Not in the supervisor's log: whoever is on the other side could fill it.
void serve(const Scene& scene, Kind kind) {
  switch (kind) {
    case Kind::git_credential:
      return (void)serve_git_credential(scene);
    case Kind::ssh_agent:
      return (void)serve_ssh_agent(scene);
    case Kind::sign_gpg:
      return (void)serve_signing(scene, credentials::SigningFormat::gpg);
    case Kind::sign_ssh:
      return (void)serve_signing(scene, credentials::SigningFormat::ssh);
  }
}

Status run(std::string_view word) {
  TRY_STATUS(prepare_process());
  const auto* found = std::find(std::begin(kind_words), std::end(kind_words), word);
  if (found == std::end(kind_words)) return fail("start the broker", "there is none of this kind");
  const auto description = TRY(read_description());
  const Scene scene{description, Client(STDIN_FILENO, STDOUT_FILENO), Supervisor(supervisor_fd), environment()};
  serve(scene, static_cast<Kind>(found - std::begin(kind_words)));
  return {};
}

}  // namespace
}  // namespace bailey::broker

int main(int argc, char** argv) {
  const auto done = bailey::broker::run(argc == 2 ? argv[1] : "");
  if (done) return 0;
  std::fprintf(stderr, "bailey-broker: %s\n", bailey::to_lines(done.error()).c_str());
  return 1;
}
