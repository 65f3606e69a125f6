#include "session/scrollback.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>

#include "os/files.h"
#include "session/terminal_policy.h"

namespace bailey::session {
namespace {

constexpr std::string_view log_name = "terminal.log";
constexpr std::string_view older_suffix = ".1";

// Lines of what a terminal would have shown, roughly: motion to another line ends the line, motion to the right is
// space.
class PlainText final : public VtEvents {
 public:
  std::string text;

 private:
  void on_text(std::string_view characters) override {
    if (std::exchange(returned_, false)) end_line();
    text += characters;
  }
  void on_control(char c0) override {
    if (c0 == '\r') {
      returned_ = true;  // "\r\n" is one newline, "\r" and text is a line that was overwritten
    } else if (c0 == '\n' || c0 == '\v' || c0 == '\f') {
      returned_ = false;
      text += '\n';
    } else if (c0 == '\t') {
      text += '\t';
    }
  }
  void on_escape(std::string_view intermediates, char final) override {
    if (intermediates.empty() && (final == 'E' || final == 'D')) end_line();
  }
  void on_sequence(const ControlSequence& sequence) override {
    constexpr std::string_view vertical = "ABEFHdf";
    if (sequence.prefix != 0 || !sequence.intermediates.empty()) return;
    if (vertical.find(sequence.final) != std::string_view::npos) end_line();
    const auto parameters = parse_parameters(sequence.parameters);
    if (sequence.final == 'C' && parameters)
      text.append(std::clamp<std::size_t>(parameters->at(0), 1, window_cells_max), ' ');
  }
  void on_discarded() override {}

  void end_line() {
    if (!text.empty() && text.back() != '\n') text += '\n';
  }
  bool returned_ = false;
};

}  // namespace

std::size_t next_boundary(std::string_view text, std::size_t at) {
  if (at == 0 || at >= text.size()) return std::min(at, text.size());
  if (text[at - 1] == '\n') return at;
  const std::size_t found = text.find_first_of("\n\x1b", at);
  if (found == std::string_view::npos) return text.size();
  return text[found] == '\n' ? found + 1 : found;
}

void Scrollback::append(std::string_view filtered) {
  text_ += filtered;
  if (text_.size() <= 2 * bytes_max_) return;  // cutting seldom makes it cheap
  const std::size_t cut = next_boundary(text_, text_.size() - bytes_max_);
  (void)gone_.filter(std::string_view(text_).substr(0, cut));
  (void)gone_.take_answers();
  text_.erase(0, cut);
}

std::string Scrollback::replay() const {
  std::string_view shown = text_;
  TerminalFilter gone = gone_;
  if (shown.size() > bytes_max_) {
    const std::size_t cut = next_boundary(shown, shown.size() - bytes_max_);
    (void)gone.filter(shown.substr(0, cut));
    shown.remove_prefix(cut);
  }
  return gone.modes().enter_sequence().append(shown);
}

Result<TerminalLog> TerminalLog::open(const std::string& session_directory, std::size_t bytes_max) {
  std::string path = os::join(session_directory, log_name);
  Fd file = TRY(os::open_file(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return fail_errno("open '" + path + "'");
  return TerminalLog(std::move(path), bytes_max, std::move(file), static_cast<std::size_t>(status.st_size));
}

Status TerminalLog::append(std::string_view filtered) {
  if (!file_) return {};
  Status done;
  if (bytes_ > 0 && bytes_ + filtered.size() > bytes_max_ / 2) done = rotate();
  // What doesn't fit at all is cut: it is more than half of the log in one piece.
  filtered = filtered.substr(0, bytes_max_ / 2);
  if (done) done = os::write_all(file_.get(), filtered);
  bytes_ += filtered.size();
  if (done) return {};
  file_.reset();
  return std::unexpected(std::move(done)
                             .error()
                             .within("write '" + path_ + "'")
                             .or_remedy("free some space: the session goes on, `bailey logs` ends here"));
}

Status TerminalLog::rotate() {
  const std::string older = path_ + std::string(older_suffix);
  if (std::rename(path_.c_str(), older.c_str()) != 0) return fail_errno("rename to '" + older + "'");
  file_ = TRY(os::open_file(path_, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600));
  bytes_ = 0;
  return {};
}

Result<std::string> read_terminal_log(const std::string& session_directory) {
  const std::string path = os::join(session_directory, log_name);
  std::string shown;
  TerminalFilter filter;
  for (const auto& part : {path + std::string(older_suffix), path}) {
    if (!os::exists(part)) continue;
    filter.feed(TRY(os::read_file(part, terminal_log_bytes_default * 2)), shown);
  }
  return shown;
}

std::string plain_text(std::string_view terminal_output) {
  PlainText plain;
  VtParser parser;
  parser.feed(terminal_output, plain);
  return std::move(plain.text);
}

}  // namespace bailey::session
