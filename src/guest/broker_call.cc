#include "guest/broker_call.h"

#include <sys/socket.h>

#include "guest/host_socket.h"
#include "guest/text.h"
#include "guest/whole_io.h"

namespace bailey::guest {
namespace {
constexpr std::size_t answer_bytes_max = 64 << 10;
constexpr std::string_view ok = "ok\n";
constexpr std::string_view refused = "refused ";
}  // namespace

BrokerAnswer call_broker(std::string_view line, std::string_view request) {
  BrokerAnswer answer;
  const Fd host = connect_to_host();
  if (!host || !write_whole(host.get(), std::string(line) + '\n')) return answer;
  // It may have refused before it has read everything.
  (void)write_whole(host.get(), request);
  (void)::shutdown(host.get(), SHUT_WR);
  std::string text;
  (void)read_whole(host.get(), text, answer_bytes_max);
  if (text.starts_with(ok)) return {BrokerAnswer::Kind::ok, text.substr(ok.size())};
  if (!text.starts_with(refused)) return answer;
  return {BrokerAnswer::Kind::refused, visible(trim(std::string_view(text).substr(refused.size())))};
}

}  // namespace bailey::guest
