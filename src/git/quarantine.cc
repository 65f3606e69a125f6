#include "git/quarantine.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include "base/text.h"
#include "git/ref_files.h"
#include "git/ref_name.h"
#include "os/files.h"

namespace bailey::git {
namespace {

// Faults of long ago that git itself wrote or imported and that a rebase carries on (old author lines, padded modes).
// Everything else that git-fsck(1) names is an error, its warnings included (fsck is strict with what arrives).
constexpr const char* tolerated[] = {
    "zeroPaddedFilemode",
    "badFilemode",
    "missingEmail",
    "missingNameBeforeEmail",
    "badTimezone",
    "zeroPaddedDate",
    "missingSpaceBeforeEmail",
    "missingSpaceBeforeDate",
};

std::string config_of(const QuarantineSpec& spec) {
  std::string config = "[core]\n\tbare = true\n\tlogAllRefUpdates = false\n\tfilemode = true\n";
  if (spec.format == ObjectFormat::sha256)
    config += "\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = sha256\n";
  else config += "\trepositoryformatversion = 0\n";
  config +=
      "[receive]\n\tfsckObjects = true\n\tdenyDeletes = true\n\tdenyNonFastForwards = false\n"
      "\tdenyCurrentBranch = ignore\n\tadvertiseAtomic = false\n\tadvertisePushOptions = false\n"
      "\tshallowUpdate = false\n\tautogc = false\n[receive \"fsck\"]\n";
  for (const char* name : tolerated) config.append("\t").append(name).append(" = ignore\n");
  config += "[transfer]\n\tadvertiseSID = false\n\thideRefs = refs/bailey\n[repack]\n\twriteBitmaps = false\n";
  return config;
}

// One path a line; git reads a line that begins with a quote as C-quoted (quote.c), which every path can be written as.
std::string quoted_path(std::string_view path) {
  std::string quoted = "\"";
  char octal[8];
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') quoted.append(1, '\\').append(1, c);
    else if (byte >= 0x20 && byte < 0x7F) quoted += c;
    else quoted.append(octal, static_cast<std::size_t>(std::snprintf(octal, sizeof octal, "\\%03o", byte)));
  }
  return quoted + '"';
}

std::string alternates_of(const QuarantineSpec& spec) {
  std::string text;
  for (const auto& store : spec.object_stores)
    text += (store.find_first_of("\n\"#") == std::string::npos ? store : quoted_path(store)) + '\n';
  return text;
}

Status write_files(const QuarantineSpec& spec) {
  const std::string& path = spec.path;
  for (const char* name : {"/objects", "/objects/info", "/objects/pack", "/refs", "/refs/heads"})
    if (::mkdir((path + name).c_str(), 0700) != 0) return fail_errno("create '" + path + name + "'");
  TRY_STATUS(os::write_file(path + "/config", config_of(spec)));
  TRY_STATUS(os::write_file(path + "/HEAD", "ref: " + branch_ref(spec.branch) + '\n'));
  if (!spec.object_stores.empty()) TRY_STATUS(os::write_file(path + "/objects/info/alternates", alternates_of(spec)));
  if (!spec.shallow.empty()) TRY_STATUS(os::write_file(path + "/shallow", spec.shallow));
  if (spec.head.is_zero()) return {};
  for (const std::string& ref : {branch_ref(spec.branch), std::string(landed_ref)}) {
    const std::string file = os::join(path, ref);
    TRY_STATUS(os::make_directories(std::string(os::directory_name(file))));
    TRY_STATUS(os::write_file(file, spec.head.hex() + '\n'));
  }
  return {};
}

}  // namespace

std::string strict_option() {
  std::string option = "--strict=";
  for (const char* name : tolerated) option.append(name).append("=ignore,");
  option.pop_back();
  return option;
}

Status create_quarantine(const QuarantineSpec& spec) {
  TRY_STATUS(check_branch_name(spec.branch));
  if (!spec.path.starts_with('/')) return fail("create quarantine '" + spec.path + "'", "not an absolute path");
  for (const auto& store : spec.object_stores)
    if (!store.starts_with('/')) return fail("object store '" + store + "'", "not an absolute path");
  if (::mkdir(spec.path.c_str(), 0700) != 0) return fail_errno("create quarantine '" + spec.path + "'");
  auto written = write_files(spec);
  if (written) return {};
  (void)os::remove_tree(spec.path);
  return std::unexpected(std::move(written).error().within("create the session's quarantine"));
}

Result<HostRepository> open_quarantine(const std::string& path) { return open_host_repository(path); }

Status clean_quarantine(const std::string& path) {
  const Fd directory = TRY(os::open_file(path, O_RDONLY | O_DIRECTORY));
  std::vector<std::string> stale;
  TRY_STATUS(walk_files(directory.get(), "refs", [&](const std::string& name) {
    if (name.ends_with(".lock")) stale.push_back(name);
  }));
  for (const auto& name : TRY(os::list_directory(path)))
    if (name.ends_with(".lock")) stale.push_back(name);
  for (const auto& name : TRY(os::list_directory(os::join(path, "objects"))))
    if (name.starts_with("tmp_objdir-") || name.starts_with("incoming-")) stale.push_back("objects/" + name);
  for (const auto& name : TRY(os::list_directory(os::join(path, "objects/pack"))))
    if (name.starts_with("tmp_")) stale.push_back("objects/pack/" + name);
  for (const auto& name : stale) TRY_STATUS(os::remove_tree(os::join(path, name)));
  return {};
}

Result<bool> is_contained(const GitRunner& runner, const HostRepository& quarantine, const Oid& tip,
                          const std::vector<Oid>& others) {
  if (tip.is_zero()) return true;
  std::string input = tip.hex() + '\n';
  for (const auto& other : others) {
    if (other == tip) return true;
    if (!other.is_zero()) input += '^' + other.hex() + '\n';
  }
  Invocation invocation;
  invocation.git_dir = quarantine.git_dir;
  invocation.arguments = {"rev-list", "--max-count=1", "--stdin"};
  invocation.reach.read_only = quarantine.object_stores;
  const auto output = TRY(runner.run(invocation, input));
  return output.exit_status == 0 && output.out.empty();
}

}  // namespace bailey::git
