#include "gateway/kept_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/text.h"
#include "gateway/aws_signature.h"
#include "gateway/json_field.h"
#include "gateway/request_rules.h"
#include "json/read.h"

namespace bailey::gateway {
namespace {

constexpr int status_unsupported = 415;
constexpr int status_bad_gateway = 502;
constexpr json::ReadLimits body_limits{.bytes_max = collected_body_bytes_max};
constexpr std::string_view result_replaced = "replaced";
constexpr std::string_view result_cut = "cut";

bool is_json(const RequestHead& head) {
  const auto* const type = find_field(head.fields, "content-type");
  return type != nullptr && to_lower_ascii(type->value).find("json") != std::string::npos;
}

bool is_unpacked(const HttpFields& fields) {
  return std::ranges::none_of(fields, [](const auto& field) {
    return is_named(field, "content-encoding") && !equals_ignoring_case(field.value, "identity");
  });
}

}  // namespace

KeptRequest::KeptRequest(std::shared_ptr<const KeepIndex> keep, Authority authority, std::string scheme,
                         Observer& observer)
    : keep_(std::move(keep)), authority_(std::move(authority)), scheme_(std::move(scheme)), observer_(observer) {}

void KeptRequest::begin(Observation& request) {
  request.method = without_secrets(*keep_, request.method);
  request.path = without_secrets(*keep_, request.path);
  request_ = request;
}

void KeptRequest::observe(Seen what, std::uint32_t secret, bool allowed, std::string result, int status) {
  observer_.seen({.what = what,
                  .allowed = allowed,
                  .rule = "secret:" + keep_->secret(secret).id,
                  .reason = std::move(result),
                  .host = request_.host,
                  .port = request_.port,
                  .learned_from = request_.learned_from,
                  .method = request_.method,
                  .path = request_.path,
                  .protocol = request_.protocol,
                  .status = status,
                  .secret = keep_->secret(secret).id});
}

std::optional<GuardRefusal> KeptRequest::refused(const SecretRefusal& refusal) {
  was_refused_ = true;
  observe(refusal.what, refusal.secret, false, refusal.why);
  return GuardRefusal{.why = refusal.why};
}

std::optional<GuardRefusal> KeptRequest::refused(const BodyFinding& finding, std::string_view place) {
  if (finding.sighting) return refused(misplaced(*keep_, *finding.sighting, place));
  was_refused_ = true;
  return GuardRefusal{.status = status_unsupported, .why = finding.problem};
}

std::optional<GuardRefusal> KeptRequest::on_head(RequestHead& head) {
  if (asks_for_websocket(head)) {
    remove_fields(head.fields, "sec-websocket-extensions");  // compressed frames could not be searched
    payload_ = std::make_unique<Canary>(keep_->canaries());
  }
  injection_ = inject(*keep_, authority_, scheme_, head);
  if (injection_.refused) return refused(*injection_.refused);
  body_ = std::make_unique<BodyCanary>(keep_->canaries(), LookFor::anything, head.fields);
  const bool has_body = head.is_chunked || head.content_length.value_or(0) > 0;
  if (has_body && !body_->problem().empty()) return refused(BodyFinding{{}, body_->problem()}, "the body");
  is_json_ = has_body && !injection_.json_fields.empty() && is_json(head) && is_unpacked(head.fields) &&
             head.content_length.value_or(0) <= collected_body_bytes_max;
  if (!injection_.to_sign) return std::nullopt;
  if (const auto hash = stated_payload_hash(head)) return sign(head, *hash);
  if (head.content_length.value_or(0) > collected_body_bytes_max) {
    was_refused_ = true;
    return GuardRefusal{
        .why = "a large AWS request has to state its body's hash (x-amz-content-sha256) or UNSIGNED-PAYLOAD"};
  }
  needs_body_hash_ = true;
  return std::nullopt;
}

std::size_t KeptRequest::collects_bytes_max() const {
  return is_json_ || needs_body_hash_ ? collected_body_bytes_max : 0;
}

std::optional<GuardRefusal> KeptRequest::sign(RequestHead& head, std::string_view payload_hash) {
  const auto& secret = keep_->secret(*injection_.to_sign);
  if (const auto status = sign_anew(head, aws_key_of(secret.value.view()), payload_hash); !status) {
    was_refused_ = true;
    return GuardRefusal{.why = fmt::format("secret '{}' can't sign this request: {}", secret.id, status.error().why)};
  }
  return std::nullopt;
}

std::optional<GuardRefusal> KeptRequest::on_collected(RequestHead& head, std::string& body) {
  if (is_json_) {
    if (auto refusal = fill_json(body)) return refusal;
  } else {
    auto finding = body_->feed(body);
    if (!finding) finding = body_->finish();
    if (finding) return refused(*finding, "the body");
  }
  if (needs_body_hash_) return sign(head, to_hex(sha256(body)));
  return std::nullopt;
}

// What is left of the body, without the placeholders that are in their place, is searched like any other.
std::optional<GuardRefusal> KeptRequest::fill_json(std::string& body) {
  std::string filled = body;
  std::string rest = body;
  const auto document = json::read(body, "body", body_limits);
  for (const auto& [number, pointer] : injection_.json_fields) {
    const auto& secret = keep_->secret(number);
    const json::Value* const value = document ? at_pointer(*document, pointer) : nullptr;
    const std::string* const text = value == nullptr ? nullptr : value->as_string();
    if (text == nullptr || text->empty()) continue;
    const std::string_view real = secret.value.view();
    const bool is_placeholder = *text == secret.placeholder;
    if ((is_placeholder || *text == real) && count_of(rest, *text) == 1 && needs_no_json_escape(real)) {
      const auto at = filled.find(*text);
      filled.replace(at, real.size(), real);
      rest.erase(rest.find(*text), text->size());
      injection_.used.push_back(number);
    } else if (!is_placeholder && secret.pinned && !keep_->canaries().find(*text)) {
      return refused({.what = Seen::secret_pinned,
                      .secret = number,
                      .why = fmt::format("the body's '{}' is another credential than secret '{}', and only that one is "
                                         "accepted on this host",
                                         pointer, secret.id)});
    }
  }
  if (const auto sighting = keep_->canaries().find(rest)) return refused(misplaced(*keep_, *sighting, "the body"));
  if (auto finding = body_->feed(rest)) return refused(*finding, "the body");
  body.swap(filled);
  credentials::wipe(filled);
  return std::nullopt;
}

std::optional<GuardRefusal> KeptRequest::on_body(std::string_view bytes) {
  if (const auto finding = body_->feed(bytes)) return refused(*finding, "the body");
  return std::nullopt;
}

std::optional<GuardRefusal> KeptRequest::on_frames(std::string_view bytes) {
  if (!payload_) return std::nullopt;
  unmasked_.clear();
  if (!frames_.feed(bytes, unmasked_)) {
    was_refused_ = true;
    return GuardRefusal{.why = "what was sent is no WebSocket frame of a client, and can't be searched for secrets"};
  }
  if (const auto sighting = payload_->feed(unmasked_))
    return refused(misplaced(*keep_, *sighting, "a WebSocket message"));
  return std::nullopt;
}

std::optional<GuardRefusal> KeptRequest::on_end(const HttpFields& trailers) {
  if (const auto finding = body_->finish()) return refused(*finding, "the body");
  for (const auto& field : trailers)
    for (const std::string_view text : {std::string_view(field.name), std::string_view(field.value)})
      if (const auto sighting = keep_->canaries().find(text)) return refused(misplaced(*keep_, *sighting, "a trailer"));
  return std::nullopt;
}

std::optional<GuardRefusal> KeptRequest::echoed(std::string_view result) {
  for (const auto number : scrubber_->found()) {
    if (std::ranges::find(told_, number) != told_.end()) continue;
    told_.push_back(number);
    observe(Seen::secret_echoed, number, false, std::string(result));
  }
  return GuardRefusal{.status = status_bad_gateway,
                      .why = "the response held a secret's value in a form that can't be taken out of it"};
}

void KeptRequest::note_found() {
  if (scrubber_->found().size() != told_.size()) (void)echoed(result_replaced);
}

std::optional<GuardRefusal> KeptRequest::on_response(ResponseHead& head) {
  if (!injection_.is_home) return std::nullopt;
  if (!scrubber_) scrubber_ = std::make_unique<Scrubber>(*keep_, injection_.used);
  bool is_clean = scrubber_->clean(head.reason);
  for (auto& field : head.fields) is_clean = is_clean && scrubber_->clean(field.value);
  if (!is_clean) return echoed(result_cut);
  note_found();
  if (head.status < 200 || is_unpacked(head.fields)) return std::nullopt;
  packed_response_ = std::make_unique<BodyCanary>(keep_->canaries(), LookFor::values, head.fields);
  if (packed_response_->problem().empty()) return std::nullopt;
  packed_response_.reset();
  if (injection_.used.empty()) return std::nullopt;
  return GuardRefusal{.status = status_bad_gateway,
                      .why = "the server packed a response that was to be plain: it can't be searched for the secret"};
}

std::optional<std::string_view> KeptRequest::on_response_body(std::string_view bytes) {
  if (!scrubber_) return bytes;
  if (packed_response_) {
    const auto finding = packed_response_->feed(bytes);
    if (!finding) return bytes;
    if (finding->sighting) observe(Seen::secret_echoed, finding->sighting->secret, false, std::string(result_cut));
    return std::nullopt;
  }
  const auto clean = scrubber_->feed(bytes);
  if (!clean) (void)echoed(result_cut);
  else note_found();
  return clean;
}

std::optional<std::string_view> KeptRequest::on_response_end(HttpFields& trailers) {
  if (!scrubber_) return std::string_view();
  for (auto& field : trailers) {
    if (scrubber_->clean(field.value)) continue;
    (void)echoed(result_cut);
    return std::nullopt;
  }
  const auto rest = packed_response_ ? std::optional(std::string_view()) : scrubber_->finish();
  if (!rest) (void)echoed(result_cut);
  else note_found();
  return rest;
}

void KeptRequest::done(int status) {
  if (was_refused_) return;
  for (const auto number : injection_.used) observe(Seen::secret_used, number, true, {}, status);
  if (injection_.to_sign) observe(Seen::secret_used, *injection_.to_sign, true, "signed", status);
}

}  // namespace bailey::gateway
