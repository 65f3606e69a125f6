#include "git/remote_refs.h"

#include <set>

#include "base/text.h"
#include "git/ref_name.h"
#include "os/files.h"

namespace bailey::git {
namespace {

constexpr std::size_t host_refs_max = 50'000;
constexpr std::string_view host_refs_prefix = "refs/bailey/host/";

// Those that the stores really have, in order.
Result<std::vector<std::string>> present(const GitRunner& runner, const HostRepository& quarantine,
                                         const std::set<std::string>& oids) {
  std::string input;
  for (const auto& oid : oids) input += oid + '\n';
  Invocation check{.git_dir = quarantine.git_dir,
                   .arguments = {"cat-file", "--batch-check=%(objectname)", "--buffer"},
                   .object_directory = {},
                   .reach = {}};
  check.reach.read_only = quarantine.object_stores;
  const auto output = TRY(runner.output_of(check, input));
  std::vector<std::string> found;
  for (const auto line : split(output, '\n'))
    if (Oid::parse(line)) found.emplace_back(line);  // "… missing" otherwise
  return found;
}

// The host's refs under names of ours, once: git neither transfers nor walks again what is reachable from a ref.
Status publish_host_refs(const GitRunner& runner, const HostRepository& quarantine, const std::string& host_git_dir) {
  const std::string path = os::join(quarantine.git_dir, "packed-refs");
  if (host_git_dir.empty() || os::exists(path)) return {};
  const auto host = TRY(open_host_repository(host_git_dir));
  const auto refs = TRY(RefStore::open(host));
  std::set<std::string> oids;
  for (const auto& ref : TRY(refs.list("refs/")))
    if (oids.size() < host_refs_max) oids.insert(ref.oid.hex());
  std::string text = "# pack-refs with: sorted \n";
  std::size_t number = 10'000'000;  // the same width for all: sorted by name
  for (const auto& oid : TRY(present(runner, quarantine, oids)))
    text += oid + ' ' + std::string(host_refs_prefix) + std::to_string(number++) + '\n';
  return os::write_file_atomic(path, text);
}

}  // namespace

std::string remote_namespace(std::size_t index) { return "r" + std::to_string(index); }
std::string namespace_prefix(std::string_view name) { return "refs/namespaces/" + std::string(name) + "/"; }

Status refresh_remote(const RemoteRunner& remote, const GitRunner& runner, const HostRepository& quarantine,
                      const std::string& host_git_dir, const std::string& name) {
  const Fd lock = TRY(os::lock_file(os::join(quarantine.git_dir, "remote-lock")));
  // Only a help: a host repository that can't be read makes the transfer larger.
  (void)publish_host_refs(runner, quarantine, host_git_dir);
  std::vector<std::string> arguments = {"fetch",
                                        "--quiet",
                                        "--atomic",
                                        "--prune",
                                        "--no-tags",
                                        "--no-write-fetch-head",
                                        "--no-recurse-submodules",
                                        "--no-auto-maintenance",
                                        std::string(remote_argument)};
  for (const char* kind : {"refs/heads/*", "refs/tags/*", "refs/notes/*"})
    arguments.push_back(std::string("+") + kind + ":" + namespace_prefix(name) + kind);
  const auto output = TRY(remote.run(arguments));
  if (output.exit_status == 0) return {};
  return std::unexpected(remote_failure("fetch from " + remote.remote().title(), output));
}

Status learn_head(const RemoteRunner& remote, const HostRepository& quarantine, const std::string& name) {
  const std::string path = os::join(quarantine.git_dir, namespace_prefix(name) + "HEAD");
  if (os::exists(path)) return {};
  const auto output = TRY(remote.run({"ls-remote", "--symref", std::string(remote_argument), "HEAD"}));
  if (output.exit_status != 0) return std::unexpected(remote_failure("look at " + remote.remote().title(), output));
  const std::string_view line = std::string_view(output.out).substr(0, output.out.find('\n'));
  if (!line.starts_with("ref: ") || !line.ends_with("\tHEAD")) return {};  // detached, or an old server
  const auto ref = line.substr(5, line.size() - 10);
  if (!check_ref_name(ref) || !ref.starts_with("refs/heads/")) return {};
  TRY_STATUS(os::make_directories(std::string(os::directory_name(path))));
  return os::write_file_atomic(path, "ref: " + namespace_prefix(name) + std::string(ref) + '\n');
}

Result<std::vector<Ref>> remote_refs(const HostRepository& quarantine, std::string_view name) {
  const auto store = TRY(RefStore::open(quarantine));
  const std::string prefix = namespace_prefix(name);
  auto refs = TRY(store.list(prefix + "refs/"));
  for (auto& ref : refs) ref.name.erase(0, prefix.size());
  return refs;
}

}  // namespace bailey::git
