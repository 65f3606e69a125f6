// One question to a supervisor and its answer, for commands that don't show a terminal.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/text.h"
#include "os/files.h"
#include "session/client.h"

namespace bailey::session {
namespace {

constexpr std::string_view lost_remedy = "bailey ls shows what became of the session";

bool is_answer(const Message& message) {
  return std::holds_alternative<Exit>(message) || std::holds_alternative<Failure>(message) ||
         std::holds_alternative<StatusReply>(message);
}

// SIGPIPE would end a command that could have said what happened.
Status send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("ask the session", std::string(lost_remedy));
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

Result<Message> request(Fd socket, const Message& message, const std::function<void(const std::string&)>& on_text) {
  TRY_STATUS(send_all(socket.get(), encode(Hello{}) + encode(message)));
  Decoder decoder(Side::supervisor);
  std::array<char, 16384> buffer;
  while (true) {
    const ssize_t count = ::read(socket.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("wait for the session's answer", std::string(lost_remedy));
    if (count == 0)
      return fail("wait for the session's answer", "its supervisor ended without one", std::string(lost_remedy));
    decoder.feed({buffer.data(), static_cast<std::size_t>(count)});
    while (auto next = TRY(decoder.next())) {
      if (const auto* progress = std::get_if<Progress>(&*next)) on_text(visible(progress->text));
      if (const auto* notice = std::get_if<Notice>(&*next)) on_text(visible(notice->text));
      if (is_answer(*next)) return std::move(*next);
    }
  }
}

}  // namespace bailey::session
