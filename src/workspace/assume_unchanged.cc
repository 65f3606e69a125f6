#include "workspace/assume_unchanged.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "base/digest.h"
#include "os/files.h"
#include "workspace/git_index.h"

namespace bailey::workspace {
namespace {

constexpr unsigned char assume_valid_bit = 0x80;  // of the first byte of an entry's flags

bool is_one_of(std::string_view path, const std::vector<std::string>& paths) {
  return std::any_of(paths.begin(), paths.end(), [path](const std::string& listed) {
    return path.starts_with(listed) && (path.size() == listed.size() || path[listed.size()] == '/');
  });
}

// The checksum over everything before it is the file's last bytes.
void seal_index(std::string& bytes, git::ObjectFormat format) {
  const std::size_t hash_size = git::hex_digits(format) / 2;
  const std::string_view covered = std::string_view(bytes).substr(0, bytes.size() - hash_size);
  bytes.replace(covered.size(), hash_size, format == git::ObjectFormat::sha1 ? sha1(covered) : sha256(covered));
}

}  // namespace

Status assume_unchanged(const std::string& git_dir, git::ObjectFormat format, const std::vector<std::string>& paths) {
  const std::string index = os::join(git_dir, "index");
  struct stat status {};
  if (paths.empty() || ::stat(index.c_str(), &status) != 0) return {};
  std::string bytes = TRY(os::read_file(index, index_bytes_max));
  std::vector<std::size_t> marked;
  (void)TRY(parse_index(bytes, format, [&](const IndexEntry& entry) {
    if (is_one_of(entry.path, paths)) marked.push_back(entry.flags_at);
  }));
  if (marked.empty()) return {};
  for (const std::size_t at : marked)
    bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) | assume_valid_bit);
  seal_index(bytes, format);
  TRY_STATUS(os::write_file(index, bytes));
  const timespec times[2] = {status.st_atim, status.st_mtim};
  if (::utimensat(AT_FDCWD, index.c_str(), times, 0) != 0) return fail_errno("keep the time of '" + index + "'");
  return {};
}

}  // namespace bailey::workspace
