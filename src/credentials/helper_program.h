// Secrets that a program of the user's knows. Each is run without a terminal (a session of its own), without input but
// what it is asked, in "/", so that no repository's configuration counts; it has helper_time_max and
// helper_output_bytes_max. What it says on stderr is shown in one line, made harmless.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "credentials/read_source.h"

namespace bailey::credentials {

inline constexpr std::chrono::milliseconds helper_time_max{10'000};
inline constexpr std::size_t helper_output_bytes_max = 64 * 1024;
inline constexpr std::size_t helper_words_bytes_max = 200;  // of stderr, in a message

// `git credential fill`: the password of `url`.
[[nodiscard]] ReadSecret ask_git(const std::string& url, const SourceContext& context);
[[nodiscard]] ReadSecret ask_gh(const std::string& host, const SourceContext& context);
[[nodiscard]] ReadSecret ask_command(const std::vector<std::string>& words, const SourceContext& context);
[[nodiscard]] ReadSecret ask_keyring(const std::string& service, const std::string& account,
                                     const SourceContext& context);

struct HelperRun {
  int exit_status = 0;  // as in shells
  SecretText out;
  std::string words;  // the first line of stderr, visible
};
// argv[0] is absolute. Error: it could not be run, took too long, or said too much.
[[nodiscard]] Result<HelperRun> run_helper(std::vector<std::string> argv, std::vector<std::string> environment,
                                           std::string_view input, std::chrono::milliseconds limit = helper_time_max);

}  // namespace bailey::credentials
