#include "credentials/read_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "credentials/file_source.h"
#include "credentials/helper_program.h"
#include "credentials/named_values.h"
#include "os/files.h"

namespace bailey::credentials {
namespace {

ReadSecret read_variable(const std::string& name, const SourceContext& context) {
  for (const auto& [key, value] : context.environment)
    if (key == name && !trim(value).empty()) return present(trim(value));
  return absent("the variable " + name + " is not set");
}

// Its mode is part of its contract: whoever can read it has everything in it.
ReadSecret read_secrets_file(const std::string& name, const SourceContext& context) {
  const std::string path = os::join(context.config, secrets_file_name);
  const auto file = os::open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file && file.error().code == ENOENT) return absent("there is no " + path);
  if (!file && file.error().code == ELOOP)
    return refused("'" + path + "' is a link", "put the file itself there: it must be yours alone");
  if (!file) return refused(file.error());
  struct stat status {};
  if (::fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode))
    return refused("'" + path + "' is no regular file", "replace it by one");
  if (status.st_uid != ::geteuid())
    return refused("'" + path + "' belongs to somebody else", "sudo chown $USER " + shell_quoted(path));
  if ((status.st_mode & 077) != 0)
    return refused("others may read or change '" + path + "'", "chmod 600 " + shell_quoted(path));
  auto text = os::read_all(file->get(), secrets_file_bytes_max);
  if (!text) return refused(std::move(text).error().within("'" + path + "'"));
  const auto entries = parse_secrets_file(*text, path);
  ReadSecret answer = absent(path + " has no entry " + name);
  if (!entries) answer = refused(entries.error());
  else
    for (const auto& [key, value] : *entries)
      if (key == name && !value.empty()) answer = present(value);
  wipe(*text);
  return answer;
}

}  // namespace

ReadSecret present(std::string_view value) {
  ReadSecret answer;
  answer.state = SourceState::present;
  answer.value = SecretText(value);
  return answer;
}

ReadSecret absent(std::string why) {
  ReadSecret answer;
  answer.why = std::move(why);
  return answer;
}

ReadSecret refused(std::string why, std::string remedy) {
  ReadSecret answer;
  answer.state = SourceState::refused;
  answer.why = std::move(why);
  answer.remedy = std::move(remedy);
  return answer;
}

ReadSecret refused(const Error& error) { return refused(error.what + ": " + error.why, error.remedy); }

bool asks_program(const policy::SecretSource& source) {
  using policy::SourceKind;
  return source.kind != SourceKind::env && source.kind != SourceKind::secrets && source.kind != SourceKind::file;
}

ReadSecret read_source(const policy::SecretSource& source, const SourceContext& context) {
  using policy::SourceKind;
  switch (source.kind) {
    case SourceKind::env:
      return read_variable(source.name, context);
    case SourceKind::secrets:
      return read_secrets_file(source.name, context);
    case SourceKind::file:
      return read_file_source(source.name, source.selector, context);
    case SourceKind::git_credential:
      return ask_git(source.name, context);
    case SourceKind::gh:
      return ask_gh(source.name, context);
    case SourceKind::command:
      return ask_command(source.words, context);
    case SourceKind::keyring:
      return ask_keyring(source.name, source.selector, context);
  }
  return absent("its kind is unknown");
}

ReadSecret read_source(std::string_view source, const SourceContext& context) {
  const auto parsed = policy::parse_secret_source(source);
  return parsed ? read_source(*parsed, context) : refused(parsed.error());
}

}  // namespace bailey::credentials
