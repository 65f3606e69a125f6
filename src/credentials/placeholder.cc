#include "credentials/placeholder.h"

#include <fmt/format.h>

#include <optional>

#include "credentials/keep.h"
#include "credentials/random_shape.h"
#include "credentials/web_token.h"

namespace bailey::credentials {
namespace {

// Longer ones before those that they start with.
constexpr std::string_view prefixes[] = {
    "sk-ant-api03-", "sk-ant-admin01-",
    "sk-ant-oat01-", "sk-ant-ort01-",
    "sk-ant-",       "sk-proj-",
    "sk-svcacct-",   "sk-or-v1-",
    "sk_live_",      "sk_test_",
    "sk-",           "rk_live_",
    "whsec_",        "github_pat_",
    "ghp_",          "gho_",
    "ghu_",          "ghs_",
    "ghr_",          "glpat-",
    "AIza",          "ya29.",
    "1//0",          "xoxb-",
    "xoxp-",         "xoxa-",
    "xapp-",         "npm_",
    "pypi-",         "AKIA",
    "ASIA",          "hf_",
    "gsk_",          "xai-",
    "pplx-",         "dop_v1_",
    "SG.",           "dckr_pat_",
    "rubygems_",     "Bearer ",
    "Basic ",
};
constexpr std::uint64_t attempts_max = 64;  // a second one is rare, a third one never happens

// Prefixes stay where what follows has enough to vary.
std::optional<std::size_t> kept_bytes(std::string_view secret) {
  const auto prefix = known_prefix(secret);
  if (bits_of_shape(secret.substr(prefix.size())) >= placeholder_bits_min) return prefix.size();
  if (bits_of_shape(secret) >= placeholder_bits_min) return 0;
  return std::nullopt;
}

}  // namespace

std::string_view known_prefix(std::string_view secret) {
  for (const auto prefix : prefixes)
    if (secret.starts_with(prefix)) return secret.substr(0, prefix.size());
  return {};
}

Result<std::string> make_placeholder(std::string_view secret, std::string_view seed, std::string_view label,
                                     const std::set<std::string>& taken) {
  const std::string what = "make a placeholder";
  if (secret.size() < kept_value_bytes_min)
    return fail(what,
                fmt::format("the secret has fewer than {} bytes: such a text is met by chance", kept_value_bytes_min),
                "use a longer one");
  const auto kept = kept_bytes(secret);
  if (!kept)
    return fail(what, "the secret has too few letters and digits: its placeholder would be met by chance",
                "use a longer one");
  if (seed.size() < placeholder_seed_bytes) return fail(what, "the seed is too short");
  for (std::uint64_t attempt = 0; attempt < attempts_max; ++attempt) {
    SeededBytes bytes(seed, label, attempt);
    auto placeholder = web_token_placeholder(secret, bytes);
    if (!placeholder) placeholder = same_shape(secret, *kept, bytes);
    if (*placeholder != secret && !taken.contains(*placeholder)) return std::move(*placeholder);
  }
  return fail(what, "every attempt made one that exists already", "use a longer secret");
}

}  // namespace bailey::credentials
