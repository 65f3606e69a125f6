#include "workspace/checkpoint_file.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/restore_stream.h"
#include "base/text.h"

namespace bailey::workspace {
namespace {

constexpr std::string_view first_line = "bailey checkpoint 1\n";
constexpr std::size_t hash_digits = 64;
constexpr std::size_t text_bytes_max = 4096;
constexpr std::size_t layers_max = 64;

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_hash(std::string_view text) {
  return text.size() == hash_digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<std::string_view> line() {
    const auto end = text_.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const auto result = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return result;
  }
  // `length` bytes and a newline.
  std::optional<std::string> bytes(std::size_t length) {
    if (length > text_bytes_max || text_.size() < length + 1 || text_[length] != '\n') return std::nullopt;
    std::string result(text_.substr(0, length));
    text_.remove_prefix(length + 1);
    return result;
  }
  [[nodiscard]] bool at_end() const { return text_.empty(); }

 private:
  std::string_view text_;
};

std::optional<EntryKind> kind_of(std::string_view word) {
  if (word.size() != 1 || std::string_view("fdolw").find(word) == std::string_view::npos) return std::nullopt;
  return static_cast<EntryKind>(word[0]);
}

// "kind mode bytes mtime inode ctime hash path-length target-length"
bool read_entry(Reader& reader, LayerEntries& entries) {
  const auto words = split(reader.line().value_or(""), ' ');
  if (words.size() != 9) return false;
  LayerEntry entry;
  const auto kind = kind_of(words[0]);
  std::size_t path_length = 0;
  std::size_t target_length = 0;
  if (!kind || !read_number(words[1], entry.mode) || entry.mode > 0777 || !read_number(words[2], entry.bytes) ||
      !read_number(words[3], entry.mtime_ns) || !read_number(words[4], entry.inode) ||
      !read_number(words[5], entry.ctime_ns) || !read_number(words[7], path_length) ||
      !read_number(words[8], target_length))
    return false;
  entry.kind = *kind;
  if (entry.kind == EntryKind::file ? !is_hash(words[6]) : words[6] != "-") return false;
  if (entry.kind == EntryKind::file) entry.hash = words[6];
  const auto path = reader.bytes(path_length);
  const auto target = reader.bytes(target_length);
  if (!path || !target || !is_plain_relative_path(*path) || (entry.kind == EntryKind::link) == target->empty())
    return false;
  entry.target = *target;
  return entries.emplace(*path, std::move(entry)).second;
}

bool read_layer(Reader& reader, Checkpoint& checkpoint) {
  const auto words = split(reader.line().value_or(""), ' ');
  std::size_t count = 0;
  std::size_t length = 0;
  if (words.size() != 4 || words[0] != "layer" || (words[1] != "c" && words[1] != "o") ||
      !read_number(words[2], count) || !read_number(words[3], length) || count > layer_entries_max)
    return false;
  const auto target = reader.bytes(length);
  if (!target || (!target->empty() && !is_plain_relative_path(*target))) return false;
  SavedLayer layer{*target, static_cast<SavedLayer::Form>(words[1][0]), {}};
  for (std::size_t i = 0; i < count; ++i)
    if (!read_entry(reader, layer.entries)) return false;
  checkpoint.layers.push_back(std::move(layer));
  return true;
}

bool read_info(Reader& reader, CheckpointInfo& info, std::size_t& layers) {
  const auto words = split(reader.line().value_or(""), ' ');
  std::int64_t time = 0;
  std::size_t reason = 0;
  std::size_t name = 0;
  if (words.size() != 5 || !read_number(words[0], info.number) || !read_number(words[1], time) ||
      !read_number(words[2], layers) || !read_number(words[3], reason) || !read_number(words[4], name) ||
      layers > layers_max)
    return false;
  info.time = WallTime(std::chrono::microseconds(time));
  auto words_of_reason = reader.bytes(reason);
  auto words_of_name = reader.bytes(name);
  if (!words_of_reason || !words_of_name) return false;
  info.reason = std::move(*words_of_reason);
  info.name = std::move(*words_of_name);
  return true;
}

}  // namespace

std::string encode(const Checkpoint& checkpoint) {
  const auto& info = checkpoint.info;
  std::string text(first_line);
  text += std::to_string(info.number) + ' ' + std::to_string(info.time.time_since_epoch().count()) + ' ' +
          std::to_string(checkpoint.layers.size()) + ' ' + std::to_string(info.reason.size()) + ' ' +
          std::to_string(info.name.size()) + '\n' + info.reason + '\n' + info.name + '\n';
  for (const auto& layer : checkpoint.layers) {
    std::size_t kept = 0;
    std::string entries;
    for (const auto& [path, entry] : layer.entries) {
      if (entry.kind == EntryKind::other) continue;
      ++kept;
      const bool has_hash = entry.kind == EntryKind::file;
      entries += std::string(1, static_cast<char>(entry.kind)) + ' ' + std::to_string(entry.mode) + ' ' +
                 std::to_string(entry.bytes) + ' ' + std::to_string(entry.mtime_ns) + ' ' +
                 std::to_string(entry.inode) + ' ' + std::to_string(entry.ctime_ns) + ' ' +
                 (has_hash ? entry.hash : "-") + ' ' + std::to_string(path.size()) + ' ' +
                 std::to_string(entry.target.size()) + '\n' + path + '\n' + entry.target + '\n';
    }
    text += std::string("layer ") + static_cast<char>(layer.form) + ' ' + std::to_string(kept) + ' ' +
            std::to_string(layer.target.size()) + '\n' + layer.target + '\n' + entries;
  }
  return text;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  const auto malformed = [] { return fail("read the checkpoint", "its list is damaged"); };
  if (!text.starts_with(first_line)) return malformed();
  Reader reader(text.substr(first_line.size()));
  Checkpoint checkpoint;
  std::size_t layers = 0;
  if (!read_info(reader, checkpoint.info, layers)) return malformed();
  for (std::size_t i = 0; i < layers; ++i)
    if (!read_layer(reader, checkpoint)) return malformed();
  if (!reader.at_end()) return malformed();
  return checkpoint;
}

}  // namespace bailey::workspace
