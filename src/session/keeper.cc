#include "session/keeper.h"

#include <fcntl.h>
#include <string.h>  // NOLINT(modernize-deprecated-headers): explicit_bzero(3)
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "credentials/login.h"
#include "credentials/placeholder.h"
#include "os/files.h"

namespace bailey::session {
namespace {

constexpr const char* seed_name = "placeholders.seed";

Result<std::string> seed_of(const std::string& session_directory) {
  const std::string path = os::join(session_directory, seed_name);
  auto seed = os::read_file(path, credentials::placeholder_seed_bytes);
  if (seed && seed->size() == credentials::placeholder_seed_bytes) return seed;
  std::string made(credentials::placeholder_seed_bytes, '\0');
  if (::getrandom(made.data(), made.size(), 0) != static_cast<ssize_t>(made.size()))
    return fail_errno("get random bytes");
  TRY_STATUS(os::write_file_atomic(path, made));
  return made;
}

std::string line_of(const credentials::SecretReport& report) {
  return "secret '" + report.id + "' is not used: " + report.why + (report.remedy.empty() ? "" : "; " + report.remedy);
}

// A refresh token is replaced whatever it looks like, and no host may have its placeholder: logins are renewed on the
// host alone.
void guard_logins(const std::vector<policy::OAuthLogin>& logins, const std::string& home, credentials::Vault& vault) {
  for (const auto& where : logins) {
    auto text = os::read_file(os::join(home, where.file), credentials::login_file_bytes_max);
    if (!text) continue;
    const auto login = credentials::read_login(*text, where);
    credentials::wipe(*text);
    if (login && *login && !(*login)->refresh.empty()) (void)vault.canary(where.file, (*login)->refresh.view());
  }
}

}  // namespace

Result<std::unique_ptr<Keeper>> Keeper::gather(const CredentialPlan& plan, const os::UserDirectories& user,
                                               const std::vector<std::pair<std::string, std::string>>& environment,
                                               const std::string& session_directory, KeepUse use) {
  std::unique_ptr<Keeper> keeper(new Keeper(TRY(seed_of(session_directory)), session_directory));
  const credentials::SourceContext context{
      .home = user.home, .config = user.config, .environment = environment, .withheld_variables = {}};
  if (use == KeepUse::gateway) keeper->vault_.gather(plan.secrets, plan.rules, context);
  guard_logins(plan.logins, user.home, keeper->vault_);
  keeper->home_.emplace(HomeSource{user.home, plan.is_secret_name}, plan.home, plan.secrets, keeper->vault_);
  return keeper;
}

Status Keeper::write_home(std::optional<HomeOwner> owner) {
  auto writer = TRY(HomeWriter::open(os::join(session_directory_, "home"), owner));
  home_->write(writer, vault_.keep());
  return {};
}

std::vector<std::string> Keeper::notes() const {
  std::vector<std::string> notes;
  for (const auto& report : vault_.reports())
    if (report.state == credentials::SourceState::refused) notes.push_back(line_of(report));
  for (const auto& event : home_->events())
    if (!event.withheld.empty()) notes.push_back("withheld from the agent: ~/" + event.path + ": " + event.withheld);
  return notes;
}

void wipe_variables(const std::vector<std::string>& names,
                    std::vector<std::pair<std::string, std::string>>& environment) {
  for (auto& [name, value] : environment)
    if (std::ranges::find(names, name) != names.end()) credentials::wipe(value);
  for (const auto& name : names) {
    if (char* value = std::getenv(name.c_str())) ::explicit_bzero(value, ::strlen(value));
    (void)::unsetenv(name.c_str());
  }
}

}  // namespace bailey::session
