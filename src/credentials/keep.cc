#include "credentials/keep.h"

#include <algorithm>
#include <set>
#include <utility>

#include "credentials/netstring.h"
#include "policy/domain_pattern.h"
#include "policy/network_rule.h"

namespace bailey::credentials {
namespace {

constexpr std::string_view format = "bailey-keep-1";
constexpr std::size_t kept_list_entries_max = policy::rule_hosts_max;  // hosts, methods or paths of one secret
constexpr std::size_t kept_text_bytes_max = 4096;                      // of one of them
constexpr std::size_t length_digits_max = 6;

std::unexpected<Error> bad(std::string why) { return fail("read the keep", std::move(why)); }

// How many bytes it takes, or writes them: a string that grew would leave copies of values behind.
class Writer {
 public:
  explicit Writer(std::string* out) : out_(out) {}
  void text(std::string_view bytes) {
    const std::string length = std::to_string(bytes.size());
    size_ += length.size() + bytes.size() + 2;
    if (out_ != nullptr) out_->append(length).append(":").append(bytes).append(",");
  }
  void number(std::size_t value) { text(std::to_string(value)); }
  void list(const std::vector<std::string>& texts) {
    number(texts.size());
    for (const auto& each : texts) text(each);
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::string* out_;
  std::size_t size_ = 0;
};

void write(Writer& writer, const Keep& keep) {
  writer.text(format);
  writer.number(keep.secrets.size());
  for (const auto& secret : keep.secrets) {
    writer.text(secret.id);
    writer.text(secret.value.view());
    writer.text(secret.placeholder);
    writer.list(secret.hosts);
    writer.list(secret.methods);
    writer.list(secret.paths);
    writer.number(secret.uses.size());
    for (const auto& use : secret.uses) {
      writer.text(policy::secret_form_words[static_cast<std::size_t>(use.form)]);
      writer.text(use.name);
    }
    writer.text(secret.pinned ? "pinned" : "open");
  }
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  Result<std::string_view> text(std::size_t bytes_max) {
    const auto text = take_netstring(rest_, bytes_max);
    if (!text) return bad("a text that is malformed, too long or cut off");
    return *text;
  }
  Result<std::size_t> number(std::size_t max) {
    const std::string_view digits = TRY(text(length_digits_max));
    std::size_t value = 0;
    if (!read_digits(digits, value)) return bad("a number that is none");
    if (digits.size() > 1 && digits.front() == '0') return bad("a number that begins with 0");
    if (value > max) return bad("too many entries");
    return value;
  }
  Result<std::vector<std::string>> list() {
    std::vector<std::string> texts;
    for (std::size_t left = TRY(number(kept_list_entries_max)); left > 0; --left)
      texts.emplace_back(TRY(text(kept_text_bytes_max)));
    return texts;
  }
  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

Result<policy::SecretUse> read_use(Reader& reader) {
  const std::string_view word = TRY(reader.text(kept_text_bytes_max));
  const auto* const found = std::ranges::find(policy::secret_form_words, word);
  if (found == std::end(policy::secret_form_words)) return bad("a form that is none");
  const auto form = static_cast<policy::SecretForm>(found - std::begin(policy::secret_form_words));
  return policy::SecretUse{.form = form, .name = std::string(TRY(reader.text(kept_text_bytes_max)))};
}

bool is_id(std::string_view text) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= policy::secret_id_bytes_max && text.front() != '-' &&
         std::ranges::all_of(text, is_plain);
}

bool is_for_bodies(const KeptSecret& secret) {
  return std::ranges::any_of(secret.uses, [](const auto& use) { return use.form == policy::SecretForm::json; });
}

Status check(const KeptSecret& secret) {
  if (!is_id(secret.id)) return bad("an id that is none");
  const std::string name = "'" + secret.id + "'";
  if (secret.value.size() < kept_value_bytes_min) return bad(name + " is too short to be told from other text");
  if (secret.placeholder.size() < kept_value_bytes_min || secret.placeholder == secret.value.view())
    return bad(name + " has no placeholder of its own");
  // Bodies are changed in place. Elsewhere a token that was refreshed may have got longer than its placeholder.
  if (is_for_bodies(secret) && secret.placeholder.size() != secret.value.size())
    return bad(name + " has no placeholder of its own length");
  for (const auto& host : secret.hosts)
    if (const auto pattern = policy::parse_domain_pattern(host); !pattern || *pattern != host)
      return bad(name + " has a host that is none");
  for (const auto& use : secret.uses) {
    if (use.form != policy::SecretForm::aws) continue;
    const auto colon = secret.value.view().find(':');
    if (colon == std::string_view::npos || secret.placeholder.find(':') != colon)
      return bad(name + " is no pair of an access key's id and secret");
  }
  return {};
}

Result<KeptSecret> read_secret(Reader& reader) {
  KeptSecret secret;
  secret.id = TRY(reader.text(policy::secret_id_bytes_max));
  secret.value = SecretText(TRY(reader.text(kept_value_bytes_max)));
  secret.placeholder = TRY(reader.text(kept_value_bytes_max));
  secret.hosts = TRY(reader.list());
  secret.methods = TRY(reader.list());
  secret.paths = TRY(reader.list());
  for (std::size_t left = TRY(reader.number(policy::secret_uses_max)); left > 0; --left)
    secret.uses.push_back(TRY(read_use(reader)));
  const std::string_view pinned = TRY(reader.text(length_digits_max));
  if (pinned != "pinned" && pinned != "open") return bad("neither pinned nor open");
  secret.pinned = pinned == "pinned";
  TRY_STATUS(check(secret));
  return secret;
}

}  // namespace

std::string encode(const Keep& keep) {
  Writer counter(nullptr);
  write(counter, keep);
  std::string text;
  text.reserve(counter.size());
  Writer writer(&text);
  write(writer, keep);
  return text;
}

Result<Keep> decode_keep(std::string_view text) {
  Reader reader(text);
  if (TRY(reader.text(format.size())) != format) return bad("it is of another format");
  Keep keep;
  std::set<std::string_view> ids;
  const std::size_t count = TRY(reader.number(kept_secrets_max));
  keep.secrets.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    keep.secrets.push_back(TRY(read_secret(reader)));
    if (!ids.insert(keep.secrets.back().id).second) return bad("one id twice");
  }
  if (!reader.is_at_end()) return bad("more than it should hold");
  return keep;
}

}  // namespace bailey::credentials
