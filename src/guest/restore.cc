#include "guest/restore.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/restore_stream.h"
#include "guest/whole_io.h"

namespace bailey::guest {
namespace {

using Kind = RestoreOperation::Kind;

constexpr std::int64_t nanoseconds = 1'000'000'000;
constexpr std::size_t buffer_bytes = std::size_t{256} << 10;
constexpr int depth_max = 512;
constexpr const char* temporary_name = ".bailey-restored";

int open_beneath(int root, const std::string& path, std::uint64_t flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  return static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how));
}

class Input {
 public:
  explicit Input(int fd) : fd_(fd), buffer_(buffer_bytes) {}

  // At most `most` bytes that are there; empty: the end.
  std::string_view some(std::size_t most) {
    if (at_ == end_) {
      ssize_t count = 0;
      do count = ::read(fd_, buffer_.data(), buffer_.size());
      while (count < 0 && errno == EINTR);
      at_ = 0;
      end_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    const std::string_view bytes(buffer_.data() + at_, std::min(most, end_ - at_));
    at_ += bytes.size();
    return bytes;
  }
  bool line(std::string& text) {
    text.clear();
    while (text.size() <= restore_line_bytes_max) {
      const auto byte = some(1);
      if (byte.empty()) return false;
      if (byte[0] == '\n') return true;
      text += byte[0];
    }
    return false;
  }
  bool exactly(std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
      const auto bytes = some(text.size() - done);
      if (bytes.empty()) return false;
      std::copy(bytes.begin(), bytes.end(), text.begin() + static_cast<std::ptrdiff_t>(done));
      done += bytes.size();
    }
    return true;
  }

 private:
  int fd_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

// A directory that its owner closed to itself is opened: its mode comes back at the end of the round.
void make_usable(int directory, const char* name) {
  struct stat status {};
  if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode))
    (void)!::fchmodat(directory, name, (status.st_mode & 0777U) | 0700U, 0);
}

bool remove(int directory, const char* name, int depth) {
  if (::unlinkat(directory, name, 0) == 0 || errno == ENOENT) return true;
  if (errno != EISDIR && errno != EPERM) return false;
  if (depth > depth_max) return false;
  make_usable(directory, name);
  DIR* stream = nullptr;
  if (const int inner = ::openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); inner >= 0) {
    stream = ::fdopendir(inner);
    if (stream == nullptr) ::close(inner);
  }
  if (stream == nullptr) return false;
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream))
    if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0)
      names.emplace_back(entry->d_name);
  bool all = true;
  for (const auto& inner : names) all = remove(::dirfd(stream), inner.c_str(), depth + 1) && all;
  ::closedir(stream);
  return ::unlinkat(directory, name, AT_REMOVEDIR) == 0 && all;
}

class Restorer {
 public:
  Restorer(int root, Input& input) : root_(root), input_(input) {}

  // False: the stream is broken.
  bool carry_out(const RestoreOperation& operation) {
    const auto slash = operation.path.rfind('/');
    const std::string name = slash == std::string::npos ? operation.path : operation.path.substr(slash + 1);
    Fd opened;
    int parent = root_;
    if (slash != std::string::npos) {
      opened = open_parent(operation.path.substr(0, slash));
      parent = opened.get();
      if (!opened) note(operation.path);
    }
    if (operation.kind == Kind::file) return write_file(parent, name, operation);
    if (parent < 0) return true;
    bool done = true;
    if (operation.kind == Kind::remove) done = remove_usably(parent, name);
    else if (operation.kind == Kind::directory)
      done = ::mkdirat(parent, name.c_str(), 0700) == 0 || is_directory(parent, name);
    else if (operation.kind == Kind::mode)
      done = is_directory(parent, name) && ::fchmodat(parent, name.c_str(), operation.mode, 0) == 0;
    else if (operation.kind == Kind::link)
      done = remove_usably(parent, name) && ::symlinkat(operation.target.c_str(), parent, name.c_str()) == 0;
    if (!done) note(operation.path);
    return true;
  }
  // Why the round is not complete; empty: it is.
  std::string take_trouble() { return std::exchange(trouble_, {}); }

 private:
  Fd open_parent(const std::string& path) const {
    Fd directory(open_beneath(root_, path, O_RDONLY | O_DIRECTORY));
    if (directory || errno != EACCES) return directory;
    for (auto slash = path.find('/');; slash = path.find('/', slash + 1)) {
      make_usable(root_, path.substr(0, slash).c_str());
      if (slash == std::string::npos) break;
    }
    return Fd(open_beneath(root_, path, O_RDONLY | O_DIRECTORY));
  }

  static bool is_directory(int parent, const std::string& name) {
    struct stat status {};
    return ::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
  }

  static void open_to_writing(int directory) {
    struct stat status {};
    if (::fstat(directory, &status) == 0 && (status.st_mode & 0700U) != 0700U)
      (void)!::fchmod(directory, (status.st_mode & 0777U) | 0700U);
  }

  static bool remove_usably(int parent, const std::string& name) {
    if (remove(parent, name.c_str(), 0)) return true;
    open_to_writing(parent);
    return remove(parent, name.c_str(), 0);
  }

  // Written beside and renamed: a program sees the old file or the new one. The content is read to its end in any case.
  bool write_file(int parent, const std::string& name, const RestoreOperation& operation) {
    Fd file;
    if (parent >= 0) {
      open_to_writing(parent);
      (void)remove(parent, temporary_name, 0);
      file = Fd(::openat(parent, temporary_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    }
    bool good = static_cast<bool>(file);
    for (std::uint64_t left = operation.bytes; left > 0;) {
      const auto bytes = input_.some(static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_bytes)));
      if (bytes.empty()) return false;
      good = good && write_whole(file.get(), bytes);
      left -= bytes.size();
    }
    const std::int64_t seconds = operation.mtime_ns / nanoseconds;
    const timespec times[2] = {{0, UTIME_OMIT}, {seconds, operation.mtime_ns - seconds * nanoseconds}};
    good = good && ::fchmod(file.get(), operation.mode) == 0 && ::futimens(file.get(), times) == 0 &&
           ::renameat(parent, temporary_name, parent, name.c_str()) == 0;
    if (!good) note(operation.path);
    if (!good && parent >= 0) (void)remove(parent, temporary_name, 0);
    return true;
  }

  // The first trouble is told; only a full disk is worth giving up for, everything else the next round tries again.
  void note(const std::string& path) {
    const int error = errno;
    if (trouble_.empty() && (error == ENOSPC || error == EDQUOT || error == EROFS))
      trouble_ = path + ": " + std::strerror(error);
  }

  int root_;
  Input& input_;
  std::string trouble_;
};

bool answer(int to, std::string text) {
  for (char& c : text)
    if (c == '\n') c = ' ';
  text += '\n';
  return ::write(to, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

int restore(int from, int to, int root) {
  Input input(from);
  Restorer restorer(root, input);
  std::string line;
  while (input.line(line)) {
    auto operation = parse_restore_line(line);
    if (!operation || !input.exactly(operation->path) || !input.exactly(operation->target)) return 1;
    if (operation->kind == Kind::end) {
      const std::string trouble = restorer.take_trouble();
      if (!answer(to, trouble.empty() ? "ok" : trouble)) return 1;
      continue;
    }
    if (!is_plain_relative_path(operation->path) || !restorer.carry_out(*operation)) return 1;
  }
  return line.empty() ? 0 : 1;  // something else: cut off, or no operation
}

int restore() {
  const Fd root(::open("/workspace", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return root ? restore(0, 1, root.get()) : 1;
}

}  // namespace bailey::guest
