// Any bytes as a response head: what is accepted and written again reads the same, framed the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/http1_body.h"
#include "gateway/http1_write.h"
#include "gateway/request_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::gateway;
  const auto parsed = parse_response_head({reinterpret_cast<const char*>(data), size});
  if (!parsed || !*parsed) return 0;
  const auto& head = (*parsed)->head;
  if ((*parsed)->bytes > size || head.status < 100 || head.status > 599) std::abort();
  if (!write_head(to_sandbox(head))) std::abort();
  const auto written = write_head(head);
  if (!written) std::abort();
  const auto again = parse_response_head(*written);
  if (!again || !*again || (*again)->bytes != written->size()) std::abort();
  const auto& same = (*again)->head;
  if (same.status != head.status || same.reason != head.reason || same.fields != head.fields) std::abort();
  for (const char* method : {"GET", "HEAD", "CONNECT"})
    if (response_framing(same, method) != response_framing(head, method)) std::abort();
  return 0;
}
