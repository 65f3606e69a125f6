#include "gateway/scrubber.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "gateway/credential_fields.h"
#include "gateway/http_fields.h"

namespace bailey::gateway {
namespace {

std::string json_escaped(std::string_view text) {
  std::string result;
  result.reserve(2 * text.size());
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '/') result += '\\';
    result += c;
  }
  return result;
}

std::string upper_hex(std::string_view text) {
  std::string digits = to_hex(text);
  for (char& c : digits)
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  return digits;
}

}  // namespace

Scrubber::Scrubber(const KeepIndex& keep, const SecretNumbers& secrets)
    : keep_(keep), canary_(keep.canaries(), LookFor::values) {
  for (const auto number : secrets) add_forms(number);
  forms_.seal();
}

void Scrubber::add_forms(std::uint32_t number) {
  const auto& secret = keep_.secret(number);
  const std::string_view value = secret.value.view();
  const std::string_view placeholder = secret.placeholder;
  const auto add_unless_plain = [&](std::string form, std::string other) {
    if (form != value) add(std::move(form), std::move(other), number);
  };
  add(std::string(value), std::string(placeholder), number);
  add_unless_plain(percent_encoded(value), percent_encoded(placeholder));
  add_unless_plain(json_escaped(value), json_escaped(placeholder));
  add(to_hex(value), to_hex(placeholder), number);
  add(upper_hex(value), upper_hex(placeholder), number);
  for (std::size_t lead = 0; lead < 3; ++lead) {
    std::string form = base64_within(value, lead);
    std::string other = base64_within(placeholder, lead);
    add(to_url_alphabet(form), to_url_alphabet(other), number);
    add(std::move(form), std::move(other), number);
  }
}

void Scrubber::add(std::string value_form, std::string placeholder_form, std::uint32_t number) {
  // Where the two are the same there is nothing to hide.
  if (value_form != placeholder_form && forms_.add(value_form, Letters::as_they_are, number))
    replacements_.push_back(std::move(placeholder_form));
  credentials::wipe(value_form);
}

void Scrubber::note(std::uint32_t number) {
  if (std::ranges::find(found_, number) == found_.end()) found_.push_back(number);
}

bool Scrubber::replace_all(std::string& text) {
  std::size_t from = 0;
  while (const auto hit = forms_.find(text, from)) {
    note(forms_.tag(hit->number));
    const std::string& replacement = replacements_[hit->number];
    if (replacement.size() != hit->bytes) return false;
    text.replace(hit->at, hit->bytes, replacement);
    from = hit->at - std::min(hit->at, forms_.bytes_max());  // longer ones may begin before it
  }
  return true;
}

// How many bytes at the end of `text` may be the beginning of something that is to be replaced.
std::size_t Scrubber::possible_beginning(std::string_view text) const {
  const std::size_t longest = forms_.bytes_max();
  if (longest == 0) return 0;
  for (std::size_t size = std::min(text.size(), longest - 1); size > 0; --size) {
    const std::string_view end = text.substr(text.size() - size);
    for (std::size_t number = 0; number < forms_.size(); ++number)
      if (forms_.bytes(number).size() > size && forms_.bytes(number).starts_with(end)) return size;
  }
  return 0;
}

std::optional<std::string_view> Scrubber::feed(std::string_view bytes) {
  out_.assign(held_).append(bytes);
  held_.clear();
  if (!replace_all(out_)) return std::nullopt;
  const std::size_t held = possible_beginning(out_);
  held_.assign(out_, out_.size() - held);
  out_.resize(out_.size() - held);
  if (const auto sighting = canary_.feed(out_)) {
    note(sighting->secret);
    return std::nullopt;
  }
  return out_;
}

std::optional<std::string_view> Scrubber::finish() {
  out_ = std::exchange(held_, {});
  if (const auto sighting = canary_.feed(out_)) {
    note(sighting->secret);
    return std::nullopt;
  }
  return out_;
}

bool Scrubber::clean(std::string& text) {
  if (!replace_all(text)) return false;
  const auto sighting = keep_.canaries().find(text, LookFor::values);
  if (sighting) note(sighting->secret);
  return !sighting;
}

}  // namespace bailey::gateway
