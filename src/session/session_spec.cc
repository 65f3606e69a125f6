#include "session/session_spec.h"

#include "git/remote_service.h"
#include "json/read.h"
#include "json/write.h"
#include "os/files.h"

namespace bailey::session {
namespace {

constexpr const char* spec_name = "start.json";

// Paths are bytes; JSON strings are UTF-8. Hex keeps any name exactly.
std::string packed(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

std::string unpacked(const json::Value* value) {
  std::string bytes;
  if (value == nullptr || value->as_string() == nullptr) return bytes;
  const std::string& hex = *value->as_string();
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  return bytes;
}

json::Value strings(const std::vector<std::string>& list) {
  json::Array array;
  for (const auto& text : list) array.emplace_back(packed(text));
  return array;
}

std::vector<std::string> strings_of(const json::Value* value) {
  std::vector<std::string> list;
  if (value != nullptr && value->as_array() != nullptr)
    for (const auto& item : *value->as_array()) list.push_back(unpacked(&item));
  return list;
}

json::Value workspace_json(const workspace::Prepared& prepared) {
  json::Value value;
  value.set("mode", std::string(workspace::to_string(prepared.mode)));
  value.set("root", packed(prepared.root));
  value.set("git_dir", packed(prepared.git_dir));
  value.set("prefix", packed(prepared.git.prefix));
  value.set("seal_time", static_cast<long long>(prepared.seal.time_ns));
  value.set("seal_offset", static_cast<long long>(prepared.seal.clock_offset_ns));
  json::Array overlays;
  for (const auto& overlay : prepared.overlays) {
    json::Value item;
    item.set("lower", packed(overlay.lower));
    item.set("upper", packed(overlay.upper));
    item.set("work", packed(overlay.work));
    item.set("target", packed(overlay.target));
    item.set("uid", static_cast<long long>(overlay.lower_owner.uid));
    item.set("gid", static_cast<long long>(overlay.lower_owner.gid));
    overlays.push_back(std::move(item));
  }
  value.set("overlays", std::move(overlays));
  json::Array stores;
  for (const auto& store : prepared.object_stores) {
    json::Value item;
    item.set("host", packed(store.host_path));
    item.set("sandbox", packed(store.sandbox_path));
    stores.push_back(std::move(item));
  }
  value.set("object_stores", std::move(stores));
  json::Array remotes;
  for (const auto& remote : prepared.remotes) remotes.push_back(git::to_json(remote));
  value.set("remotes", std::move(remotes));
  return value;
}

std::int64_t number(const json::Value& value, std::string_view key) {
  const json::Value* found = value.find(key);
  return found == nullptr ? 0 : found->as_int().value_or(0);
}

workspace::Prepared workspace_of(const json::Value& value) {
  workspace::Prepared prepared;
  const json::Value* mode = value.find("mode");
  if (mode != nullptr && mode->as_string() != nullptr) {
    if (*mode->as_string() == "overlay") prepared.mode = workspace::Mode::overlay;
    if (*mode->as_string() == "mixed") prepared.mode = workspace::Mode::mixed;
  }
  prepared.root = unpacked(value.find("root"));
  prepared.git_dir = unpacked(value.find("git_dir"));
  prepared.git.prefix = unpacked(value.find("prefix"));
  prepared.seal.time_ns = number(value, "seal_time");
  prepared.seal.clock_offset_ns = number(value, "seal_offset");
  if (const auto* overlays = value.find("overlays"); overlays != nullptr && overlays->as_array() != nullptr)
    for (const auto& item : *overlays->as_array())
      prepared.overlays.push_back({unpacked(item.find("lower")),
                                   unpacked(item.find("upper")),
                                   unpacked(item.find("work")),
                                   unpacked(item.find("target")),
                                   {static_cast<uid_t>(number(item, "uid")), static_cast<gid_t>(number(item, "gid"))}});
  if (const auto* stores = value.find("object_stores"); stores != nullptr && stores->as_array() != nullptr)
    for (const auto& item : *stores->as_array())
      prepared.object_stores.push_back({unpacked(item.find("host")), unpacked(item.find("sandbox"))});
  // One that can't be read is one that can't be used: the push guard refuses it.
  if (const auto* remotes = value.find("remotes"); remotes != nullptr && remotes->as_array() != nullptr)
    for (const auto& item : *remotes->as_array())
      if (auto remote = git::guarded_remote_from_json(item)) prepared.remotes.push_back(std::move(*remote));
  return prepared;
}

}  // namespace

std::vector<git::GuardedRemote> guarded_remotes(const SessionSpec& spec) {
  auto remotes = spec.workspace.remotes;
  const bool is_cloned = spec.argv.size() > 3 && spec.argv[0] == "/run/bailey/bin/bailey" && spec.argv[1] == "clone";
  if (!is_cloned) return remotes;
  if (auto origin = git::guarded_remote("origin", spec.argv[2], spec.argv[2], "", "/"))
    remotes.push_back(std::move(*origin));
  return remotes;
}

Status save_spec(const std::string& session_directory, const SessionSpec& spec) {
  json::Value value;
  value.set("argv", strings(spec.argv));
  json::Array environment;
  for (const auto& [name, content] : spec.manifest_environment) environment.emplace_back(packed(name + "=" + content));
  value.set("environment", std::move(environment));
  value.set("passed", strings(spec.passed_variables));
  value.set("extra_paths", strings(spec.extra_paths));
  value.set("seccomp_profile", packed(spec.seccomp_profile));
  value.set("gpu", spec.gpu);
  value.set("push", spec.push);
  value.set("pids", spec.limits.pids);
  value.set("memory", spec.limits.memory_bytes);
  value.set("cpus", spec.limits.cpus);
  value.set("disk", spec.limits.disk_bytes);
  value.set("open_files", spec.limits.open_files);
  value.set("audit_bytes_max", spec.audit_bytes_max);
  value.set("approvals", spec.approvals);
  value.set("approval_seconds", spec.approval_seconds);
  value.set("network", spec.network);
  value.set("profile", spec.profile);
  value.set("allow_domains", strings(spec.allow_domains));
  value.set("host_git_dir", packed(spec.host_git_dir));
  value.set("workspace", workspace_json(spec.workspace));
  return os::write_file_atomic(os::join(session_directory, spec_name), json::write(value));
}

Result<SessionSpec> load_spec(const std::string& session_directory) {
  const std::string path = os::join(session_directory, spec_name);
  const auto text = os::read_file(path);
  if (!text) return fail("read what the session was started with", text.error().why, "remove it with `bailey rm`");
  const json::Value value = TRY(json::read(*text, path));
  SessionSpec spec;
  spec.argv = strings_of(value.find("argv"));
  for (const auto& pair : strings_of(value.find("environment")))
    spec.manifest_environment.emplace_back(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
  spec.passed_variables = strings_of(value.find("passed"));
  spec.extra_paths = strings_of(value.find("extra_paths"));
  spec.seccomp_profile = unpacked(value.find("seccomp_profile"));
  const auto flag = [&value](std::string_view key) {
    const json::Value* found = value.find(key);
    return found != nullptr && found->as_bool().value_or(false);
  };
  spec.gpu = flag("gpu");
  spec.push = flag("push");
  spec.limits.pids = static_cast<std::uint64_t>(number(value, "pids"));
  spec.limits.memory_bytes = static_cast<std::uint64_t>(number(value, "memory"));
  const json::Value* cpus = value.find("cpus");
  spec.limits.cpus = cpus == nullptr ? 1 : cpus->as_double().value_or(1);
  spec.limits.disk_bytes = static_cast<std::uint64_t>(number(value, "disk"));
  spec.limits.open_files = static_cast<std::uint64_t>(number(value, "open_files"));
  spec.audit_bytes_max = static_cast<std::uint64_t>(number(value, "audit_bytes_max"));
  const auto word = [&value](std::string_view key) {
    const json::Value* found = value.find(key);
    return found != nullptr && found->as_string() != nullptr ? *found->as_string() : std::string();
  };
  spec.approvals = word("approvals");
  spec.approval_seconds = static_cast<std::uint64_t>(number(value, "approval_seconds"));
  spec.network = word("network");
  spec.profile = word("profile");
  spec.allow_domains = strings_of(value.find("allow_domains"));
  spec.host_git_dir = unpacked(value.find("host_git_dir"));
  const json::Value* workspace = value.find("workspace");
  if (workspace == nullptr || spec.limits.pids == 0) return fail("read '" + path + "'", "it is incomplete");
  spec.workspace = workspace_of(*workspace);
  return spec;
}

}  // namespace bailey::session
