#include "gateway/network_policy.h"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/address.h"
#include "gateway/local_name.h"
#include "gateway/path_glob.h"
#include "gateway/rule_index.h"

namespace bailey::gateway {
namespace {

constexpr std::uint16_t any_other_port = 0;  // one that no rule names

bool is_conditional(const NetworkRule& rule) { return !rule.methods.empty() || !rule.paths.empty(); }

bool covers_port(const NetworkRule& rule, std::uint16_t port) {
  if (!rule.ports.empty()) return std::ranges::find(rule.ports, port) != rule.ports.end();
  return rule.action != RuleAction::allow || port == 80 || port == 443;
}

bool is_equal_without_case(std::string_view one, std::string_view other) {
  return std::ranges::equal(
      one, other, [](char a, char b) { return a == b || ((a ^ b) == 0x20 && (a | 0x20) >= 'a' && (a | 0x20) <= 'z'); });
}

// Methods are case-sensitive (RFC 9110, 9.1), but a server may be lenient: what is refused is refused in any spelling.
bool covers_method(const NetworkRule& rule, std::string_view method) {
  if (rule.methods.empty()) return true;
  return std::ranges::any_of(rule.methods, [&](const std::string& own) {
    return rule.action == RuleAction::allow ? own == method : is_equal_without_case(own, method);
  });
}

bool covers_path(const NetworkRule& rule, std::string_view normal) {
  return std::ranges::any_of(rule.paths, [&](const std::string& glob) { return path_matches(glob, normal); });
}

std::string reason_of(const NetworkRule& rule) {
  auto reason = rule.reason.empty() ? fmt::format("rule {} refuses it", rule.id) : rule.reason;
  if (rule.action == RuleAction::prompt) reason += "; a human is asked: try again once they have allowed it";
  return reason;
}

Verdict refused(const NetworkRule& rule) { return {.action = rule.action, .rule = rule.id, .reason = reason_of(rule)}; }

Verdict blocked(std::string rule, std::string reason) {
  return {.action = RuleAction::block, .rule = std::move(rule), .reason = std::move(reason)};
}

}  // namespace

struct NetworkPolicy::Index {
  Mode mode;
  std::vector<NetworkRule> rules;
  NetworkLimits limits;
  RuleIndex index;

  struct Target {
    std::string_view host;
    std::optional<IpAddress> address;  // of a literal
    RuleNumbers numbers;               // of the rules that speak of the host
    [[nodiscard]] bool is_off_the_internet() const { return address && classify(*address) != AddressClass::global; }
  };

  [[nodiscard]] Target target_of(const Authority& authority) const {
    if (!authority.is_literal) return {authority.host, std::nullopt, index.of_name(authority.host)};
    // A literal that cannot be read is nowhere on the internet: classified as the unspecified address.
    const auto address = parse_address(authority.host).value_or(IpAddress{});
    return {authority.host, address, index.of_address(address)};
  }

  [[nodiscard]] Verdict allowed(const NetworkRule& rule) const {
    return {.action = RuleAction::allow,
            .route = is_conditional(rule) || rule.inspect ? Route::inspect : Route::tunnel,
            .rule = rule.id,
            .allow_private = rule.allow_private,
            .allow_no_sni = rule.allow_no_sni,
            .names_port = !rule.ports.empty(),
            .upload_request_bytes_max = rule.upload_request_bytes_max.value_or(limits.upload_request_bytes_max)};
  }

  // What happens where no rule matches.
  [[nodiscard]] Verdict fallback(const Target& target, std::uint16_t port) const {
    if (target.is_off_the_internet()) {
      return blocked("default", fmt::format("{} is a {} address: it needs a rule with allow_private that names it",
                                            target.host, to_string(classify(*target.address))));
    }
    if (mode == Mode::allow_all) {
      if (!target.address && is_local_name(target.host)) return blocked("default", std::string(local_name_reason));
      return {
          .action = RuleAction::allow, .rule = "default", .upload_request_bytes_max = limits.upload_request_bytes_max};
    }
    if (target.address) return blocked("default", "an address in place of a name needs a rule that names it");
    for (const auto number : target.numbers) {
      if (rules[number].action == RuleAction::allow && !covers_port(rules[number], port)) {
        return blocked("default", fmt::format("no rule allows port {} of {}", port, target.host));
      }
    }
    return blocked("default", fmt::format("no rule allows {}", target.host));
  }

  [[nodiscard]] Verdict allowed_for(const NetworkRule& rule, const Target& target) const {
    if (rule.allow_private || !target.is_off_the_internet()) return allowed(rule);
    return blocked(rule.id, fmt::format("{} is a {} address: the rule needs allow_private", target.host,
                                        to_string(classify(*target.address))));
  }

  [[nodiscard]] Verdict decide_connection(const Target& target, std::uint16_t port) const;
  [[nodiscard]] Verdict decide_request(const Target& target, std::uint16_t port, std::string_view method,
                                       std::string_view path) const;
  [[nodiscard]] Verdict decide_any_port(const Target& target) const;
};

namespace {

// Rules whose answer depends on the request stand before the one that ends the walk: the connection is allowed when
// any of them may allow a request, and has no more rights than each of them gives.
class Walk {
 public:
  void meet_conditional(const NetworkRule& rule, Verdict verdict) {
    route_ = Route::inspect;
    if (verdict.allowed()) {
      join(std::move(verdict));
    } else if (rule.action == RuleAction::prompt && !prompt_) {
      prompt_ = std::move(verdict);
    }
  }

  Verdict end_with(Verdict last) && {
    if (last.allowed()) join(std::move(last));
    if (granted_) {
      if (route_ == Route::inspect) granted_->route = Route::inspect;
      return *std::move(granted_);
    }
    return prompt_ ? *std::move(prompt_) : std::move(last);
  }

 private:
  void join(Verdict verdict) {
    if (!granted_) {
      granted_ = std::move(verdict);
      return;
    }
    granted_->allow_private = granted_->allow_private && verdict.allow_private;
    granted_->allow_no_sni = granted_->allow_no_sni && verdict.allow_no_sni;
    granted_->names_port = granted_->names_port && verdict.names_port;
    if (verdict.route == Route::inspect) granted_->route = Route::inspect;
  }

  std::optional<Verdict> granted_;
  std::optional<Verdict> prompt_;
  Route route_ = Route::tunnel;
};

}  // namespace

Verdict NetworkPolicy::Index::decide_connection(const Target& target, std::uint16_t port) const {
  Walk walk;
  for (const auto number : target.numbers) {
    const auto& rule = rules[number];
    if (!covers_port(rule, port)) continue;
    auto verdict = rule.action == RuleAction::allow ? allowed_for(rule, target) : refused(rule);
    if (!is_conditional(rule)) return std::move(walk).end_with(std::move(verdict));
    walk.meet_conditional(rule, std::move(verdict));
  }
  return std::move(walk).end_with(fallback(target, port));
}

Verdict NetworkPolicy::Index::decide_request(const Target& target, std::uint16_t port, std::string_view method,
                                             std::string_view path) const {
  std::optional<std::string> normal;
  for (const auto number : target.numbers) {
    const auto& rule = rules[number];
    if (!covers_port(rule, port) || !covers_method(rule, method)) continue;
    if (!rule.paths.empty()) {
      if (!normal) normal = normal_path(path);
      if (!normal) return blocked(rule.id, "the path is not in its plain form, and a rule depends on it");
      if (!covers_path(rule, *normal)) continue;
    }
    auto verdict = rule.action == RuleAction::allow ? allowed_for(rule, target) : refused(rule);
    if (verdict.allowed()) verdict.route = Route::inspect;
    return verdict;
  }
  auto verdict = fallback(target, port);
  if (verdict.allowed()) verdict.route = Route::inspect;
  // Rules allow something of this host and port, only not this.
  const auto allows_other = std::ranges::any_of(target.numbers, [&](std::uint32_t number) {
    const NetworkRule& rule = rules[number];
    return rule.action == RuleAction::allow && covers_port(rule, port) &&
           (rule.allow_private || !target.is_off_the_internet());
  });
  if (!verdict.allowed() && allows_other) {
    verdict.reason = fmt::format("no rule allows this method and path of {}", target.host);
  }
  return verdict;
}

Verdict NetworkPolicy::Index::decide_any_port(const Target& target) const {
  auto usual = decide_connection(target, 443);
  if (usual.allowed()) return usual;
  for (const std::uint16_t port : {std::uint16_t{80}, any_other_port}) {
    if (auto verdict = decide_connection(target, port); verdict.allowed()) return verdict;
  }
  for (const auto number : target.numbers) {
    if (rules[number].action != RuleAction::allow) continue;
    for (const auto port : rules[number].ports) {
      if (auto verdict = decide_connection(target, port); verdict.allowed()) return verdict;
    }
  }
  return usual;
}

NetworkPolicy::NetworkPolicy(Mode mode, std::vector<NetworkRule> rules, NetworkLimits limits) {
  RuleIndex index(rules);
  index_ = std::unique_ptr<Index>(new Index{mode, std::move(rules), limits, std::move(index)});
}
NetworkPolicy::NetworkPolicy(NetworkPolicy&&) noexcept = default;
NetworkPolicy& NetworkPolicy::operator=(NetworkPolicy&&) noexcept = default;
NetworkPolicy::~NetworkPolicy() = default;

Verdict NetworkPolicy::decide_name(std::string_view host) const {
  return index_->decide_any_port({host, std::nullopt, index_->index.of_name(host)});
}

Verdict NetworkPolicy::decide(const Authority& authority) const {
  return index_->decide_connection(index_->target_of(authority), authority.port);
}

Verdict NetworkPolicy::decide(const Authority& authority, std::string_view method, std::string_view path) const {
  return index_->decide_request(index_->target_of(authority), authority.port, method, path);
}

Mode NetworkPolicy::mode() const { return index_->mode; }
const NetworkLimits& NetworkPolicy::limits() const { return index_->limits; }

}  // namespace bailey::gateway
