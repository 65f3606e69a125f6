// An address of a remote, or a request line of the guest: whatever is accepted names no option, no helper and no
// control character, and its label holds no login.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text.h"
#include "git/guarded_remote.h"
#include "git/held_push.h"
#include "git/remote_address.h"
#include "git/service.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto address = git::parse_remote_address(text)) {
    if (has_control_characters(text) || text.starts_with('-') || address->host.starts_with('-')) std::abort();
    if (address->transport != git::Transport::local && address->host.find('@') != std::string::npos) std::abort();
    (void)git::label_of(*address);
    (void)git::spellings_of(*address);
  }
  if (const auto remote = git::guarded_remote("origin", text, text, "", "/home/u/app"))
    if (remote->url.starts_with('-') || remote->url.starts_with("/home/u/app/") ||
        remote->key.find('#') != std::string::npos)
      std::abort();
  if (const auto request = git::parse_service_request(text))
    if (request->remote.size() > git::remote_key_bytes_max || has_control_characters(request->remote)) std::abort();
  (void)git::parse_porcelain(text);
  return 0;
}
