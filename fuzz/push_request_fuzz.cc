// Lines of a push request, split at 0xFF: whatever is allowed moves exactly the session's branch, from where it is.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "git/push_answer.h"
#include "git/push_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::git;
  std::vector<std::string> lines(1);
  for (std::size_t i = 0; i < size; ++i) {
    if (data[i] == 0xFF) lines.emplace_back();
    else lines.back() += static_cast<char>(data[i]);
  }
  const auto request = parse_push_request(lines, ObjectFormat::sha1);
  if (!request) return 0;
  const PushFacts facts{"claude/x", ObjectFormat::sha1, *Oid::parse(std::string(40, 'a')), {}};
  const auto decision = decide_push(*request, facts);
  if (decision.verdict == PushVerdict::allow) {
    if (request->commands.size() != 1 || request->commands[0].ref != "refs/heads/claude/x") std::abort();
    if (request->commands[0].new_oid.is_zero() || request->commands[0].old_oid != facts.current) std::abort();
  } else if (decision.reason.empty()) {
    std::abort();
  }
  PushAnswer answer;
  answer.refusal = decision.reason;
  answer.lines = decision.advice;
  (void)encode(answer, *request);
  return 0;
}
