#include "broker/event.h"

#include <algorithm>

#include "base/text.h"
#include "json/write.h"

namespace bailey::broker {
namespace {

constexpr std::size_t text_bytes_max = 1024;

template <std::size_t count>
Result<std::size_t> word(const json::Value& value, std::string_view key, const std::string_view (&words)[count]) {
  const auto* member = value.find(key);
  if (member == nullptr || member->as_string() == nullptr) return fail("read a broker's event", "it is incomplete");
  const auto* found = std::find(std::begin(words), std::end(words), *member->as_string());
  if (found == std::end(words)) return fail("read a broker's event", "it has an unknown word");
  return static_cast<std::size_t>(found - std::begin(words));
}

}  // namespace

std::string event_line(const Event& event) {
  json::Value value = json::Object{{"act", act_words[static_cast<std::size_t>(event.act)]},
                                   {"outcome", outcome_words[static_cast<std::size_t>(event.outcome)]}};
  const std::pair<const char*, const std::string*> texts[] = {
      {"rule", &event.rule}, {"by", &event.by},     {"key", &event.key},       {"host", &event.host},
      {"path", &event.path}, {"user", &event.user}, {"commit", &event.commit}, {"reason", &event.reason}};
  for (const auto& [key, text] : texts)
    if (!text->empty()) value.set(key, visible(text->substr(0, text_bytes_max)));
  return json::write(json::Object{{"event", std::move(value)}}) + '\n';
}

Result<Event> event_from_json(const json::Value& value) {
  Event event;
  event.act = static_cast<Act>(TRY(word(value, "act", act_words)));
  event.outcome = static_cast<Outcome>(TRY(word(value, "outcome", outcome_words)));
  const std::pair<const char*, std::string*> texts[] = {
      {"rule", &event.rule}, {"by", &event.by},     {"key", &event.key},       {"host", &event.host},
      {"path", &event.path}, {"user", &event.user}, {"commit", &event.commit}, {"reason", &event.reason}};
  for (const auto& [key, text] : texts)
    if (const auto* member = value.find(key); member != nullptr && member->as_string() != nullptr)
      *text = *member->as_string();
  return event;
}

}  // namespace bailey::broker
