#include "workspace/git_config_text.h"

#include <algorithm>

#include "git/remote_address.h"

namespace bailey::workspace {
namespace {

std::string quoted(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    if (c == '\n') text += "\\n";
    else text += c;
  }
  return text + '"';
}

// Inside a subsection's name only these two need a backslash.
std::string section(std::string_view kind, std::string_view name) {
  std::string text = '[' + std::string(kind) + " \"";
  for (const char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"]\n";
}

std::string remote_text(std::string_view name, std::string_view url) {
  const std::string refspec = "+refs/heads/*:refs/remotes/" + std::string(name) + "/*";
  return section("remote", name) + "\turl = " + quoted(url) + "\n\tfetch = " + quoted(refspec) + '\n';
}

bool is_guarded(const Remote& remote, const std::vector<git::GuardedRemote>& guarded) {
  return std::any_of(guarded.begin(), guarded.end(),
                     [&](const git::GuardedRemote& each) { return each.key == remote.url; });
}

// A partial clone fetches what it misses by itself, which the quarantine can't serve: only its pushes are led through.
std::string transport_text(const Remote& remote) {
  return remote.promisor ? "\tpromisor = true\n\tpushurl = " + quoted("bailey::" + remote.url) + '\n'
                         : "\tvcs = bailey\n";
}

// The same repository by another address: unless that is the beginning of an address that is configured itself, which
// would then be shown rewritten.
std::string spellings_text(const git::GuardedRemote& remote, const std::vector<Remote>& remotes) {
  std::string text;
  const auto address = git::parse_remote_address(remote.key);
  if (!address) return text;
  for (const auto& spelling : git::spellings_of(*address)) {
    const auto begins = [&](const Remote& other) { return other.url.starts_with(spelling); };
    if (std::any_of(remotes.begin(), remotes.end(), begins) || spelling.find('#') != std::string::npos) continue;
    text += section("url", "bailey::" + remote.key + '#' + spelling + '#');
    text += "\tinsteadOf = " + quoted(spelling) + '\n';
  }
  return text;
}

}  // namespace

std::string git_config_text(const GitSettings& settings, git::ObjectFormat format, LocalRemote local,
                            const std::vector<git::GuardedRemote>& guarded) {
  const auto promisor =
      std::find_if(settings.remotes.begin(), settings.remotes.end(), [](const auto& r) { return r.promisor; });
  const bool partial = promisor != settings.remotes.end();
  const bool sha256 = format == git::ObjectFormat::sha256;
  std::string text = "[core]\n\trepositoryformatversion = ";
  text += sha256 || partial ? "1\n" : "0\n";
  // Device, inode, owner and ctime differ in a copy; with these two only size and modification time are compared, which
  // the copy has kept, so that the host's index stays valid. The other two switch off programs.
  text +=
      "\tbare = false\n\tlogallrefupdates = true\n\tcheckStat = minimal\n\ttrustctime = false\n"
      "\thooksPath = /dev/null\n\tfsmonitor = false\n";
  if (sha256 || partial) text += "[extensions]\n";
  if (sha256) text += "\tobjectFormat = sha256\n";
  if (partial) text += "\tpartialClone = " + quoted(promisor->name) + '\n';
  for (const auto& [key, value] : settings.values) {
    const auto dot = key.find('.');
    text += '[' + key.substr(0, dot) + "]\n\t" + key.substr(dot + 1) + " = " + quoted(value) + '\n';
  }
  if (!settings.user_name.empty() || !settings.user_email.empty()) text += "[user]\n";
  if (!settings.user_name.empty()) text += "\tname = " + quoted(settings.user_name) + '\n';
  if (!settings.user_email.empty()) text += "\temail = " + quoted(settings.user_email) + '\n';
  if (local == LocalRemote::present)
    text += "[push]\n\tdefault = current\n[remote]\n\tpushDefault = local\n" + remote_text("local", "bailey::local");
  for (const auto& remote : settings.remotes) {
    text += remote_text(remote.name, remote.url);
    if (is_guarded(remote, guarded)) text += transport_text(remote);
    else if (remote.promisor) text += "\tpromisor = true\n";
  }
  for (const auto& remote : guarded) text += spellings_text(remote, settings.remotes);
  // Nested repositories are given along with the tree: as active as they are there.
  return text + "[submodule]\n\tactive = .\n";
}

}  // namespace bailey::workspace
