#include "guest/credential.h"

#include <csignal>
#include <cstdio>
#include <string>

#include "guest/broker_call.h"
#include "guest/whole_io.h"

namespace bailey::guest {
namespace {
constexpr std::size_t request_bytes_max = 4096;  // the broker's limit
}

int git_credential(std::span<const std::string_view> arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  std::string request;
  if (!read_whole(0, request, request_bytes_max) || arguments.size() != 1 || arguments[0] != "get") return 0;
  if (!request.ends_with("\n\n")) request += '\n';
  const auto answer = call_broker("git-credential get", request);
  if (answer.kind == BrokerAnswer::Kind::ok) (void)write_whole(1, answer.text);
  else if (answer.kind == BrokerAnswer::Kind::refused)
    std::fprintf(stderr, "bailey: the host gives no credentials: %s\n", answer.text.c_str());
  return 0;
}

}  // namespace bailey::guest
