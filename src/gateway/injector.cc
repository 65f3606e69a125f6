#include "gateway/injector.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/credential_fields.h"
#include "gateway/path_glob.h"
#include "gateway/request_rules.h"

namespace bailey::gateway {
namespace {

using credentials::KeptSecret;
using policy::SecretForm;
using policy::SecretUse;

constexpr std::string_view authorization = "authorization";
constexpr std::string_view aws_scheme = "AWS4-HMAC-SHA256";
constexpr std::size_t shown_hosts_max = 3;
constexpr std::string_view withheld = "(withheld: a secret's placeholder)";

std::string text_of(const SecretUse& use) {
  switch (use.form) {
    case SecretForm::header:
      return fmt::format("header '{}'", use.name);
    case SecretForm::bearer:
      return "header 'Authorization: Bearer …'";
    case SecretForm::basic:
      return "header 'Authorization: Basic …'";
    case SecretForm::query:
      return fmt::format("query parameter '{}'", use.name);
    case SecretForm::json:
      return fmt::format("JSON field '{}' of the body", use.name);
    case SecretForm::aws:
      return "an AWS signature (SigV4)";
  }
  return "";
}

std::string home_of(const KeptSecret& secret) {
  std::string uses;
  for (const auto& use : secret.uses) uses += (uses.empty() ? "" : " or ") + text_of(use);
  std::string hosts;
  for (std::size_t i = 0; i < std::min(secret.hosts.size(), shown_hosts_max); ++i)
    hosts += (i > 0 ? ", " : "") + secret.hosts[i];
  if (secret.hosts.size() > shown_hosts_max) hosts += ", …";
  if (hosts.empty()) return "it may not be sent anywhere";
  return fmt::format("it is good for {} of https requests to {} only", uses, hosts);
}

bool is_method_of(const KeptSecret& secret, std::string_view method) {
  return secret.methods.empty() || std::ranges::find(secret.methods, method) != secret.methods.end();
}

bool is_path_of(const KeptSecret& secret, std::string_view path) {
  if (secret.paths.empty()) return true;
  const auto normal = normal_path(path);
  return normal && std::ranges::any_of(secret.paths, [&](const auto& glob) { return path_matches(glob, *normal); });
}

// Servers that take one of these act on a method that no rule has seen.
bool overrides_method(const HttpFields& fields) {
  constexpr std::array<std::string_view, 3> names = {"x-http-method-override", "x-http-method", "x-method-override"};
  return std::ranges::any_of(fields, [&](const auto& field) {
    return std::ranges::any_of(names, [&](auto name) { return is_named(field, name); });
  });
}

bool reflects(std::string_view method) { return method == "TRACE" || method == "TRACK" || method == "DEBUG"; }

// One head on its way: `head_` becomes what leaves, `rest_` is what is searched.
class Injector {
 public:
  Injector(const KeepIndex& keep, SecretNumbers numbers, const RequestHead& head)
      : keep_(keep), numbers_(std::move(numbers)), head_(head), rest_(head), is_settled_(head.fields.size(), false) {}
  ~Injector() {
    for (auto& field : head_.fields) credentials::wipe(field.value);
    credentials::wipe(head_.path);
  }
  Injector(const Injector&) = delete;
  Injector& operator=(const Injector&) = delete;

  Injection run(RequestHead& head) {
    result_.is_home = !numbers_.empty();
    for (const auto number : numbers_)
      for (const auto& use : keep_.secret(number).uses) place(number, use);
    if (!result_.refused) search();
    if (!result_.refused) look_for_others();
    if (result_.refused) return std::move(result_);
    if (result_.is_home) ask_for_readable_response();
    std::swap(head, head_);
    return std::move(result_);
  }

 private:
  void place(std::uint32_t number, const SecretUse& use) {
    switch (use.form) {
      case SecretForm::header:
        return place_in_fields(number, use.name);
      case SecretForm::bearer:
        return place_in_fields(number, authorization);
      case SecretForm::basic:
        return place_in_basic(number, use.name);
      case SecretForm::query:
        return place_in_query(number, use.name);
      case SecretForm::json:
        if (is_method_of(secret(number), head_.method) && is_path_of(secret(number), without_query(head_.path)))
          result_.json_fields.push_back({number, use.name});
        return;
      case SecretForm::aws:
        return place_in_signature(number);
    }
  }

  [[nodiscard]] const KeptSecret& secret(std::uint32_t number) const { return keep_.secret(number); }
  [[nodiscard]] bool is_it(std::uint32_t number, std::string_view text) const {
    return text == secret(number).placeholder || text == secret(number).value.view();
  }

  // Whether the rule lets this secret go with this request.
  bool accept(std::uint32_t number) {
    const auto& it = secret(number);
    std::string why;
    if (reflects(head_.method)) why = "a request that asks for its own text back";
    else if (overrides_method(head_.fields)) why = "a request that overrides its method";
    else if (!is_method_of(it, head_.method)) why = "a request with this method";
    else if (!is_path_of(it, without_query(head_.path))) why = "a request for this path";
    if (!why.empty()) {
      refuse({.what = Seen::secret_misplaced,
              .secret = number,
              .why = fmt::format("secret '{}' does not go with {}", it.id, why)});
      return false;
    }
    if (std::ranges::find(result_.used, number) == result_.used.end()) result_.used.push_back(number);
    return true;
  }

  void refuse(SecretRefusal refusal) {
    if (!result_.refused) result_.refused = std::move(refusal);
  }

  void settle(std::uint32_t number, std::size_t at, std::string value, std::string rest) {
    if (!is_field_value(value))
      return refuse({.what = Seen::secret_misplaced, .secret = number, .why = "a secret that no header can carry"});
    head_.fields[at].value = std::move(value);
    rest_.fields[at].value = std::move(rest);
    is_settled_[at] = true;
  }

  void place_in_fields(std::uint32_t number, std::string_view name) {
    for (std::size_t at = 0; at < rest_.fields.size(); ++at) {
      if (is_settled_[at] || !is_named(rest_.fields[at], name)) continue;
      const std::string& sent = rest_.fields[at].value;
      auto [scheme, credential] = split_credential(sent);
      if (is_it(number, sent)) scheme = {};
      else if (!is_it(number, credential)) continue;
      if (!accept(number)) return;
      std::string value;
      const std::string_view real = secret(number).value.view();
      value.reserve(scheme.size() + 1 + real.size());
      value.append(scheme).append(scheme.empty() ? "" : " ").append(real);
      settle(number, at, std::move(value), std::string(scheme));
    }
  }

  // The secret is the password; or the user, at services that take a key there, when the rule names none.
  void place_in_basic(std::uint32_t number, const std::string& user) {
    for (std::size_t at = 0; at < rest_.fields.size(); ++at) {
      if (is_settled_[at] || !is_named(rest_.fields[at], authorization)) continue;
      const auto sent = parse_basic(rest_.fields[at].value);
      if (!sent) continue;
      const std::string_view real = secret(number).value.view();
      if (is_it(number, sent->password) && (user.empty() || user == sent->user)) {
        if (!accept(number)) return;
        settle(number, at, basic_of(sent->user, real), sent->user);
      } else if (user.empty() && is_it(number, sent->user)) {
        if (!accept(number)) return;
        settle(number, at, basic_of(real, sent->password), sent->password);
      }
    }
  }

  void place_in_query(std::uint32_t number, const std::string& name) {
    // Both queries have the same parameters; from the last one, so that those before it stay where they are.
    for (std::size_t i = query_parameters(rest_.path).size(); i-- > 0;) {
      const auto parameter = query_parameters(rest_.path)[i];
      if (percent_decoded(parameter.name) != name || !is_it(number, percent_decoded(parameter.value))) continue;
      if (!accept(number)) return;
      replace(head_.path, query_parameters(head_.path)[i].value, percent_encoded(secret(number).value.view()));
      replace(rest_.path, parameter.value, {});
    }
  }

  // `part` is of `text`.
  static void replace(std::string& text, std::string_view part, std::string_view by) {
    std::string result;
    const auto begin = static_cast<std::size_t>(part.data() - text.data());
    result.reserve(text.size() + by.size());
    result.append(text, 0, begin).append(by).append(text, begin + part.size());
    text.swap(result);
    credentials::wipe(result);
  }

  void place_in_signature(std::uint32_t number) {
    const std::string& both = secret(number).placeholder;
    const std::string_view key_id = std::string_view(both).substr(0, both.find(':'));
    for (std::size_t at = 0; at < rest_.fields.size(); ++at) {
      if (is_settled_[at] || !is_named(rest_.fields[at], authorization)) continue;
      const auto [scheme, credential] = split_credential(rest_.fields[at].value);
      const std::string beginning = fmt::format("Credential={}/", key_id);
      if (scheme != aws_scheme || !credential.starts_with(beginning)) continue;
      if (!accept(number)) return;
      result_.to_sign = number;
      std::erase(result_.used, number);  // it is not in the request, only what it signed is
      rest_.fields[at].value = credential.substr(beginning.size());
      is_settled_[at] = true;
    }
  }

  void search() {
    const auto& canaries = keep_.canaries();
    const auto at = [&](std::string_view text, std::string_view place) {
      if (result_.refused) return;
      if (const auto sighting = canaries.find(text)) refuse(misplaced(keep_, *sighting, place));
    };
    at(rest_.method, "the method");
    at(without_query(rest_.path), "the path");
    at(rest_.path, "the query");
    for (const auto& field : rest_.fields) {
      at(field.name, "the name of a header");
      at(field.value, "a header");
    }
  }

  void look_for_others() {
    const auto pinned = std::ranges::find_if(numbers_, [&](std::uint32_t number) { return secret(number).pinned; });
    if (pinned == numbers_.end()) return;
    const auto refuse_other = [&](std::uint32_t number, std::string_view place) {
      refuse({.what = Seen::secret_pinned,
              .secret = number,
              .why = fmt::format(
                  "{} holds another credential than secret '{}', and only that one is accepted on this host: "
                  "send its placeholder, or none",
                  place, secret(number).id)});
    };
    for (std::size_t at = 0; at < rest_.fields.size(); ++at) {
      if (is_settled_[at] || rest_.fields[at].value.empty()) continue;
      if (const auto number = owner_of_field(rest_.fields[at].name, *pinned)) refuse_other(*number, "a header");
    }
    for (const auto& parameter : query_parameters(rest_.path)) {
      if (parameter.value.empty()) continue;
      if (const auto number = owner_of_parameter(percent_decoded(parameter.name))) refuse_other(*number, "the query");
    }
  }

  // The pinned secret in whose place this field is. `any`: one of them.
  [[nodiscard]] std::optional<std::uint32_t> owner_of_field(std::string_view name, std::uint32_t any) const {
    for (const auto number : numbers_) {
      if (!secret(number).pinned) continue;
      for (const auto& use : secret(number).uses)
        if (use.form == SecretForm::header && equals_ignoring_case(use.name, name)) return number;
    }
    return is_credential_field(name) ? std::optional(any) : std::nullopt;
  }

  [[nodiscard]] std::optional<std::uint32_t> owner_of_parameter(const std::string& name) const {
    for (const auto number : numbers_) {
      if (!secret(number).pinned) continue;
      for (const auto& use : secret(number).uses) {
        const bool is_its = use.form == SecretForm::query && use.name == name;
        // Services that take a key in this header take it in that parameter as well.
        const bool is_google =
            use.form == SecretForm::header && equals_ignoring_case(use.name, "x-goog-api-key") && name == "key";
        const bool is_presigned = use.form == SecretForm::aws && equals_ignoring_case(name, "x-amz-credential");
        if (is_its || is_google || is_presigned || name == "access_token" || name == "api_key") return number;
      }
    }
    return std::nullopt;
  }

  void ask_for_readable_response() {
    if (result_.to_sign) return;  // fields that were signed stay as they are; no value is in such a request
    remove_fields(head_.fields, "accept-encoding");
    head_.fields.push_back({"Accept-Encoding", "identity"});
    if (result_.used.empty()) return;
    remove_fields(head_.fields, "range");
    remove_fields(head_.fields, "if-range");
  }

  const KeepIndex& keep_;
  SecretNumbers numbers_;
  RequestHead head_;
  RequestHead rest_;
  std::vector<bool> is_settled_;
  Injection result_;
};

}  // namespace

SecretRefusal misplaced(const KeepIndex& keep, const Sighting& sighting, std::string_view place) {
  const auto& secret = keep.secret(sighting.secret);
  const std::string_view what = sighting.what == Sighting::What::value ? "the value" : "the placeholder";
  return {.what = Seen::secret_misplaced,
          .secret = sighting.secret,
          .why = fmt::format("{} of secret '{}' is in {}: {}", what, secret.id, place, home_of(secret))};
}

std::string without_secrets(const KeepIndex& keep, std::string_view text) {
  return std::string(keep.canaries().find(text) ? withheld : text);
}

Injection inject(const KeepIndex& keep, const Authority& authority, std::string_view scheme, RequestHead& head) {
  SecretNumbers numbers;
  if (scheme == "https" && !authority.is_literal) numbers = keep.at(authority.host, authority.port);
  return Injector(keep, std::move(numbers), head).run(head);
}

}  // namespace bailey::gateway
