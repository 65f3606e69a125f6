// A line of the git service, or a file of ours that somebody edited: an error, or a value that reads back the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "approval/entry.h"
#include "json/write.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey;
  using namespace bailey::approval;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = json::read(text, "fuzz", request_read_limits);
  if (!value) return 0;
  if (const auto request = request_from_json(*value)) {
    if (!check(*request) || fitted(*request) != *request) std::abort();
    const auto again = json::read(json::write(to_json(*request)), "again", request_read_limits);
    if (!again || request_from_json(*again) != *request) std::abort();
  }
  if (const auto entry = entry_from_json(*value)) {
    if (entry_from_json(to_json(*entry)) != *entry) std::abort();
  }
  (void)answer_from_json(*value);
  (void)remembered_from_json(*value);
  return 0;
}
