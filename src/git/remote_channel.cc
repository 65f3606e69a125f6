#include "git/remote_channel.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "json/read.h"
#include "json/write.h"
#include "os/files.h"

namespace bailey::git {
namespace {
constexpr int keep_alive_milliseconds = 5'000;
}  // namespace

Result<SupervisorLine> parse_supervisor_line(std::string_view line) {
  const auto value = TRY(json::read(line, "supervisor", {.bytes_max = supervisor_line_bytes_max, .depth_max = 4}));
  SupervisorLine said;
  if (const auto* waiting = value.find("waiting"); waiting != nullptr) {
    const auto* id = waiting->find("id");
    if (id == nullptr || !id->as_uint()) return fail("read the supervisor's line", "'waiting' has no id");
    said.waiting = *id->as_uint();
  } else if (const auto* answer = value.find("answer"); answer != nullptr) {
    said.answer = TRY(approval::answer_from_json(*answer));
  } else {
    return fail("read the supervisor's line", "it is neither 'waiting' nor 'answer'");
  }
  return said;
}

std::string waiting_line(std::uint64_t id) {
  return json::write(json::Object{{"waiting", json::Object{{"id", id}}}}) + '\n';
}

std::string answer_line(const approval::Answer& answer) {
  return json::write(json::Object{{"answer", approval::to_json(answer)}}) + '\n';
}

std::string ask_line(const approval::Request& request) {
  return json::write(json::Object{{"ask", approval::to_json(request)}}) + '\n';
}

Result<Waited> ask_and_wait(int supervisor, int client, const approval::Request& request,
                            const WaitHandlers& handlers) {
  if (!os::write_all(supervisor, ask_line(request))) return Waited{WaitEnd::supervisor_gone, {}};
  std::string line;
  while (true) {
    pollfd waiting[] = {{supervisor, POLLIN, 0}, {client, 0, 0}};
    const int ready = ::poll(waiting, 2, keep_alive_milliseconds);
    if (ready < 0 && errno != EINTR) return fail_errno("poll");
    if ((waiting[1].revents & (POLLHUP | POLLERR)) != 0) return Waited{WaitEnd::client_gone, {}};
    if (ready == 0 && !handlers.keep_alive()) return Waited{WaitEnd::client_gone, {}};
    if (waiting[0].revents == 0) continue;
    char byte = 0;
    const ssize_t count = ::read(supervisor, &byte, 1);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return Waited{WaitEnd::supervisor_gone, {}};
    if (byte != '\n') {
      if (line.size() == supervisor_line_bytes_max) return fail("read the supervisor's line", "it is too long");
      line += byte;
      continue;
    }
    const auto said = TRY(parse_supervisor_line(line));
    line.clear();
    if (said.waiting) handlers.on_waiting(*said.waiting);
    if (said.answer) return Waited{WaitEnd::answered, *said.answer};
  }
}

}  // namespace bailey::git
