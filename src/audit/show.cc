// Reading a log for show(): what is there, then, when following, what comes.
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "audit/checkpoint.h"
#include "audit/query.h"
#include "audit/segments.h"
#include "base/text.h"
#include "os/files.h"

namespace bailey::audit {
namespace {

constexpr std::size_t output_bytes = std::size_t{64} << 10;

// Collects lines, so that a long log is not a write(2) a line.
class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}

  [[nodiscard]] Status line(std::string_view text) {
    buffer_.append(text).append("\n");
    return buffer_.size() < output_bytes ? Status{} : flush();
  }
  [[nodiscard]] Status flush() {
    const auto written = os::write_all(fd_, std::exchange(buffer_, {}));
    if (!written && written.error().code == EPIPE) gone_ = true;
    return written;
  }
  // Nobody reads any more.
  [[nodiscard]] bool is_gone() const { return gone_; }

 private:
  int fd_;
  std::string buffer_;
  bool gone_ = false;
};

class Shower {
 public:
  Shower(const std::string& session_dir, const QueryOptions& options, int out_fd)
      : directory_(session_dir), options_(options), out_fd_(out_fd), output_(out_fd) {}

  Result<Shown> run() {
    auto done = run_to_the_end();
    if (!done && !output_.is_gone()) return std::unexpected(std::move(done).error());
    return shown_;
  }

 private:
  Status run_to_the_end() {
    Fd changes;
    // Before the first look: what is appended between the two is not missed.
    if (options_.follow == QueryOptions::Follow::yes) changes = TRY(watch());
    fd_ = TRY(open_segment(0));
    if (!fd_) return fail("read the audit log", "'" + directory_ + "' has none", "see 'bailey ls --all'");
    while (true) {
      TRY_STATUS(show_what_is_there());
      if (!changes || !TRY(wait_for(changes.get()))) return {};
    }
  }

  Result<Fd> watch() const {
    Fd inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!inotify || ::inotify_add_watch(inotify.get(), directory_.c_str(), IN_MODIFY | IN_CREATE) < 0)
      return fail_errno("watch '" + directory_ + "'", "without --follow the log can be read all the same");
    return inotify;
  }

  // An empty Fd when there is no such segment.
  Result<Fd> open_segment(std::size_t index) const {
    auto fd = os::open_file(os::join(directory_, segment_name(index)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!fd && fd.error().code == ENOENT) return Fd();
    return fd;
  }

  Status show_what_is_there() {
    while (true) {
      // In this order: a segment gets no more lines once the next one exists.
      Fd next = TRY(open_segment(index_ + 1));
      TRY_STATUS(show_segment());
      if (!next) return output_.flush();
      fd_ = std::move(next);
      ++index_;
      offset_ = 0;
    }
  }

  Status show_segment() {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) return fail_errno("inspect the audit log");
    const auto end = static_cast<std::uint64_t>(status.st_size);
    if (end <= offset_) return {};
    LineReader reader(fd_.get(), offset_, end);
    while (true) {
      const auto piece = TRY(reader.next());
      const bool is_half_written = piece.kind == LineReader::Kind::partial && piece.text.size() < line_bytes_max;
      if (piece.kind == LineReader::Kind::none || is_half_written) return {};
      offset_ += piece.text.size() + (piece.kind == LineReader::Kind::line ? 1 : 0);
      TRY_STATUS(show_line(piece.text));
    }
  }

  Status show_line(std::string_view text) {
    const auto line = parse_line(text);
    const bool as_text = options_.format == QueryOptions::Format::text;
    if (!line) {
      ++shown_.unreadable;
      return as_text ? output_.line("unreadable: " + visible(text.substr(0, 200))) : Status{};
    }
    const bool hides = options_.checkpoints == QueryOptions::Checkpoints::hidden;
    if (!matches(line->record, options_.filter) || (as_text && hides && is_checkpoint(line->record))) return {};
    ++shown_.events;
    return output_.line(as_text ? to_text(line->record) : std::string(text));
  }

  // False: stop following.
  Result<bool> wait_for(int changes) const {
    pollfd waiting[] = {{changes, POLLIN, 0}, {options_.stop_fd, POLLIN, 0}, {out_fd_, 0, 0}};
    while (::poll(waiting, std::size(waiting), -1) < 0)
      if (errno != EINTR) return fail_errno("wait for audit events");
    if (waiting[1].revents != 0 || (waiting[2].revents & (POLLERR | POLLHUP)) != 0) return false;
    // What happened does not matter, only that something did.
    alignas(inotify_event) char events[4096];
    while (::read(changes, events, sizeof events) > 0) continue;
    return true;
  }

  const std::string& directory_;
  const QueryOptions& options_;
  int out_fd_;
  Output output_;
  Shown shown_;
  Fd fd_;
  std::size_t index_ = 0;
  std::uint64_t offset_ = 0;  // of the first byte that was not shown
};

}  // namespace

Result<Shown> show(const std::string& session_dir, const QueryOptions& options, int out_fd) {
  return Shower(session_dir, options, out_fd).run();
}

}  // namespace bailey::audit
