#include "workspace/git_config_text.h"

#include <algorithm>

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
std::string remote_section(std::string_view name) {
  std::string text = "[remote \"";
  for (const char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"]\n";
}

std::string remote_text(std::string_view name, std::string_view url) {
  const std::string refspec = "+refs/heads/*:refs/remotes/" + std::string(name) + "/*";
  return remote_section(name) + "\turl = " + quoted(url) + "\n\tfetch = " + quoted(refspec) + '\n';
}

}  // namespace

std::string git_config_text(const GitSettings& settings, git::ObjectFormat format, LocalRemote local) {
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
    if (remote.promisor) text += "\tpromisor = true\n";
  }
  // Nested repositories are given along with the tree: as active as they are there.
  return text + "[submodule]\n\tactive = .\n";
}

}  // namespace bailey::workspace
