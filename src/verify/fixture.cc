#include "verify/fixture.h"

#include <grp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <random>

#include "os/files.h"

namespace bailey::verify {
namespace {

constexpr mode_t private_directory = 0700;
constexpr mode_t program_mode = 0755;
constexpr std::size_t program_bytes_max = std::size_t{16} << 20;
constexpr const char* some_program = "/bin/true";  // dynamically linked, for the loader act

struct File {
  std::string_view path;
  std::string_view text;
};
constexpr File files[] = {
    {fixture_path::secret, "a private key\n"},
    {fixture_path::startup_file, "# the user's profile\n"},
    {fixture_path::audit_log, "{}\n"},
    {fixture_path::repository_file, "# the user's repository\n"},
    {fixture_path::git_config, "[core]\n\tbare = false\n"},
    {fixture_path::git_hook, "#!/bin/sh\n"},
};
constexpr std::string_view directories[] = {fixture_path::home, fixture_path::workspace, fixture_path::secret_directory,
                                            fixture_path::session, "repository/.git/hooks"};

std::string random_digits() {
  std::random_device source;
  return std::to_string(100'000'000 + source() % 900'000'000);
}

}  // namespace

int become(const sandbox::HostIds& ids) {
  if (::geteuid() != 0) return 0;
  if (::setgroups(0, nullptr) != 0 || ::setresgid(ids.gid, ids.gid, ids.gid) != 0 ||
      ::setresuid(ids.uid, ids.uid, ids.uid) != 0)
    return errno;
  return 0;
}

Result<Fixture> Fixture::create(const std::string& state, const sandbox::HostIds& ids) {
  TRY_STATUS(os::make_directories(state, private_directory));
  std::string name = os::join(state, "verify-XXXXXX");
  Fixture fixture;
  if (::mkdtemp(name.data()) == nullptr) return fail_errno("make a directory in '" + state + "'");
  fixture.directory_ = name;
  TRY_STATUS(fixture.fill(ids));
  return fixture;
}

Fixture::~Fixture() {
  if (!directory_.empty()) (void)os::remove_tree(directory_);
}

std::string Fixture::path(std::string_view name) const { return os::join(directory_, name); }

Status Fixture::fill(const sandbox::HostIds& ids) {
  for (const auto name : directories) TRY_STATUS(os::make_directories(path(name), private_directory));
  for (const auto& file : files) TRY_STATUS(os::write_file(path(file.path), file.text));
  const std::string program = TRY(os::read_file(some_program, program_bytes_max));
  TRY_STATUS(os::write_file(path(fixture_path::program), program, program_mode));
  TRY_STATUS(os::write_file(path("workspace/README"), "# the user's repository\n", 0644));
  if (::geteuid() == 0)
    for (const auto name : {std::string_view("workspace/README"), fixture_path::home, fixture_path::workspace})
      if (::chown(path(name).c_str(), ids.uid, ids.gid) != 0)
        return fail_errno("give '" + path(name) + "' to the agent");

  marker_ = "3600." + random_digits();
  os::Command sleeper;
  sleeper.argv = {"/bin/sleep", marker_};
  sleeper.environment = {"SECRET=of the user"};
  sleeper.changes_user = true;
  sleeper.before_exec = [&ids] {
    const int error = become(ids);
    // Where Yama guards the user's processes this one can be traced all the same: it stands for one without that guard.
    (void)::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    return error;
  };
  process_ = TRY(os::spawn(sleeper));
  return {};
}

}  // namespace bailey::verify
