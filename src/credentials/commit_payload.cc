#include "credentials/commit_payload.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/digest.h"
#include "base/text.h"

namespace bailey::credentials {
namespace {

constexpr std::size_t sha1_digits = 40;
constexpr std::size_t sha256_digits = 64;
constexpr std::size_t time_digits_max = 11;

std::unexpected<Error> refuse(std::string why) { return fail("read the commit", std::move(why)); }

bool is_object_name(std::string_view text) {
  return (text.size() == sha1_digits || text.size() == sha256_digits) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// The lines of the header, one after the other; `line` without its newline.
class Header {
 public:
  explicit Header(std::string_view text) : rest_(text) {}
  std::optional<std::string_view> take(std::string_view key) {
    if (rest_.size() <= key.size() || !rest_.starts_with(key) || rest_[key.size()] != ' ') return std::nullopt;
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const auto value = rest_.substr(key.size() + 1, end - key.size() - 1);
    rest_.remove_prefix(end + 1);
    return value;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// "Name <email> 1700000000 +0100"
Result<CommitIdentity> parse_identity(std::string_view text) {
  const auto bad = [] { return refuse("its author or committer is malformed"); };
  if (text.size() > commit_identity_bytes_max || has_control_characters(text)) return bad();
  const auto open = text.find('<');
  const auto close = text.find('>');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open || open == 0 ||
      text[open - 1] != ' ' || text.find_first_of("<>", close + 1) != std::string_view::npos ||
      text.find('<', open + 1) != std::string_view::npos)
    return bad();
  auto rest = text.substr(close + 1);
  if (!rest.starts_with(' ')) return bad();
  rest.remove_prefix(1);
  const auto space = rest.find(' ');
  if (space == std::string_view::npos || space == 0 || space > time_digits_max) return bad();
  CommitIdentity identity{.name = std::string(text.substr(0, open - 1)),
                          .email = std::string(text.substr(open + 1, close - open - 1)),
                          .time = 0};
  const auto digits = rest.substr(0, space);
  const auto zone = rest.substr(space + 1);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), identity.time);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || identity.time < 0) return bad();
  if (zone.size() != 5 || (zone[0] != '+' && zone[0] != '-') ||
      zone.find_first_not_of("0123456789", 1) != std::string_view::npos)
    return bad();
  return identity;
}

Status parse_trees(Header& header, CommitPayload& commit) {
  const auto tree = header.take("tree");
  if (!tree || !is_object_name(*tree)) return refuse("it does not begin like a commit");
  commit.tree = *tree;
  while (const auto parent = header.take("parent")) {
    if (!is_object_name(*parent) || parent->size() != tree->size()) return refuse("a parent is malformed");
    if (commit.parents.size() == commit_parents_max) return refuse("it has too many parents");
    commit.parents.emplace_back(*parent);
  }
  return {};
}

}  // namespace

Result<CommitPayload> parse_commit_payload(std::string_view payload) {
  if (payload.size() > commit_payload_bytes_max) return refuse("it is too long");
  if (payload.find('\0') != std::string_view::npos) return refuse("there is a zero byte in it");
  CommitPayload commit;
  Header header(payload);
  TRY_STATUS(parse_trees(header, commit));
  const auto author = header.take("author");
  if (!author) return refuse("it has no author");
  commit.author = TRY(parse_identity(*author));
  const auto committer = header.take("committer");
  if (!committer) return refuse("it has no committer");
  commit.committer = TRY(parse_identity(*committer));
  const auto encoding = header.take("encoding");
  if (encoding && (encoding->empty() || encoding->size() > 32 || has_control_characters(*encoding)))
    return refuse("its encoding is malformed");
  if (!header.rest().starts_with('\n')) return refuse("it has a header line that commits to be signed don't have");
  commit.message = header.rest().substr(1);
  if (!encoding && !is_utf8(payload)) return refuse("it is not UTF-8 and names no encoding");
  return commit;
}

Status check_commit(const CommitPayload& commit, const Signer& signer, std::int64_t now) {
  const auto bad = [](std::string why, std::string remedy) {
    return fail("sign the commit", std::move(why), std::move(remedy));
  };
  if (signer.name.empty() || signer.email.empty())
    return bad("the host's git has no user.name and user.email", "set them on the host");
  for (const auto* person : {&commit.author, &commit.committer})
    if (person->name != signer.name || person->email != signer.email)
      return bad("author and committer must be " + signer.name + " <" + signer.email + ">, the user of the host",
                 "commit other people's work with --no-gpg-sign");
  const auto off = commit.committer.time > now ? commit.committer.time - now : now - commit.committer.time;
  if (off > commit_time_tolerance.count())
    return bad("its commit date is not now", "don't set GIT_COMMITTER_DATE, or commit with --no-gpg-sign");
  return {};
}

std::string with_signature(std::string_view payload, std::string_view signature, std::string_view header) {
  std::string folded(header);
  folded += ' ';
  while (signature.ends_with('\n')) signature.remove_suffix(1);
  for (const char c : signature) {
    if (c == '\r') continue;
    folded += c;
    if (c == '\n') folded += ' ';
  }
  folded += '\n';
  const auto at = payload.find("\n\n");
  if (at == std::string_view::npos) return {};
  return std::string(payload.substr(0, at + 1)) + folded + std::string(payload.substr(at + 1));
}

std::string signed_commit_id(std::string_view payload, std::string_view signature) {
  const bool is_sha256 = payload.size() > 5 + sha256_digits && payload[5 + sha256_digits] == '\n';
  const std::string commit = with_signature(payload, signature, is_sha256 ? "gpgsig-sha256" : "gpgsig");
  const std::string object = "commit " + std::to_string(commit.size()) + '\0' + commit;
  return to_hex(is_sha256 ? sha256(object) : sha1(object));
}

}  // namespace bailey::credentials
