#include "workspace/scan_cache.h"

#include <bit>
#include <cstring>

#include "os/files.h"

namespace bailey::workspace {
namespace {

constexpr std::string_view magic = "bailey-scan-1\n";

static_assert(std::endian::native == std::endian::little);  // the file never leaves the machine

class Encoder {
 public:
  void number(std::uint64_t value) { text.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void string(std::string_view value) {
    number(value.size());
    text += value;
  }
  void strings(const std::vector<std::string>& values) {
    number(values.size());
    for (const auto& value : values) string(value);
  }
  std::string text;
};

class Decoder {
 public:
  explicit Decoder(std::string_view text) : rest_(text) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    const auto bytes = take(sizeof value);
    if (good_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view string() { return take(number()); }
  std::vector<std::string> strings() {
    std::vector<std::string> values;
    for (std::uint64_t left = number(); good_ && left != 0; --left) values.emplace_back(string());
    return values;
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view take(std::uint64_t size) {
    if (!good_ || size > rest_.size()) {
      good_ = false;
      return {};
    }
    const auto bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  std::string_view rest_;
  bool good_ = true;
};

// FNV-1a: only to spread trees over files. The key inside the file decides.
std::string file_for(const std::string& cache_directory, std::string_view key) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return os::join(cache_directory, "scan-" + std::to_string(hash));
}

}  // namespace

std::string encode_scan(std::string_view key, const ScannedDirectories& directories) {
  Encoder out;
  out.text = magic;
  out.string(key);
  out.number(directories.size());
  for (const auto& [path, directory] : directories) {
    out.string(path);
    out.number(directory.inode);
    out.number(static_cast<std::uint64_t>(directory.ctime_ns));
    out.number(directory.entries);
    out.number(directory.nested ? 1 : 0);
    out.strings(directory.directories);
    out.strings(directory.secrets);
  }
  return std::move(out.text);
}

Result<ScannedDirectories> decode_scan(std::string_view key, std::string_view text) {
  if (!text.starts_with(magic)) return fail("scan cache", "not one");
  Decoder in(text.substr(magic.size()));
  if (in.string() != key) return fail("scan cache", "of something else");
  ScannedDirectories directories;
  for (std::uint64_t left = in.number(); in.good() && left != 0; --left) {
    std::string path(in.string());
    ScannedDirectory directory{.inode = in.number(),
                               .ctime_ns = static_cast<std::int64_t>(in.number()),
                               .entries = in.number(),
                               .nested = in.number() == 1,
                               .directories = in.strings(),
                               .secrets = in.strings()};
    directories.emplace(std::move(path), std::move(directory));
  }
  if (!in.good() || !in.at_end()) return fail("scan cache", "damaged");
  return directories;
}

ScannedDirectories load_scan(const std::string& cache_directory, std::string_view key) {
  if (cache_directory.empty()) return {};
  const auto text = os::read_file(file_for(cache_directory, key), scan_cache_bytes_max);
  if (!text) return {};
  return decode_scan(key, *text).value_or(ScannedDirectories{});
}

void store_scan(const std::string& cache_directory, std::string_view key, const ScannedDirectories& directories) {
  if (cache_directory.empty()) return;
  const std::string text = encode_scan(key, directories);
  if (text.size() > scan_cache_bytes_max || !os::make_directories(cache_directory)) return;
  (void)os::write_file_atomic(file_for(cache_directory, key), text);
}

}  // namespace bailey::workspace
