#include "policy/secret_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/checks.h"
#include "policy/secret_rule.h"

namespace bailey::policy {
namespace {

constexpr std::string_view remedy =
    "write it as env:NAME, secrets:NAME, file:PATH#/pointer, git-credential:URL, gh:HOST, command:… or keyring:…";

std::unexpected<Error> bad(std::string_view text, std::string_view why) {
  return fail(fmt::format("source '{}'", text), std::string(why), std::string(remedy));
}

bool is_below_home(std::string_view path) {
  return std::ranges::none_of(split(path, '/'),
                              [](std::string_view part) { return part.empty() || part == "." || part == ".."; });
}

Result<SecretSource> file_source(std::string_view text, std::string_view rest) {
  const auto hash = rest.find('#');
  SecretSource source{.kind = SourceKind::file, .name = std::string(rest.substr(0, hash)), .selector = {}, .words = {}};
  if (!is_below_home(source.name)) return bad(text, "the path must lie below the home directory, without '.' and '..'");
  if (hash == std::string_view::npos) return source;
  source.selector = rest.substr(hash + 1);
  if (source.selector.empty()) return bad(text, "nothing follows the '#'");
  return source;
}

}  // namespace

Result<SecretSource> parse_secret_source(std::string_view text) {
  if (text.size() > secret_source_bytes_max || has_control_characters(text)) {
    return bad(text.substr(0, 80), fmt::format("it must be at most {} bytes of plain text", secret_source_bytes_max));
  }
  const auto colon = text.find(':');
  const auto* const word = std::ranges::find(source_kind_words, text.substr(0, colon));
  if (colon == std::string_view::npos || word == std::end(source_kind_words)) return bad(text, "its kind is unknown");
  const auto rest = text.substr(colon + 1);
  if (rest.empty()) return bad(text, "nothing follows the ':'");
  SecretSource source{.kind = static_cast<SourceKind>(word - source_kind_words),
                      .name = std::string(rest),
                      .selector = {},
                      .words = {}};
  switch (source.kind) {
    case SourceKind::env:
    case SourceKind::secrets:
      if (!variable_name(source.name)) return bad(text, "that is no name of a variable");
      return source;
    case SourceKind::file:
      return file_source(text, rest);
    case SourceKind::command:
      for (const auto part : split(rest, ' '))
        if (!part.empty()) source.words.emplace_back(part);
      if (source.words.empty()) return bad(text, "it names no program");
      source.name = source.words.front();
      return source;
    case SourceKind::keyring: {
      const auto slash = rest.find('/');
      if (slash == std::string_view::npos || slash == 0 || slash + 1 == rest.size())
        return bad(text, "a keyring entry is SERVICE/ACCOUNT");
      source.name = rest.substr(0, slash);
      source.selector = rest.substr(slash + 1);
      return source;
    }
    case SourceKind::git_credential:
      if (!rest.starts_with("https://") && !rest.starts_with("http://")) return bad(text, "it needs an http(s) URL");
      return source;
    case SourceKind::gh:
      return source;
  }
  return source;
}

}  // namespace bailey::policy
