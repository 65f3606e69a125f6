#include "policy/flags.h"

#include <span>

#include "policy/domain_pattern.h"
#include "policy/quantity.h"
#include "policy/secret_names.h"
#include "toml/expect.h"

namespace bailey::policy {
namespace {

// Checks texts of flags into values. After the first error nothing more is checked: that one is reported.
class Checker {
 public:
  template <typename T, typename Check>
  void value(std::string_view flag, const std::optional<std::string>& text, std::optional<Given<T>>& out, Check check) {
    if (!text || !status_) return;
    if (auto checked = check(*text)) {
      out = Given<T>{std::move(*checked), std::string(flag)};
    } else {
      status_ = std::unexpected(std::move(checked).error().within(flag));
    }
  }

  template <typename Check>
  void list(std::string_view flag, const std::vector<std::string>& texts, Values::List& out, Check check) {
    for (const auto& text : texts) {
      std::optional<Given<std::string>> entry;
      value(flag, text, entry, check);
      if (!entry) return;
      if (!out) out.emplace();
      out->push_back(std::move(*entry));
    }
    if (status_ && texts.size() > list_entries_max) status_ = fail(std::string(flag), "given too often");
  }

  Status status() && { return std::move(status_); }

 private:
  Status status_;
};

Result<std::size_t> word_index(std::string_view kind, std::string_view text, std::span<const std::string_view> words) {
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (words[at] == text) return at;
  }
  auto unknown = toml::unknown_word(kind, text, words);
  return fail(std::move(unknown.why), {}, std::move(unknown.remedy));
}

Result<Profile> profile_of(const std::string& text) {
  const auto word = TRY(word_index("profile", text, profile_words));
  return static_cast<Profile>(word);
}

Result<Network> network_named(const std::string& text) {
  const auto word = TRY(word_index("network", text, network_words));
  return network_of(word);
}

Result<WorkspaceMode> workspace_of(const std::string& text) {
  const auto word = TRY(word_index("workspace", text, workspace_words));
  return static_cast<WorkspaceMode>(word);
}

using CheckNumber = Result<std::uint64_t> (*)(std::uint64_t);

auto size(CheckNumber check) {
  return [check](const std::string& text) -> Result<std::uint64_t> {
    const auto bytes = TRY(parse_size(text));
    return check(bytes);
  };
}

auto count(CheckNumber check) {
  return [check](const std::string& text) -> Result<std::uint64_t> {
    const auto value = TRY(parse_count(text));
    return check(value);
  };
}

Result<double> cpus(const std::string& text) {
  const auto value = TRY(parse_cpus(text));
  return checked_cpus(value);
}

Result<std::string> secret_pattern(const std::string& text) {
  TRY_STATUS(check_secret_pattern(text));
  return text;
}

}  // namespace

Result<Values> flag_values(const Flags& flags, const PathBase& base) {
  Values values;
  Checker check;
  check.value("--profile", flags.profile, values.profile, profile_of);
  check.value("--network", flags.network, values.network, network_named);
  check.value("--workspace", flags.workspace, values.workspace, workspace_of);
  check.value("--cpus", flags.cpus, values.cpus, cpus);
  check.value("--memory", flags.memory, values.memory_bytes, size(checked_memory));
  check.value("--pids", flags.pids, values.pids, count(checked_pids));
  check.value("--disk", flags.disk, values.disk_bytes, size(checked_disk));
  check.value("--open-files", flags.open_files, values.open_files, count(checked_open_files));
  check.value("--seccomp-profile", flags.seccomp_profile, values.seccomp_profile,
              [&](const std::string& text) -> Result<std::string> {
                if (text == builtin_seccomp_word) return text;
                return absolute_path(text, base);
              });
  check.list("--allow-domain", flags.allow_domains, values.allow_domains, parse_domain_pattern);
  check.list("--allow-path", flags.allow_paths, values.read_only_paths,
             [&](const std::string& text) { return toolchain_path(text, base); });
  check.list("--allow-file", flags.allow_files, values.secret_exceptions, secret_pattern);
  check.list("--pass-env", flags.pass_environment, values.environment, variable_name);
  TRY_STATUS(std::move(check).status());
  if (flags.push) values.push = Given{*flags.push, std::string("--no-push")};
  if (flags.gpu) values.gpu = Given{*flags.gpu, std::string("--gpu")};
  return values;
}

}  // namespace bailey::policy
