#include "gateway/aws_signature.h"

#include <fmt/format.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/text.h"
#include "credentials/secret_text.h"
#include "gateway/credential_fields.h"
#include "gateway/request_rules.h"

namespace bailey::gateway {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view content_hash_field = "x-amz-content-sha256";
constexpr std::size_t hash_digits = 64;
constexpr std::size_t signed_fields_max = 64;

std::unexpected<Error> bad(std::string why) { return fail("sign the request anew", std::move(why)); }

struct Scope {
  std::string_view date, region, service;
  std::string_view text;                 // date/region/service/aws4_request
  std::vector<std::string_view> fields;  // lower case, in order
};

bool is_plain(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

Result<Scope> parse_scope(std::string_view credential) {
  const auto slash = credential.find('/');
  if (slash == std::string_view::npos) return bad("its credential has no scope");
  Scope scope{.date = {}, .region = {}, .service = {}, .text = credential.substr(slash + 1), .fields = {}};
  const auto parts = split(scope.text, '/');
  if (parts.size() != 4 || parts[3] != "aws4_request" || !std::ranges::all_of(parts, is_plain))
    return bad("its credential's scope is not DATE/REGION/SERVICE/aws4_request");
  scope.date = parts[0];
  scope.region = parts[1];
  scope.service = parts[2];
  return scope;
}

// "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…": these three, in any order.
Result<Scope> parse_authorization(std::string_view value) {
  if (!value.starts_with(algorithm) || value.size() == algorithm.size() || value[algorithm.size()] != ' ')
    return bad("it is not signed with AWS4-HMAC-SHA256");
  std::string_view credential;
  std::string_view fields;
  std::string_view signature;
  for (const auto part : split(value.substr(algorithm.size() + 1), ',')) {
    const auto one = trim(part);
    const auto take = [&](std::string_view name, std::string_view& into) {
      if (!one.starts_with(name) || !into.empty()) return false;
      into = one.substr(name.size());
      return true;
    };
    if (!take("Credential=", credential) && !take("SignedHeaders=", fields) && !take("Signature=", signature))
      return bad("its Authorization header has a part that is unknown");
  }
  if (signature.size() != hash_digits || fields.empty()) return bad("its Authorization header is not whole");
  Scope scope = TRY(parse_scope(credential));
  scope.fields = split(fields, ';');
  if (scope.fields.size() > signed_fields_max || !std::ranges::is_sorted(scope.fields) ||
      std::ranges::find(scope.fields, "host") == scope.fields.end())
    return bad("its list of signed headers is out of order or has no host");
  return scope;
}

// As the client sent it; every service but S3 encodes the path a second time.
Result<std::string> canonical_path(std::string_view path, std::string_view service) {
  if (service.starts_with("s3")) return std::string(path);
  std::string result;
  const auto segments = split(path.substr(1), '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool is_last = i + 1 == segments.size();
    if (segments[i] == "." || segments[i] == ".." || (segments[i].empty() && !is_last))
      return bad("its path is not in its plain form");
    result += "/" + percent_encoded(segments[i]);
  }
  return result;
}

std::string canonical_query(std::string_view path) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const auto& [name, value] : query_parameters(path))
    parameters.emplace_back(percent_encoded(percent_decoded(name)), percent_encoded(percent_decoded(value)));
  std::ranges::sort(parameters);
  std::string result;
  for (const auto& [name, value] : parameters)
    result.append(result.empty() ? "" : "&").append(name).append("=").append(value);
  return result;
}

// Without white space around, and with one space for several within.
std::string canonical_value(std::string_view value) {
  std::string result;
  for (const char c : trim(value))
    if (c != ' ' || result.empty() || result.back() != ' ') result += c;
  return result;
}

Result<std::string> canonical_fields(const HttpFields& fields, const std::vector<std::string_view>& names) {
  std::string result;
  for (const auto name : names) {
    std::string values;
    bool is_there = false;
    for (const auto& field : fields) {
      if (!is_named(field, name)) continue;
      values.append(is_there ? "," : "").append(canonical_value(field.value));
      is_there = true;
    }
    if (!is_there || name == "authorization")
      return bad(fmt::format("the signed header '{}' is not in it", visible(name)));
    result.append(name).append(":").append(values).append("\n");
  }
  return result;
}

std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, sha256_bytes> digest{};
  unsigned size = 0;
  ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string signature_of(const AwsKey& key, const Scope& scope, std::string_view text) {
  std::string first;
  first.reserve(key.secret.size() + 4);
  first.append("AWS4").append(key.secret);
  std::string derived = hmac(first, scope.date);
  credentials::wipe(first);
  for (const std::string_view step : {scope.region, scope.service, std::string_view("aws4_request"), text})
    derived = hmac(derived, step);
  return to_hex(derived);
}

}  // namespace

AwsKey aws_key_of(std::string_view both) {
  const auto colon = std::min(both.find(':'), both.size());
  return {both.substr(0, colon), both.substr(std::min(colon + 1, both.size()))};
}

std::optional<std::string> stated_payload_hash(const RequestHead& head) {
  if (const auto* const stated = find_field(head.fields, content_hash_field)) return stated->value;
  if (!head.is_chunked && head.content_length.value_or(0) == 0) return to_hex(sha256(""));
  return std::nullopt;
}

Status sign_anew(RequestHead& head, const AwsKey& key, std::string_view payload_hash) {
  const auto field =
      std::ranges::find_if(head.fields, [](const auto& each) { return is_named(each, "authorization"); });
  if (field == head.fields.end()) return bad("it has no Authorization header");
  const std::string sent = field->value;
  const Scope scope = TRY(parse_authorization(sent));
  if (payload_hash.starts_with("STREAMING-"))
    return bad(
        "its body is signed chunk by chunk: have the client sign the whole body, or none of it (UNSIGNED-PAYLOAD)");
  const bool is_hash = payload_hash.size() == hash_digits && std::ranges::all_of(payload_hash, [](char c) {
                         return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                       });
  if (!is_hash && payload_hash != "UNSIGNED-PAYLOAD") return bad("its x-amz-content-sha256 is none");
  const auto* const date = find_field(head.fields, "x-amz-date");
  if (date == nullptr || !date->value.starts_with(scope.date) || !is_plain(date->value))
    return bad("it has no x-amz-date of the day that its credential is for");
  const std::string path = TRY(canonical_path(without_query(head.path), scope.service));
  const std::string fields = TRY(canonical_fields(head.fields, scope.fields));
  std::string names;
  for (const auto name : scope.fields) names.append(names.empty() ? "" : ";").append(name);
  const std::string canonical =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", head.method, path, canonical_query(head.path), fields, names, payload_hash);
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", algorithm, date->value, scope.text, to_hex(sha256(canonical)));
  field->value = fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", algorithm, key.id, scope.text,
                             names, signature_of(key, scope, to_sign));
  return {};
}

}  // namespace bailey::gateway
