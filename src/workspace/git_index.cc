#include "workspace/git_index.h"

namespace bailey::workspace {
namespace {

constexpr std::size_t mtime_offset = 8;
constexpr std::size_t mode_offset = 24;
constexpr std::size_t size_offset = 36;
constexpr std::size_t stat_bytes = 40;
constexpr std::uint16_t extended_flag = 0x4000;
constexpr std::uint16_t skip_worktree_flag = 0x4000;  // in the extended flags
constexpr std::size_t padding_unit = 8;
constexpr std::size_t extension_header_bytes = 8;

std::uint32_t read_32(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}
std::uint16_t read_16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) << 8 |
                                    static_cast<unsigned char>(bytes[at + 1]));
}
std::size_t hash_bytes(git::ObjectFormat format) { return git::hex_digits(format) / 2; }

class Reader {
 public:
  Reader(std::string_view bytes, git::ObjectFormat format)
      : bytes_(bytes.substr(0, bytes.size() - hash_bytes(format))), format_(format) {}

  Result<IndexSummary> read(const VisitIndexEntry& visit) {
    summary_.version = read_32(bytes_, 4);
    summary_.entries = TRY(index_entry_count(bytes_));
    at_ = index_header_bytes;
    for (std::size_t i = 0; i < summary_.entries; ++i)
      if (!entry(visit)) return fail("git index", "entry " + std::to_string(i) + " is malformed");
    if (!extensions()) return fail("git index", "malformed extension");
    return std::move(summary_);
  }

 private:
  bool entry(const VisitIndexEntry& visit) {
    const std::size_t start = at_;
    const std::size_t fixed = stat_bytes + hash_bytes(format_) + 2;
    if (bytes_.size() - at_ < fixed) return false;
    const std::uint16_t flags = read_16(bytes_, start + fixed - 2);
    at_ += fixed;
    IndexEntry entry{.mode = read_32(bytes_, start + mode_offset),
                     .mtime_seconds = read_32(bytes_, start + mtime_offset),
                     .size = read_32(bytes_, start + size_offset),
                     .flags_at = start + fixed - 2};
    if ((flags & extended_flag) != 0) {
      if (summary_.version < 3 || bytes_.size() - at_ < 2) return false;
      entry.skip_worktree = (read_16(bytes_, at_) & skip_worktree_flag) != 0;
      at_ += 2;
    }
    if (!(summary_.version == 4 ? compressed_path() : plain_path(start))) return false;
    entry.path = path_;
    if (!path_.empty()) visit(entry);
    return true;
  }

  // NUL-terminated, then padded so that the entry's length is a multiple of 8.
  bool plain_path(std::size_t start) {
    const auto end = bytes_.find('\0', at_);
    if (end == std::string_view::npos || end - at_ > index_path_bytes_max) return false;
    path_ = bytes_.substr(at_, end - at_);
    at_ = start + (end - start + padding_unit) / padding_unit * padding_unit;
    return at_ <= bytes_.size();
  }

  // How many bytes to drop from the end of the path before, as a variable-width number, then what to append.
  bool compressed_path() {
    std::size_t dropped = 0;
    for (bool first = true;; first = false) {
      if (at_ == bytes_.size() || dropped > index_path_bytes_max) return false;
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      dropped = first ? byte & 0x7FU : (dropped + 1) << 7 | (byte & 0x7FU);
      if ((byte & 0x80U) == 0) break;
    }
    const auto end = bytes_.find('\0', at_);
    if (end == std::string_view::npos || dropped > path_.size()) return false;
    path_.resize(path_.size() - dropped);
    path_ += bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return path_.size() <= index_path_bytes_max;
  }

  bool extensions() {
    while (at_ != bytes_.size()) {
      if (bytes_.size() - at_ < extension_header_bytes) return false;
      const auto signature = bytes_.substr(at_, 4);
      const std::size_t size = read_32(bytes_, at_ + 4);
      at_ += extension_header_bytes;
      if (bytes_.size() - at_ < size) return false;
      if (signature == "link" && size >= hash_bytes(format_)) shared_index(bytes_.substr(at_, hash_bytes(format_)));
      at_ += size;
    }
    return true;
  }

  void shared_index(std::string_view hash) {
    if (hash.find_first_not_of('\0') == std::string_view::npos) return;  // split, but on nothing
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : hash) {
      const auto byte = static_cast<unsigned char>(c);
      summary_.shared_index += {digits[byte >> 4], digits[byte & 15]};
    }
  }

  std::string_view bytes_;  // without the checksum
  git::ObjectFormat format_;
  std::size_t at_ = 0;
  std::string path_;
  IndexSummary summary_;
};

}  // namespace

Result<std::size_t> index_entry_count(std::string_view header) {
  if (header.size() < index_header_bytes || !header.starts_with("DIRC")) return fail("git index", "no index file");
  const std::uint32_t version = read_32(header, 4);
  if (version < 2 || version > 4) return fail("git index", "unknown version " + std::to_string(version));
  return read_32(header, 8);
}

Result<IndexSummary> parse_index(std::string_view bytes, git::ObjectFormat format, const VisitIndexEntry& visit) {
  if (bytes.size() > index_bytes_max)
    return fail("git index", "larger than " + std::to_string(index_bytes_max) + " bytes");
  if (bytes.size() < index_header_bytes + hash_bytes(format)) return fail("git index", "cut off");
  return Reader(bytes, format).read(visit);
}

}  // namespace bailey::workspace
