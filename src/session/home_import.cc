#include "session/home_import.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "credentials/home_defaults.h"
#include "credentials/home_file.h"
#include "credentials/home_path.h"
#include "os/files.h"

namespace bailey::session {
namespace {

using credentials::HomeEntry;

std::vector<std::string> selectors_in(const std::string& path, const std::vector<policy::SecretRule>& secrets) {
  std::vector<std::string> selectors;
  for (const auto& rule : secrets) {
    const auto source = policy::parse_secret_source(rule.source);
    if (source && source->kind == policy::SourceKind::file && source->name == path && !source->selector.empty())
      selectors.push_back(source->selector);
  }
  return selectors;
}

// A link of the user's that ends at a key or the like is a mistake, or somebody's work.
Status check_target(const std::string& path, const HomeEntry& entry, const HomeSource& source) {
  if (entry.path == path || !source.is_secret_name) return {};
  const auto parts = split(entry.path, '/');
  if (std::ranges::none_of(parts, [&](std::string_view part) {
        return source.is_secret_name(part) || part == ".ssh" || part == ".gnupg" || part == ".aws";
      }))
    return {};
  return fail("copy '~/" + path + "'", "it is a link to '~/" + entry.path + "', which looks like a secret",
              "put the file itself there");
}

Result<HomeEntry> open_source(const std::string& path, const HomeSource& source) {
  auto entry = TRY(credentials::open_below_home(source.home, path));
  TRY_STATUS(check_target(path, entry, source));
  return entry;
}

bool is_missing(const Error& error) { return error.code == ENOENT; }

}  // namespace

// One copied tree: what is left of its limits.
struct HomeImport::Copy {
  HomeEvent& event;
  const HomeSource& source;
  HomeWriter& writer;
  const credentials::Keep& keep;
  std::size_t bytes = 0;
  std::size_t skipped = 0;

  void file(const Fd& fd, const std::string& target, const struct stat& status) {
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > home_copy_file_bytes_max || bytes + size > home_copy_bytes_max || event.files >= home_copy_files_max) {
      ++skipped;
      return;
    }
    if (writer.has(target)) return;  // the agent's own by now
    auto text = os::read_all(fd.get(), home_copy_file_bytes_max);
    if (!text) {
      ++skipped;
      return;
    }
    event.replaced += credentials::replace_known(*text, keep);
    if (const auto done = writer.write(target, *text, (status.st_mode & S_IXUSR) != 0 ? 0700 : 0600); !done) ++skipped;
    else ++event.files;
    bytes += size;
    credentials::wipe(*text);
  }

  void directory(const Fd& fd, const std::string& target, int depth) {
    const auto names = os::list_directory("/proc/self/fd/" + std::to_string(fd.get()));
    if (!names || depth >= home_copy_depth_max) {
      ++skipped;
      return;
    }
    for (const auto& name : *names) {
      if (source.is_secret_name && source.is_secret_name(name)) {
        ++skipped;
        continue;
      }
      entry(fd, name, os::join(target, name), depth);
    }
  }

  void entry(const Fd& parent, const std::string& name, const std::string& target, int depth) {
    const auto fd = os::open_beneath(parent.get(), name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat status {};
    if (!fd || ::fstat(fd->get(), &status) != 0 || (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))) ++skipped;
    else if (S_ISDIR(status.st_mode)) directory(*fd, target, depth + 1);
    else file(*fd, target, status);
  }
};

HomeImport::HomeImport(HomeSource source, const std::vector<policy::HomeFile>& files,
                       const std::vector<policy::SecretRule>& secrets, credentials::Vault& vault)
    : source_(std::move(source)) {
  for (const auto& file : files) {
    if (file.mode == policy::HomeFileMode::placeholder) read_placeholder(file, secrets, vault);
    if (file.mode != policy::HomeFileMode::copy) continue;
    copies_.push_back(events_.size());
    events_.push_back({.path = file.path, .mode = file.mode, .withheld = {}});
  }
}

void HomeImport::read_placeholder(const policy::HomeFile& file, const std::vector<policy::SecretRule>& secrets,
                                  credentials::Vault& vault) {
  const auto entry = open_source(file.path, source_);
  const bool is_absent = !entry && is_missing(entry.error());
  if (is_absent && file.defaults.empty()) return;
  HomeEvent event{.path = file.path, .mode = file.mode, .withheld = {}};
  const auto withhold = [&](std::string why) {
    event.withheld = std::move(why);
    events_.push_back(std::move(event));
  };
  Result<credentials::PlaceholderFile> made = credentials::PlaceholderFile{};
  if (!is_absent) {
    if (!entry) return withhold(entry.error().why);
    if (entry->is_directory) return withhold("it is a directory");
    auto text = os::read_all(entry->fd.get(), credentials::home_file_bytes_max);
    if (!text) return withhold(text.error().why);
    made = credentials::placeholder_file(*text, file.path, selectors_in(file.path, secrets), vault);
    credentials::wipe(*text);
  }
  if (!made) return withhold(made.error().what + ": " + made.error().why);
  if (!file.defaults.empty()) {
    auto completed = credentials::with_defaults(made->text, file.path, file.defaults, vault.keep());
    if (!completed) return withhold(completed.error().what + ": " + completed.error().why);
    if (completed->empty()) return;
    made->text = std::move(*completed);
  }
  event.files = 1;
  event.replaced = made->replaced;
  rewritten_.push_back({file.path, std::move(made->text), events_.size()});
  events_.push_back(std::move(event));
}

void HomeImport::write(HomeWriter& writer, const credentials::Keep& keep) {
  for (const auto& file : rewritten_)
    if (const auto done = writer.write(file.path, file.text, 0600); !done)
      events_[file.event].withheld = done.error().what + ": " + done.error().why;
  for (const auto event : copies_) copy(event, writer, keep);
}

void HomeImport::copy(std::size_t index, HomeWriter& writer, const credentials::Keep& keep) {
  HomeEvent& event = events_[index];
  const auto entry = open_source(event.path, source_);
  if (!entry && is_missing(entry.error())) return;
  if (!entry) {
    event.withheld = entry.error().why;
    return;
  }
  Copy copy{event, source_, writer, keep};
  struct stat status {};
  if (::fstat(entry->fd.get(), &status) != 0) return;
  if (entry->is_directory) copy.directory(entry->fd, event.path, 0);
  else copy.file(entry->fd, event.path, status);
  if (copy.skipped > 0)
    event.withheld = std::to_string(copy.skipped) + " of its files (links, secrets, or beyond a limit)";
}

}  // namespace bailey::session
