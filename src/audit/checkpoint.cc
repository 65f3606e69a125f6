#include "audit/checkpoint.h"

#include <array>

namespace bailey::audit {
namespace {

using namespace std::string_view_literals;
constexpr std::array reason_names = {"opened"sv, "count"sv, "timer"sv, "rotation"sv, "full"sv, "closed"sv};
static_assert(reason_names.size() == static_cast<std::size_t>(Reason::closed) + 1);

std::string message(std::string_view prev, std::string_view unsigned_event) {
  std::string text = "bailey-audit-checkpoint-1\n";
  return text.append(prev).append(unsigned_event);
}

const std::string* text_of(const Subject& subject, std::string_view name) {
  const auto* value = subject.find(name);
  return value == nullptr ? nullptr : std::get_if<std::string>(value);
}

}  // namespace

std::string_view to_string(Reason reason) { return reason_names[static_cast<std::size_t>(reason)]; }

std::string encode_checkpoint(const SigningKey& key, Record record, std::string_view prev, Reason reason,
                              std::uint64_t dropped) {
  record.action = checkpoint_action;
  record.subject = Subject().add("reason", to_string(reason)).add("key", key.name);
  if (dropped > 0) record.subject.add("dropped", dropped);
  record.subject.add("signature", sign(key.seed, message(prev, encode(record))));
  return encode(record);
}

bool is_checkpoint(const Record& record) {
  return record.category == Category::session && record.action == checkpoint_action;
}

std::optional<Checkpoint> read_checkpoint(const Record& record) {
  const auto* reason = text_of(record.subject, "reason");
  const auto* key = text_of(record.subject, "key");
  const auto* signature = text_of(record.subject, "signature");
  if (reason == nullptr || key == nullptr || signature == nullptr) return std::nullopt;
  Checkpoint read{.key = *key, .signature = *signature};
  std::size_t index = 0;
  while (index < reason_names.size() && reason_names[index] != *reason) ++index;
  if (index == reason_names.size()) return std::nullopt;
  read.reason = static_cast<Reason>(index);
  if (const auto* dropped = record.subject.find("dropped")) {
    const auto* count = std::get_if<std::int64_t>(dropped);
    if (count == nullptr || *count < 0) return std::nullopt;
    read.dropped = static_cast<std::uint64_t>(*count);
  }
  return read;
}

bool is_signed_by(const PublicKey& key, std::string_view line, std::string_view prev, const Checkpoint& checkpoint) {
  // canonical_start() ends in the subject's brace; the signature has to be its last field.
  std::string_view event = canonical_start(line);
  const std::string last_field = ",\"signature\":\"" + checkpoint.signature + "\"}";
  if (!event.ends_with(last_field)) return false;
  event.remove_suffix(last_field.size());
  return is_signed(key, message(prev, std::string(event) + "}}"), checkpoint.signature);
}

}  // namespace bailey::audit
