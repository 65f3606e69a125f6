#include "workspace/undo.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "base/text.h"
#include "os/files.h"
#include "workspace/content_hash.h"
#include "workspace/restore_plan.h"
#include "workspace/tree_walk.h"

namespace bailey::workspace {
namespace {

constexpr std::chrono::minutes answer_time_max{5};
constexpr std::size_t answer_bytes_max = 4096;
constexpr std::size_t chunk_bytes = std::size_t{256} << 10;

// A layer as it lies on the host now.
struct LiveLayer {
  const SavedLayer* saved = nullptr;
  Fd root;
  Fd lower;  // empty: a copy
};

Result<std::vector<LiveLayer>> open_layers(const Checkpoint& checkpoint, const Prepared& prepared) {
  std::vector<LiveLayer> layers;
  const auto directory = [](const std::string& path) {
    return os::open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  };
  for (const auto& saved : checkpoint.layers) {
    if (saved.form == SavedLayer::Form::copy) {
      if (prepared.root.empty()) return fail("undo", "the checkpoint is of another kind of workspace");
      layers.push_back({&saved, TRY(directory(prepared.root)), Fd()});
      continue;
    }
    const auto overlay = std::find_if(prepared.overlays.begin(), prepared.overlays.end(),
                                      [&](const Overlay& one) { return one.target == saved.target; });
    if (overlay == prepared.overlays.end()) return fail("undo", "the checkpoint is of another kind of workspace");
    layers.push_back({&saved, TRY(directory(overlay->upper)), TRY(directory(overlay->lower))});
  }
  return layers;
}

std::optional<LayerEntry> lower_entry(int root, const std::string& path) {
  const auto opened = os::open_beneath(root, path, O_PATH | O_NOFOLLOW);
  struct stat status {};
  if (!opened || ::fstat(opened->get(), &status) != 0) return std::nullopt;
  LayerEntry entry{
      .kind = S_ISREG(status.st_mode)   ? EntryKind::file
              : S_ISDIR(status.st_mode) ? EntryKind::directory
              : S_ISLNK(status.st_mode) ? EntryKind::link
                                        : EntryKind::other,
      .mode = status.st_mode & 0777U,
      .bytes = static_cast<std::uint64_t>(status.st_size),
      .mtime_ns = static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec};
  if (entry.kind == EntryKind::link) {
    std::array<char, 4096> target{};
    const ssize_t length = ::readlinkat(opened->get(), "", target.data(), target.size());
    if (length > 0) entry.target.assign(target.data(), static_cast<std::size_t>(length));
  }
  return entry;
}

LowerLayer lower_layer(int root) {
  return {.find = [root](const std::string& path) { return lower_entry(root, path); },
          .list =
              [root](const std::string& path) {
                const auto directory = open_tree_directory(root, path);
                if (!directory) return std::vector<std::string>();
                return os::list_directory("/proc/self/fd/" + std::to_string(directory->get()))
                    .value_or(std::vector<std::string>());
              }};
}

Result<Fd> open_content(int root, const std::string& path) {
  return os::open_beneath(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
}

bool same_bytes(const LiveLayer& layer, const std::string& path, const std::string& hash) {
  const auto file = open_content(layer.root.get(), path);
  if (!file) return false;
  const auto now = hash_content(file->get(), UINT64_MAX);
  if (!now) return false;
  if (!hash.empty()) return now->hash == hash;
  const auto lower = open_content(layer.lower.get(), path);
  const auto wanted = lower ? hash_content(lower->get(), UINT64_MAX) : Result<HashedContent>(HashedContent{});
  return wanted && wanted->hash == now->hash;
}

class Sender {
 public:
  Sender(int to, int from) : to_(to), from_(from) {}

  Status send(const RestoreOperation& operation) { return os::write_all(to_, encode(operation)); }

  // Exactly `bytes`, whatever the file has by now: the list said so many.
  Status send_content(int file, std::uint64_t bytes) {
    std::vector<char> buffer(chunk_bytes);
    std::uint64_t done = 0;
    while (done < bytes) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), bytes - done));
      ssize_t count = ::pread(file, buffer.data(), wanted, static_cast<off_t>(done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail_errno("read a checkpoint");
      if (count == 0) {  // the user's file became shorter: the next round sees to it
        std::fill(buffer.begin(), buffer.end(), '\0');
        count = static_cast<ssize_t>(wanted);
      }
      TRY_STATUS(os::write_all(to_, {buffer.data(), static_cast<std::size_t>(count)}));
      done += static_cast<std::uint64_t>(count);
    }
    return {};
  }

  // "ok", or why not: words from inside the sandbox.
  Status answer() {
    std::string line;
    const auto deadline = std::chrono::steady_clock::now() + answer_time_max;
    while (!line.ends_with('\n')) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      pollfd waiting{from_, POLLIN, 0};
      if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) == 0)
        return fail("undo", "the sandbox does not answer");
      char byte = 0;
      const ssize_t count = ::read(from_, &byte, 1);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0 || line.size() >= answer_bytes_max)
        return fail("undo", "the helper in the sandbox was ended", "do it again");
      line += byte;
    }
    if (line == "ok\n") return {};
    return fail("undo", "in the sandbox: " + visible(trim(line)), "make room there, then do it again");
  }

 private:
  int to_;
  int from_;
};

Result<std::uint64_t> run_round(const CheckpointStore& store, const std::vector<LiveLayer>& layers, Sender& sender) {
  std::uint64_t sent = 0;
  for (const auto& layer : layers) {
    const auto now = TRY(scan_layer(layer.root.get()));
    const auto operations =
        plan_restore(layer.saved->entries, now, layer.lower ? lower_layer(layer.lower.get()) : LowerLayer{},
                     [&](const std::string& path, const std::string& hash) { return same_bytes(layer, path, hash); });
    for (const auto& planned : operations) {
      Fd content;
      if (planned.operation.kind == RestoreOperation::Kind::file) {
        auto opened = planned.from == ContentFrom::lower ? open_content(layer.lower.get(), planned.operation.path)
                                                         : store.content(planned.hash);
        if (!opened && planned.from == ContentFrom::lower) continue;  // the user has removed it meanwhile
        if (!opened) return std::unexpected(std::move(opened).error().within("the checkpoint is damaged"));
        content = std::move(*opened);
      }
      RestoreOperation operation = planned.operation;
      operation.path = below(layer.saved->target, operation.path);
      TRY_STATUS(sender.send(operation));
      if (content) TRY_STATUS(sender.send_content(content.get(), operation.bytes));
      ++sent;
    }
  }
  return sent;
}

}  // namespace

Result<UndoResult> run_undo(const CheckpointStore& store, const Checkpoint& checkpoint, const Prepared& prepared,
                            int to_sandbox, int from_sandbox) {
  const auto layers = TRY(open_layers(checkpoint, prepared));
  Sender sender(to_sandbox, from_sandbox);
  UndoResult result;
  for (int round = 0; round < undo_rounds_max; ++round) {
    const auto sent = TRY(run_round(store, layers, sender));
    result.left = sent;
    if (sent == 0) break;
    result.operations += sent;
    TRY_STATUS(sender.send({.kind = RestoreOperation::Kind::end}));
    TRY_STATUS(sender.answer());
  }
  return result;
}

}  // namespace bailey::workspace
