#include "gateway/git_guard.h"

#include <algorithm>

namespace bailey::gateway {
namespace {

constexpr int decodings_max = 4;  // a server behind a server may decode again
constexpr std::string_view how =
    "commits are published by `git push origin`, which asks the user; this way of doing it is closed";
constexpr std::string_view how_large =
    "large files can't be uploaded from the sandbox; the user can push them from the host";

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = to_lower_ascii(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string decoded_once(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    if (escaped) {
      result += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

// In lower case, with every escape undone: what any server may make of it.
std::string decoded(std::string_view text) {
  std::string result = to_lower_ascii(text);
  for (int i = 0; i < decodings_max && result.find('%') != std::string::npos; ++i)
    result = to_lower_ascii(decoded_once(result));
  return result;
}

struct Target {
  std::string path;
  std::string query;
};
Target target_of(const RequestHead& head) {
  const auto mark = head.path.find('?');
  return {decoded(std::string_view(head.path).substr(0, mark)),
          mark == std::string::npos ? std::string() : decoded(std::string_view(head.path).substr(mark + 1))};
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool is_reading(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

// The batch of git-lfs is the one request below info/lfs that may come with a body: see large_files_scanner().
bool is_batch(const RequestHead& head, std::string_view path) {
  return head.method == "POST" && path.ends_with("/info/lfs/objects/batch");
}

// git http-push writes by WebDAV.
bool is_web_dav(std::string_view method) {
  return method == "LOCK" || method == "UNLOCK" || method == "MKCOL" || method == "MOVE" || method == "COPY" ||
         method == "PROPPATCH";
}

// git-lfs writes {"operation":"download","objects":… without spaces and without escapes. Nothing else passes, so that
// no second member and no spelling of one can say "upload" to the server.
class DownloadOnly final : public BodyScanner {
 public:
  std::optional<std::string> scan(std::string_view bytes) override {
    for (const char c : bytes) {
      if (at_ < beginning.size()) {
        if (c != beginning[at_]) return refused();
      } else if (c == '\\') {
        return refused();
      } else {
        word_ = c == word[word_] ? word_ + 1 : (c == word[0] ? 1U : 0U);
        if (word_ == word.size()) return refused();
      }
      ++at_;
    }
    return std::nullopt;
  }
  std::optional<std::string> finish() override {
    return at_ < beginning.size() ? std::optional(refused()) : std::nullopt;
  }

 private:
  static std::string refused() { return std::string(how_large); }
  static constexpr std::string_view beginning = R"({"operation":"download")";
  static constexpr std::string_view word = "\"operation\"";
  std::size_t at_ = 0;
  std::size_t word_ = 0;
};

}  // namespace

std::optional<std::string> publishing_by_git(const RequestHead& head) {
  const auto [path, query] = target_of(head);
  if (has(path, "/info/refs") && has(query, "receive-pack")) return std::string(how);
  if (!is_reading(head.method) && has(path, "git-receive-pack")) return std::string(how);
  for (const auto& field : head.fields)
    if ((is_named(field, "content-type") || is_named(field, "accept")) &&
        has(to_lower_ascii(field.value), "git-receive-pack"))
      return std::string(how);
  const bool is_locks_check = head.method == "POST" && path.ends_with("/info/lfs/locks/verify");
  const bool is_large = has(path, "/info/lfs") || has(path, "/gitlab-lfs/");
  if (is_large && !is_reading(head.method) && !is_batch(head, path) && !is_locks_check) return std::string(how_large);
  if (is_large && is_batch(head, path) && find_field(head.fields, "content-encoding") != nullptr)
    return std::string(how_large);
  const bool is_repository = has(path, ".git/") || has(path, "/info/refs");
  if (is_repository && (is_web_dav(head.method) || head.method == "PUT")) return std::string(how);
  return std::nullopt;
}

std::unique_ptr<BodyScanner> large_files_scanner(const RequestHead& head) {
  if (!is_batch(head, target_of(head).path)) return nullptr;
  return std::make_unique<DownloadOnly>();
}

}  // namespace bailey::gateway
