// Any bytes as a request head: what is accepted and written again reads the same, and what the gateway makes of it can
// always be written without a line more than there are fields.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/http1_body.h"
#include "gateway/http1_write.h"
#include "gateway/request_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::gateway;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_request_head(input);
  if (!parsed || !*parsed) return 0;
  const auto& head = (*parsed)->head;
  if ((*parsed)->bytes > size || head.fields.size() > http_fields_max) std::abort();
  if (head.is_chunked && head.content_length) std::abort();
  InspectionSettings settings;
  settings.authority = {.host = "a.example", .port = 443};
  if (problem_of(head, settings)) {
    // An absolute form is another request line than the one that is written.
    if (head.form == TargetForm::absolute) return 0;
  } else {
    const auto sent = to_upstream(head, settings);
    const auto bytes = write_head(sent);
    if (!bytes || static_cast<std::size_t>(std::count(bytes->begin(), bytes->end(), '\n')) != sent.fields.size() + 2)
      std::abort();
    if (head.form == TargetForm::absolute) return 0;
  }
  const auto written = write_head(head);
  if (!written) std::abort();
  const auto again = parse_request_head(*written);
  if (!again || !*again || (*again)->bytes != written->size()) std::abort();
  const auto& same = (*again)->head;
  if (same.method != head.method || same.path != head.path || same.authority != head.authority ||
      same.fields != head.fields || request_framing(same) != request_framing(head))
    std::abort();
  return 0;
}
