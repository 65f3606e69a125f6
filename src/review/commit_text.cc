#include "review/commit_text.h"

#include <charconv>

#include "base/text.h"

namespace bailey::review {
namespace {

// "Name <email> 1764000000 +0100"
Identity identity_of(std::string_view text) {
  Identity identity;
  const auto close = text.rfind('>');
  if (close == std::string_view::npos) {
    identity.name_and_email = text;
    return identity;
  }
  identity.name_and_email = text.substr(0, close + 1);
  const auto open = identity.name_and_email.rfind('<');
  if (open != std::string_view::npos) identity.email = identity.name_and_email.substr(open + 1, close - open - 1);
  const auto time = trim(text.substr(close + 1));
  std::from_chars(time.data(), time.data() + time.size(), identity.time);
  return identity;
}

std::string_view first_line(std::string_view message) {
  while (!message.empty()) {
    const auto line = message.substr(0, message.find('\n'));
    if (!trim(line).empty()) return trim(line);
    message.remove_prefix(std::min(message.size(), line.size() + 1));
  }
  return {};
}

bool is_signature(std::string_view name) { return name == "gpgsig" || name == "gpgsig-sha256"; }

}  // namespace

Result<CommitText> parse_commit(std::string_view bytes) {
  CommitText commit;
  bool in_signature = false;
  bool has_author = false;
  bool has_committer = false;
  while (!bytes.empty()) {
    const auto line = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
    if (line.empty()) break;
    if (line.front() == ' ') {  // goes on with the header before
      if (!in_signature) commit.other_headers.push_back(line);
      continue;
    }
    const auto space = line.find(' ');
    const auto name = line.substr(0, space);
    const auto value = space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
    in_signature = is_signature(name);
    if (name == "parent") ++commit.parents;
    else if (name == "author" && !has_author) has_author = true, commit.author = identity_of(value);
    else if (name == "committer" && !has_committer) has_committer = true, commit.committer = identity_of(value);
    else if (name != "tree" && name != "encoding" && !in_signature) commit.other_headers.push_back(line);
  }
  if (!has_author || !has_committer) return fail("read a commit", "it has no author or no committer");
  commit.message = bytes;
  commit.subject = first_line(bytes);
  return commit;
}

}  // namespace bailey::review
