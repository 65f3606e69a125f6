#include "workspace/checkpoint_store.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>
#include <set>

#include "base/text.h"
#include "os/files.h"
#include "workspace/content_hash.h"
#include "workspace/tree_walk.h"

namespace bailey::workspace {
namespace {

constexpr std::string_view list_suffix = ".list";
constexpr std::string_view temporary_name = "incoming";
constexpr std::string_view undo_name = "undo";
constexpr std::size_t name_bytes_max = 64;

std::optional<unsigned> number_of(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

std::string directory_of(const std::string& session_directory) { return os::join(session_directory, "checkpoints"); }

std::optional<unsigned> read_undo(const std::string& directory) {
  const auto text = os::read_file(os::join(directory, undo_name), 64);
  return text ? number_of(trim(*text)) : std::nullopt;
}

// The contents of one layer into the store.
class Saver {
 public:
  Saver(std::string directory, const CheckpointLimits& limits, Notes& notes)
      : directory_(std::move(directory)), limits_(limits), notes_(notes) {}

  // Fills in the hashes; files that can't be kept are taken out.
  Status save(int root, LayerEntries& entries, const LayerEntries* before) {
    std::vector<std::string> left_out;
    for (auto& [path, entry] : entries) {
      if (entry.kind == EntryKind::other) left_out.push_back(path);
      if (entry.kind != EntryKind::file) continue;
      if (before != nullptr)
        if (const auto old = before->find(path); old != before->end() && is_untouched(old->second, entry)) {
          entry.hash = old->second.hash;
          continue;
        }
      if (!TRY(take(root, path, entry))) left_out.push_back(path);
    }
    for (const auto& path : left_out) entries.erase(path);
    return {};
  }

 private:
  Result<bool> take(int root, const std::string& path, LayerEntry& entry) {
    if (entry.bytes > limits_.file_bytes_max) {
      notes_.add("not in the checkpoint: too large", path);
      return false;
    }
    const auto source = os::open_beneath(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    struct stat status {};
    if (!source || ::fstat(source->get(), &status) != 0 || !S_ISREG(status.st_mode)) {
      if (!source && source.error().code == EACCES) notes_.add("not in the checkpoint: not readable", path);
      return false;
    }
    TRY_STATUS(check_room(static_cast<std::uint64_t>(status.st_blocks) * 512));
    const std::string incoming = os::join(directory_, temporary_name);
    ::unlink(incoming.c_str());
    const Fd target = TRY(os::open_file(incoming, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0400));
    const auto copied = TRY(copy(source->get(), target.get()));
    entry.bytes = copied.bytes;
    entry.hash = copied.hash;
    const std::string final = os::join(os::join(directory_, entry.hash.substr(0, 2)), entry.hash.substr(2));
    if (os::exists(final)) {
      ::unlink(incoming.c_str());
      return true;
    }
    TRY_STATUS(os::make_directories(std::string(os::directory_name(final)), 0700));
    if (::rename(incoming.c_str(), final.c_str()) != 0) return fail_errno("keep a file's content");
    return true;
  }

  // A clone stands still while it is hashed; so does what was written.
  Result<HashedContent> copy(int source, int target) const {
    if (::ioctl(target, FICLONE, source) == 0) return hash_content(target, limits_.file_bytes_max);
    return copy_content(source, target, limits_.file_bytes_max);
  }

  Status check_room(std::uint64_t bytes) const {
    struct statvfs room {};
    if (::statvfs(directory_.c_str(), &room) != 0) return {};
    const std::uint64_t free = static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
    if (free >= bytes && free - bytes >= limits_.free_bytes_min) return {};
    return fail("save a checkpoint", "the file system of the state directory would be full", "make room");
  }

  std::string directory_;
  const CheckpointLimits& limits_;
  Notes& notes_;
};

const LayerEntries* layer_of(const std::optional<Checkpoint>& checkpoint, const std::string& target) {
  if (!checkpoint) return nullptr;
  for (const auto& layer : checkpoint->layers)
    if (layer.target == target) return &layer.entries;
  return nullptr;
}

std::set<std::string> hashes_of(const Checkpoint& checkpoint) {
  std::set<std::string> hashes;
  for (const auto& layer : checkpoint.layers)
    for (const auto& [path, entry] : layer.entries)
      if (!entry.hash.empty()) hashes.insert(entry.hash);
  return hashes;
}

}  // namespace

Result<CheckpointStore> CheckpointStore::open(const std::string& session_directory) {
  const std::string directory = directory_of(session_directory);
  TRY_STATUS(os::make_directories(os::join(directory, "contents"), 0700));
  Fd lock = TRY(os::lock_file(os::join(directory, "lock")));
  return CheckpointStore(directory, std::move(lock));
}

std::string CheckpointStore::list_path(unsigned number) const {
  return os::join(directory_, std::to_string(number) + std::string(list_suffix));
}

std::string CheckpointStore::content_path(const std::string& hash) const {
  return os::join(directory_, "contents/" + hash.substr(0, 2) + '/' + hash.substr(2));
}

Result<std::vector<unsigned>> CheckpointStore::numbers() const {
  std::vector<unsigned> found;
  for (const auto& name : TRY(os::list_directory(directory_)))
    if (name.ends_with(list_suffix))
      if (const auto number = number_of(std::string_view(name).substr(0, name.size() - list_suffix.size())))
        found.push_back(*number);
  std::sort(found.begin(), found.end());
  return found;
}

Result<Checkpoint> CheckpointStore::read(unsigned number) const {
  auto checkpoint = parse_checkpoint(TRY(os::read_file(list_path(number), checkpoint_file_bytes_max)));
  if (!checkpoint) return std::unexpected(std::move(checkpoint).error().within("checkpoint " + std::to_string(number)));
  return checkpoint;
}

Result<std::vector<CheckpointInfo>> CheckpointStore::list() const {
  std::vector<CheckpointInfo> list;
  for (const unsigned number : TRY(numbers())) {
    auto checkpoint = read(number);
    list.push_back(checkpoint ? std::move(checkpoint->info) : CheckpointInfo{number, "damaged", "", {}});
  }
  return list;
}

Result<Checkpoint> CheckpointStore::load(const std::string& which) const {
  const auto all = TRY(numbers());
  const std::string what = "find checkpoint '" + visible(which) + "'";
  if (all.empty()) return fail(what, "the session has none yet", "bailey checkpoint SESSION save makes one");
  if (which.empty()) return read(all.back());
  if (const auto number = number_of(which)) {
    if (std::binary_search(all.begin(), all.end(), *number)) return read(*number);
  } else {
    for (auto one = all.rbegin(); one != all.rend(); ++one)
      if (auto checkpoint = read(*one); checkpoint && checkpoint->info.name == which) return checkpoint;
  }
  return fail(what, "there is none of that number or name", "bailey checkpoint SESSION list");
}

Result<SavedCheckpoint> CheckpointStore::save(const Prepared& prepared, const std::string& reason,
                                              const std::string& name, const Clock& clock,
                                              const CheckpointLimits& limits) const {
  const auto all = TRY(numbers());
  std::optional<Checkpoint> before;
  if (!all.empty())
    if (auto last = read(all.back())) before = std::move(*last);
  SavedCheckpoint saved;
  Checkpoint checkpoint{.info = {all.empty() ? 1 : all.back() + 1, reason, name, clock.wall_now()}, .layers = {}};
  Saver saver(os::join(directory_, "contents"), limits, saved.notes);
  const auto add = [&](const std::string& path, const std::string& target, SavedLayer::Form form) -> Status {
    const Fd root = TRY(os::open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    SavedLayer layer{target, form, TRY(scan_layer(root.get()))};
    TRY_STATUS(saver.save(root.get(), layer.entries, layer_of(before, target)));
    checkpoint.layers.push_back(std::move(layer));
    return {};
  };
  if (!prepared.root.empty()) TRY_STATUS(add(prepared.root, "", SavedLayer::Form::copy));
  for (const auto& overlay : prepared.overlays)
    TRY_STATUS(add(overlay.upper, overlay.target, SavedLayer::Form::overlay));
  TRY_STATUS(os::write_file_atomic(list_path(checkpoint.info.number), encode(checkpoint)));
  saved.info = checkpoint.info;
  saved.dropped = TRY(make_room(checkpoint.info.number, limits));
  return saved;
}

// The oldest go until all limits hold; what only they named goes with them.
Result<std::vector<unsigned>> CheckpointStore::make_room(unsigned newest, const CheckpointLimits& limits) const {
  std::map<unsigned, std::set<std::string>> named;
  for (const unsigned number : TRY(numbers()))
    if (const auto checkpoint = read(number)) named.emplace(number, hashes_of(*checkpoint));
  std::map<std::string, std::size_t> uses;
  std::uint64_t bytes = 0;
  const auto size_of = [&](const std::string& hash) -> std::uint64_t {
    struct stat status {};
    return ::stat(content_path(hash).c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_blocks) * 512 : 0;
  };
  for (const auto& [number, hashes] : named)
    for (const auto& hash : hashes)
      if (++uses[hash] == 1) bytes += size_of(hash);
  std::uint64_t alone = 0;
  for (const auto& hash : named[newest]) alone += size_of(hash);
  if (alone > limits.bytes_max) {  // before an older one has to make room in vain
    ::unlink(list_path(newest).c_str());
    return fail("save a checkpoint",
                "the workspace alone is more than " + std::to_string(limits.bytes_max >> 20) + " MiB");
  }
  std::vector<unsigned> dropped;
  for (const auto& [number, hashes] : named) {
    const bool fits = named.size() - dropped.size() <= limits.checkpoints_max && bytes <= limits.bytes_max;
    if (fits || number == newest || undo_under_way() == number) continue;
    if (::unlink(list_path(number).c_str()) != 0) return fail_errno("drop a checkpoint");
    for (const auto& hash : hashes)
      if (--uses[hash] == 0) bytes -= std::min(bytes, size_of(hash));
    dropped.push_back(number);
  }
  const std::string contents = os::join(directory_, "contents");
  for (const auto& prefix : TRY(os::list_directory(contents))) {
    const std::string inner = os::join(contents, prefix);
    if (!os::is_directory(inner)) continue;
    for (const auto& rest : TRY(os::list_directory(inner)))
      if (const auto use = uses.find(prefix + rest); use == uses.end() || use->second == 0)
        ::unlink(os::join(inner, rest).c_str());
  }
  return dropped;
}

Result<Fd> CheckpointStore::content(const std::string& hash) const {
  return os::open_file(content_path(hash), O_RDONLY | O_NOFOLLOW);
}

Status CheckpointStore::begin_undo(unsigned number) const {
  return os::write_file_atomic(os::join(directory_, undo_name), std::to_string(number) + '\n');
}

std::optional<unsigned> CheckpointStore::undo_under_way() const { return read_undo(directory_); }

void CheckpointStore::end_undo() const { ::unlink(os::join(directory_, undo_name).c_str()); }

std::optional<unsigned> undo_under_way(const std::string& session_directory) {
  return read_undo(directory_of(session_directory));
}

Status check_checkpoint_name(const std::string& name) {
  const std::string what = "checkpoint name '" + visible(name) + "'";
  if (name.size() > name_bytes_max) return fail(what, "it is too long");
  bool only_digits = true;
  for (const char c : name) {
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!digit && !letter && c != '.' && c != '_' && c != '-')
      return fail(what, "only letters, digits, '.', '_' and '-'");
    only_digits = only_digits && digit;
  }
  if (only_digits) return fail(what, "it would be taken for a number");
  return {};
}

}  // namespace bailey::workspace
