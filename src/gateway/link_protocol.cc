#include "gateway/link_protocol.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "json/read.h"
#include "json/write.h"

namespace bailey::gateway {
namespace {

constexpr std::string_view known_texts[] = {text_policy,    text_resolv_conf,     text_hosts,
                                            text_ca_bundle, text_proxy_variables, text_keep};
constexpr std::string_view seen_names[] = {"dns_name",    "connection",       "http_request",  "limit",
                                           "secret_used", "secret_misplaced", "secret_pinned", "secret_echoed"};
constexpr std::string_view first_start = "first";
constexpr std::string_view later_start = "after_restart";
constexpr std::size_t text_bytes_max = 512;

std::unexpected<Error> bad(std::string why) { return fail("the gateway's link", std::move(why)); }

// Takes members out of an object one by one; what is left over at the end is an error.
class Members {
 public:
  explicit Members(const json::Value& value) : value_(value) {}

  std::string text(const char* name, std::size_t bytes_max = text_bytes_max) {
    const json::Value* const found = take(name);
    const std::string* const text = found == nullptr ? nullptr : found->as_string();
    if (text == nullptr || text->size() > bytes_max) {
      is_bad_ = true;
      return {};
    }
    return *text;
  }
  std::uint64_t number(const char* name, std::uint64_t max = UINT64_MAX) {
    const json::Value* const found = take(name);
    const auto number = found == nullptr ? std::nullopt : found->as_uint();
    if (!number || *number > max) is_bad_ = true;
    return number.value_or(0);
  }
  bool flag(const char* name) {
    const json::Value* const found = take(name);
    const auto flag = found == nullptr ? std::nullopt : found->as_bool();
    if (!flag) is_bad_ = true;
    return flag.value_or(false);
  }
  // Each once, each one of `known`.
  std::vector<std::string> names(const char* name, std::span<const std::string_view> known) {
    std::vector<std::string> result;
    const json::Value* const found = take(name);
    const json::Array* const array = found == nullptr ? nullptr : found->as_array();
    if (array == nullptr) is_bad_ = true;
    else
      for (const auto& item : *array) {
        const std::string* const text = item.as_string();
        if (text == nullptr || std::ranges::find(known, *text) == known.end() ||
            std::ranges::find(result, *text) != result.end())
          is_bad_ = true;
        else result.push_back(*text);
      }
    return result;
  }
  [[nodiscard]] bool is_exact() const { return !is_bad_ && value_.as_object()->size() == taken_; }

 private:
  const json::Value* take(const char* name) {
    const json::Value* const found = value_.find(name);
    if (found == nullptr) is_bad_ = true;
    else ++taken_;
    return found;
  }

  const json::Value& value_;
  std::size_t taken_ = 0;
  bool is_bad_ = false;
};

json::Array to_array(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

// Cut between two characters, not within one.
std::string cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0U) == 0x80U) --bytes_max;
  return std::string(text.substr(0, bytes_max));
}

std::string encode_observation(const Observation& seen, std::size_t bytes_max) {
  json::Value value;
  value.set("type", "observed");
  value.set("what", seen_names[static_cast<std::size_t>(seen.what)]);
  value.set("allowed", seen.allowed);
  value.set("asks", seen.asks);
  value.set("rule", cut(seen.rule, bytes_max));
  value.set("reason", cut(seen.reason, bytes_max));
  value.set("host", cut(seen.host, bytes_max));
  value.set("port", unsigned{seen.port});
  value.set("learned_from", cut(seen.learned_from, bytes_max));
  value.set("method", cut(seen.method, bytes_max));
  value.set("path", cut(seen.path, bytes_max));
  value.set("protocol", cut(seen.protocol, bytes_max));
  value.set("status", seen.status < 0 ? 0 : seen.status);
  value.set("bytes_out", seen.bytes_out);
  value.set("bytes_in", seen.bytes_in);
  value.set("ms", seen.ms);
  value.set("count", seen.count);
  if (is_about_secret(seen.what)) value.set("secret", cut(seen.secret, bytes_max));
  return json::write(value);
}

Result<Observation> decode_observation(Members& members) {
  Observation seen;
  const std::string what = members.text("what");
  const auto* const found = std::ranges::find(seen_names, what);
  if (found == std::end(seen_names)) return bad("an observation of an unknown kind");
  seen.what = static_cast<Seen>(found - std::begin(seen_names));
  seen.allowed = members.flag("allowed");
  seen.asks = members.flag("asks");
  seen.rule = members.text("rule");
  seen.reason = members.text("reason");
  seen.host = members.text("host");
  seen.port = static_cast<std::uint16_t>(members.number("port", UINT16_MAX));
  seen.learned_from = members.text("learned_from");
  seen.method = members.text("method");
  seen.path = members.text("path");
  seen.protocol = members.text("protocol");
  seen.status = static_cast<int>(members.number("status", 999));
  seen.bytes_out = members.number("bytes_out");
  seen.bytes_in = members.number("bytes_in");
  seen.ms = members.number("ms");
  seen.count = members.number("count");
  if (is_about_secret(seen.what)) seen.secret = members.text("secret");
  return seen;
}

Result<json::Value> read_object(std::string_view packet) {
  const json::ReadLimits limits{.bytes_max = link_message_bytes_max,
                                .depth_max = 3,
                                .string_bytes_max = link_message_bytes_max,
                                .members_max = 64,
                                .values_max = 256};
  json::Value value = TRY(json::read(packet, "message", limits));
  if (value.as_object() == nullptr) return bad("a message that is no object");
  return value;
}

}  // namespace

std::string encode(const ToGateway& message) {
  json::Value value;
  if (const auto* const configure = std::get_if<Configure>(&message)) {
    value.set("type", "configure");
    value.set("texts", to_array(configure->texts));
    value.set("names", configure->names == NameTable::Start::first ? first_start : later_start);
  } else if (const auto* const listeners = std::get_if<Listeners>(&message)) {
    value.set("type", "listeners");
    value.set("names", to_array(listeners->names));
  } else {
    value.set("type", std::holds_alternative<Stop>(message)      ? "stop"
                      : std::holds_alternative<NewKeep>(message) ? "keep"
                                                                 : "policy");
  }
  return json::write(value);
}

std::string encode(const FromGateway& message) {
  if (const auto* const seen = std::get_if<Observation>(&message)) {
    std::size_t bytes_max = text_bytes_max;
    std::string text = encode_observation(*seen, bytes_max);
    while (text.size() > observation_bytes_max) text = encode_observation(*seen, bytes_max /= 2);
    return text;
  }
  json::Value value;
  if (const auto* const ready = std::get_if<ReadyToListen>(&message)) {
    value.set("type", "ready");
    value.set("ca_pem", ready->ca_pem);
  } else {
    const auto& failed = std::get<Failed>(message);
    value.set("type", "failed");
    value.set("what", cut(failed.what, text_bytes_max));
    value.set("why", cut(failed.why, text_bytes_max));
    value.set("remedy", cut(failed.remedy, text_bytes_max));
  }
  return json::write(value);
}

Result<ToGateway> decode_to_gateway(std::string_view packet, std::size_t fds) {
  const json::Value value = TRY(read_object(packet));
  Members members(value);
  const std::string type = members.text("type");
  ToGateway message = Stop{};
  std::size_t wanted_fds = 0;
  if (type == "configure") {
    Configure configure{.texts = members.names("texts", known_texts)};
    const std::string start = members.text("names");
    if (start != first_start && start != later_start) return bad("an unknown start of names");
    configure.names = start == first_start ? NameTable::Start::first : NameTable::Start::after_restart;
    wanted_fds = configure.texts.size();
    message = std::move(configure);
  } else if (type == "listeners") {
    Listeners listeners{.names = members.names("names", listener_names)};
    wanted_fds = listeners.names.size();
    message = std::move(listeners);
  } else if (type == "policy") {
    wanted_fds = 1;
    message = NewPolicy{};
  } else if (type == "keep") {
    wanted_fds = 1;
    message = NewKeep{};
  } else if (type != "stop") {
    return bad("a message of an unknown type");
  }
  if (!members.is_exact()) return bad("a '" + type + "' message with other members than it should have");
  if (fds != wanted_fds) return bad("a '" + type + "' message with " + std::to_string(fds) + " descriptors");
  return message;
}

Result<FromGateway> decode_from_gateway(std::string_view packet, std::size_t fds) {
  if (fds != 0) return bad("the gateway sent descriptors");
  const json::Value value = TRY(read_object(packet));
  Members members(value);
  const std::string type = members.text("type");
  FromGateway message;
  if (type == "ready") {
    message = ReadyToListen{.ca_pem = members.text("ca_pem", link_message_bytes_max)};
  } else if (type == "failed") {
    message = Failed{.what = members.text("what"), .why = members.text("why"), .remedy = members.text("remedy")};
  } else if (type == "observed") {
    if (packet.size() > observation_bytes_max) return bad("an observation that is too long");
    message = TRY(decode_observation(members));
  } else {
    return bad("a message of an unknown type");
  }
  if (!members.is_exact()) return bad("a '" + type + "' message with other members than it should have");
  return message;
}

}  // namespace bailey::gateway
