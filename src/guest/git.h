// Running git inside the sandbox, on the agent's own tree. Its configuration is the agent's: what it makes git run can
// only hurt the agent, but settings that would merely get in the way of saving are overridden.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bailey::guest {

inline constexpr std::size_t git_output_bytes_max = std::size_t{256} << 20;
inline constexpr std::size_t git_words_bytes_max = std::size_t{1} << 20;

struct GitCall {
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  // added
  std::string_view input;
  std::string directory;  // empty: the current one
};

struct GitResult {
  int status = 127;  // as in shells
  std::string out;
  std::string err;  // beginning only
  [[nodiscard]] bool ok() const { return status == 0; }
  // Without the newline at the end.
  [[nodiscard]] std::string line() const;
};

// With hooks, fsmonitor, signing and prompts off. The environment is ours without its GIT_* variables.
[[nodiscard]] GitResult git(const GitCall& call);

}  // namespace bailey::guest
