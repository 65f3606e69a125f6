#include "cli/performers.h"

#include <charconv>
#include <cstdio>

#include "base/text.h"
#include "session/push_performer.h"

namespace bailey::cli {

approval::Performers performers() { return {{"git-push", session::perform_git_push}}; }

int perform_main(std::span<const std::string> arguments) {
  std::uint64_t id = 0;
  if (arguments.size() != 2) return 2;
  const std::string& number = arguments[1];
  if (std::from_chars(number.data(), number.data() + number.size(), id).ptr != number.data() + number.size()) return 2;
  const auto say = [](std::string_view line) { std::printf("%s\n", visible(line).c_str()); };
  const auto done = approval::perform_stored(performers(), arguments[0], id, say);
  if (done) return 0;
  std::printf("%s\n", visible(done.error().what + ": " + done.error().why).c_str());
  return 1;
}

}  // namespace bailey::cli
