// Takes the real values out of a response that answers a request which held them, so that a server that shows what it
// was sent (an error page, a debugging endpoint, a redirect) shows the placeholder.
//
// How it works. Values are looked for as they are, percent-encoded, as in JSON, in hex and in base64, and replaced by
// the same form of the placeholder, which is as long. Only what may be the beginning of one is held back; events of a
// stream pass at once. What comes out is searched once more, the way requests are (canary.h): a value that is still
// there, or a form that has another length than its placeholder's, ends the response.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/keep_index.h"

namespace bailey::gateway {

class Scrubber {
 public:
  // `keep` is borrowed and outlives this.
  Scrubber(const KeepIndex& keep, const SecretNumbers& secrets);

  // What may be passed on; borrowed until the next call. nullopt: the response has to end here.
  [[nodiscard]] std::optional<std::string_view> feed(std::string_view bytes);
  [[nodiscard]] std::optional<std::string_view> finish();
  // The same for a text that is whole, in place; false: it can't be cleaned.
  [[nodiscard]] bool clean(std::string& text);
  // Secrets that were found so far.
  [[nodiscard]] const SecretNumbers& found() const { return found_; }

 private:
  void add_forms(std::uint32_t number);
  void add(std::string value_form, std::string placeholder_form, std::uint32_t number);
  [[nodiscard]] bool replace_all(std::string& text);
  [[nodiscard]] std::size_t possible_beginning(std::string_view text) const;
  void note(std::uint32_t number);

  const KeepIndex& keep_;
  PatternSet forms_;
  std::vector<std::string> replacements_;  // by number of the pattern
  Canary canary_;
  std::string held_;
  std::string out_;
  SecretNumbers found_;
};

}  // namespace bailey::gateway
