// Any bytes as a body: fed whole or in pieces, as it is, packed, or as frames, the same is found; and a placeholder put
// into the middle is always found.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/body_canary.h"
#include "gateway/keep_test_support.h"
#include "gateway/websocket_frames.h"

namespace {

using namespace bailey::gateway;

const std::string placeholder = "%fakeFAKEfakeFAKE\\u00";

const CanarySet& canaries() {
  static const auto keep = lab::one_secret("%realREALrealREAL\\u00", placeholder);
  static const CanarySet set(keep);
  return set;
}

bool is_found(std::string_view text, std::size_t step) {
  Canary canary(canaries());
  for (; !text.empty(); text.remove_prefix(std::min(step, text.size())))
    if (canary.feed(text.substr(0, step))) return true;
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 4096));
  if (is_found(input, 4096) != is_found(input, 1)) std::abort();
  const std::string planted = std::string(input.substr(0, input.size() / 2)) + placeholder;
  if (!is_found(planted, 4096) || !is_found(planted, 3)) std::abort();
  for (const char* const coding : {"gzip", "deflate", "zstd", "identity", "br"}) {
    BodyCanary body(canaries(), LookFor::anything, {{"Content-Encoding", coding}});
    (void)body.feed(input.substr(0, input.size() / 2));
    (void)body.feed(input.substr(input.size() / 2));
    (void)body.finish();
  }
  (void)canaries().find_in_name(input);
  WebSocketFrames whole;
  WebSocketFrames bytewise;
  std::string payload;
  std::string same;
  const bool is_frames = whole.feed(input, payload);
  bool is_bytewise = true;
  for (const char c : input) is_bytewise = is_bytewise && bytewise.feed({&c, 1}, same);
  if (is_frames != is_bytewise || payload != same) std::abort();
  return 0;
}
