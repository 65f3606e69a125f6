// For the test of a full disk: lands shell/one from a quarantine into a bare repository on a tiny file system, says
// what happened, makes room and tries again. A program of its own because it must start inside the mount namespace.
#include <sys/mount.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "git/confine.h"
#include "git/landing.h"
#include "git/service.h"
#include "os/files.h"

using namespace bailey;

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string host_path = *os::real_path(argv[1]);
  const std::string quarantine = *os::real_path(argv[2]);
  const auto host = git::open_host_repository(host_path);
  const git::GitRunner runner(git::find_git(), git::landlock_confiner());
  const SystemClock clock;
  const auto attempt = [&] { return git::land(runner, {*host, quarantine, "shell-one", "shell/one"}, clock); };
  const auto first = attempt();
  std::printf("%s\n", first ? "landed at once" : ("refused: " + to_lines(first.error())).c_str());
  const std::string fsck = "git -C '" + host_path + "' fsck --strict --no-dangling && test -z \"$(ls '" + host_path +
                           "'/objects/pack/*.keep 2>/dev/null)\" && echo sound";
  std::fflush(stdout);
  (void)!std::system(fsck.c_str());
  const std::string mount_point(os::directory_name(host_path));
  if (::mount(nullptr, mount_point.c_str(), nullptr, MS_REMOUNT, "size=64m") != 0) std::perror("remount");
  const auto second = attempt();
  std::printf("%s\n", second ? "then landed" : to_lines(second.error()).c_str());
  return 0;
}
