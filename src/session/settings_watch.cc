#include "session/settings_watch.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "os/files.h"

namespace bailey::session {

Result<std::unique_ptr<SettingsWatch>> SettingsWatch::open(event::Loop& loop, const std::string& home,
                                                           const std::vector<std::string>& paths,
                                                           std::function<void(const std::string& path)> on_read) {
  std::unique_ptr<SettingsWatch> watch(new SettingsWatch(std::move(on_read)));
  watch->events_ = Fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watch->events_) return fail_errno("watch settings files");
  for (const auto& path : paths) watch->add(home, path, 0);
  watch->watch_ = TRY(loop.watch(watch->events_.get(), event::Interest::read,
                                 [self = watch.get()](event::Ready) { self->on_readable(); }));
  return watch;
}

// The directory was filled by us a moment ago and nothing of the agent runs yet: its paths lead where they say.
void SettingsWatch::add(const std::string& home, const std::string& path, int depth) {
  const std::string full = os::join(home, path);
  struct stat status {};
  if (paths_.size() == settings_watches_max || depth > settings_depth_max || ::lstat(full.c_str(), &status) != 0)
    return;
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return;
  const int number = ::inotify_add_watch(events_.get(), full.c_str(), IN_OPEN | IN_ACCESS | IN_DONT_FOLLOW);
  if (number < 0) return;
  paths_[number] = path;
  if (!S_ISDIR(status.st_mode)) return;
  for (const auto& name : os::list_directory(full).value_or(std::vector<std::string>()))
    if (os::is_directory(os::join(full, name))) add(home, os::join(path, name), depth + 1);
}

void SettingsWatch::on_readable() {
  alignas(inotify_event) char buffer[16 * 1024];
  const ssize_t count = ::read(events_.get(), buffer, sizeof buffer);
  std::string before;
  for (ssize_t at = 0; at + ssize_t(sizeof(inotify_event)) <= count;) {
    inotify_event event{};
    std::memcpy(&event, buffer + at, sizeof event);
    const char* const name = buffer + at + sizeof event;
    at += static_cast<ssize_t>(sizeof event + event.len);
    const auto found = paths_.find(event.wd);
    if (found == paths_.end() || (event.mask & IN_ISDIR) != 0 || (event.mask & (IN_OPEN | IN_ACCESS)) == 0) continue;
    std::string path = event.len == 0 ? found->second : os::join(found->second, name);
    if (path != before) on_read_(path);  // an open and its reads come together
    before = std::move(path);
  }
}

}  // namespace bailey::session
