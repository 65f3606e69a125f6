#include "credentials/renew_login.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/digest.h"
#include "base/text.h"
#include "os/files.h"

namespace bailey::credentials {
namespace {

constexpr std::size_t lock_name_digits = 32;

class WipedText {
 public:
  explicit WipedText(std::string text) : text_(std::move(text)) {}
  WipedText(WipedText&& other) noexcept : text_(std::exchange(other.text_, {})) {}
  WipedText& operator=(WipedText&&) = delete;
  WipedText(const WipedText&) = delete;
  WipedText& operator=(const WipedText&) = delete;
  ~WipedText() { wipe(text_); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

Result<WipedText> read_whole(const std::string& path) {
  return WipedText(TRY(os::read_file(path, login_file_bytes_max)));
}

Minted kept(Login login, Freshness freshness) {
  return {.token = std::move(login.access), .expires = login.expires, .freshness = freshness};
}

Minted none() { return {.token = {}, .freshness = Freshness::none}; }

// Beside the file itself, also where the home directory has a link to it.
Status replace_file(const std::string& path, const std::string& before, std::string_view text) {
  std::string beside = path + ".XXXXXX";
  const Fd fd(::mkostemp(beside.data(), O_CLOEXEC));  // 0600
  if (!fd) return fail_errno("write beside '" + path + "'");
  Status written = os::write_all(fd.get(), text);
  if (written && ::fsync(fd.get()) != 0) written = fail_errno("sync '" + beside + "'");
  if (written) {
    const auto still = read_whole(path);
    if (!still || still->text() != before) written = fail("replace '" + path + "'", "it has changed meanwhile");
  }
  if (written && ::rename(beside.c_str(), path.c_str()) != 0) written = fail_errno("replace '" + path + "'");
  if (!written) ::unlink(beside.c_str());
  return written;
}

Result<Minted> renew(const LoginPlace& place, const std::string& path, const WipedText& before, const Login& login,
                     const SendRequest& send, const std::function<UnixSeconds()>& now) {
  const auto& where = place.login;
  const auto answer = TRY(send(renewal_request(where, login.refresh.view())));
  auto renewal = TRY(parse_renewal(answer, now()));
  const WipedText after(TRY(renewed_text(before.text(), where, renewal, now())));
  if (!replace_file(path, before.text(), after.text())) {
    // Somebody else has renewed it, or logged in anew: theirs is what the file says, and what the next one will use.
    const auto theirs = TRY(read_whole(path));
    auto found = TRY(read_login(theirs.text(), where));
    if (found && is_good(*found, now()) && found->access.view() != login.access.view())
      return kept(std::move(*found), Freshness::fresh);
  }
  return Minted{.token = std::move(renewal.access), .expires = renewal.expires};
}

}  // namespace

Result<Minted> keep_login(const LoginPlace& place, const SendRequest& send, const std::function<UnixSeconds()>& now) {
  if (!os::exists(place.path)) return none();
  const std::string path = TRY(os::real_path(place.path));
  {
    const auto text = TRY(read_whole(path));
    auto login = TRY(read_login(text.text(), place.login));
    if (!login) return none();
    if (is_good(*login, now()) || login->refresh.empty()) return kept(std::move(*login), Freshness::kept);
  }
  TRY_STATUS(os::make_directories(place.locks));
  const std::string name = "login-" + to_hex(sha256(path + place.login.access)).substr(0, lock_name_digits);
  const Fd lock = TRY(os::lock_file(os::join(place.locks, name)));
  const auto text = TRY(read_whole(path));
  auto login = TRY(read_login(text.text(), place.login));
  if (!login) return none();
  if (is_good(*login, now())) return kept(std::move(*login), Freshness::kept);
  return renew(place, path, text, *login, send, now);
}

}  // namespace bailey::credentials
