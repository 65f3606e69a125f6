// A log as an attacker wrote it: the first line is taken for audit.head, the rest is the log. Whatever the parser
// accepts must be its only spelling, and nothing that is not signed by our key may pass for signed.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "audit/canonical.h"
#include "audit/query.h"
#include "audit/verify.h"

using namespace bailey;
using namespace bailey::audit;

namespace {

void check_spelling(std::string_view text) {
  const auto line = parse_line(text);
  if (!line) return;
  std::string again = to_line(encode(line->record), line->prev, line->hash);
  again.pop_back();
  if (again != text || to_text(line->record).find('\n') != std::string::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Crypto crypto = std::move(*Crypto::open());
  static const VerifyOptions options{.keys = {*crypto.public_key(Seed{})}, .session = {}, .anchors = {}};
  std::string_view input(reinterpret_cast<const char*>(data), size);
  Verifier verifier(crypto, options);
  bool is_first = true;
  while (!input.empty()) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, end);
    check_spelling(line);
    if (is_first && !line.empty()) verifier.set_head(std::string(line));
    if (is_first) verifier.start_file("audit.jsonl");
    else verifier.feed(line);
    is_first = false;
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  const VerifyReport report = verifier.finish();
  if (to_text(report).find('\x1b') != std::string::npos) std::abort();
  static_cast<void>(parse_since(std::string_view(reinterpret_cast<const char*>(data), size), WallTime()));
  return 0;
}
