// Any bytes as a stream of packets: each packet lies in the input, makes progress, and written again gives the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "git/pkt_line.h"
#include "git/push_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::git;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  (void)parse_git_report(input, "refs/heads/x");
  while (true) {
    const auto pkt = parse_pkt(input);
    if (!pkt || !*pkt) return 0;
    if ((*pkt)->bytes < 4 || (*pkt)->bytes > input.size() || (*pkt)->bytes > pkt_bytes_max) std::abort();
    if ((*pkt)->kind == PktKind::data) {
      std::string again;
      append_pkt(again, (*pkt)->payload);
      const auto reread = parse_pkt(again);
      if (!reread || !*reread || (*reread)->payload != (*pkt)->payload) std::abort();
    }
    input.remove_prefix((*pkt)->bytes);
  }
}
