#include "workspace/test_support.h"

#include <unistd.h>

#include <cstdlib>

#include "base/text.h"
#include "os/files.h"
#include "workspace/remove_deep.h"

namespace bailey::workspace {
namespace {

std::vector<std::string> environment(const std::string& home) {
  return {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
          "HOME=" + home,
          "LC_ALL=C",
          "GIT_CONFIG_NOSYSTEM=1",
          "GIT_AUTHOR_NAME=T",
          "GIT_AUTHOR_EMAIL=t@example.org",
          "GIT_COMMITTER_NAME=T",
          "GIT_COMMITTER_EMAIL=t@example.org"};
}

// What init does, in shell: object stores read-only at /run/bailey, then the workspace.
std::string mount_script(const Prepared& prepared, const std::string& target) {
  std::string script = "mount -t tmpfs -o mode=755 none /run\n";
  for (const auto& store : prepared.object_stores) {
    const auto from = shell_quoted(store.host_path);
    const auto to = shell_quoted(store.sandbox_path);
    const bool directory = os::is_directory(store.host_path);
    if (directory) script += "mkdir -p " + to + "\n";
    script += "mount --bind " + from + " " + to + "\n";
    if (directory) script += "mount -o remount,bind,ro " + to + "\n";
  }
  const auto workspace = shell_quoted(target);
  script += "mkdir -p " + workspace + "\n";
  if (!prepared.root.empty()) script += "mount --bind " + shell_quoted(prepared.root) + " " + workspace + "\n";
  for (const auto& overlay : prepared.overlays)
    // mount(8) would split the options at every comma.
    script +=
        "python3 -c 'import ctypes, os, sys; c = ctypes.CDLL(None, use_errno=True); a = [os.fsencode(x) for x in "
        "sys.argv[1:]]; sys.exit(os.strerror(ctypes.get_errno()) if c.mount(b\"overlay\", a[1], b\"overlay\", 0, a[0]) "
        "else 0)' " +
        shell_quoted(mount_options(overlay).value() + ",volatile") + " " +
        shell_quoted(os::join(target, overlay.target)) + "\n";
  return script + "cd " + workspace + "\n";
}

}  // namespace

void WorkspaceTest::SetUp() {
  const char* directory = std::getenv("TMPDIR");
  std::string name = os::join(directory != nullptr ? directory : "/tmp", "bailey-workspace-XXXXXX");
  base_ = ::mkdtemp(name.data());
  ASSERT_TRUE(os::make_directories(at("home")));
  ASSERT_TRUE(os::make_directories(at("state/session")));
}

void WorkspaceTest::TearDown() {
  const auto removed = remove_deep(base_);
  EXPECT_TRUE(removed) << to_lines(removed.error());
}

std::string WorkspaceTest::at(const std::string& name) const { return os::join(base_, name); }

std::string WorkspaceTest::shell(const std::string& script) const {
  const auto output =
      os::run({.argv = {"/bin/bash", "-euc", script}, .environment = environment(at("home")), .directory = base_});
  EXPECT_TRUE(output) << to_lines(output.error());
  if (!output) return {};
  EXPECT_EQ(output->exit_status, 0) << script << "\n" << output->out << output->err;
  return std::string(trim(output->out));
}

void WorkspaceTest::make_repository() const {
  shell("git init -q -b main repo; cd repo; echo one >a; mkdir dir; echo two >dir/b; git add -A; git commit -qm first");
}

void WorkspaceTest::write(const std::string& name, const std::string& bytes) const {
  ASSERT_TRUE(os::make_directories(std::string(os::directory_name(at(name)))));
  ASSERT_TRUE(os::write_file(at(name), bytes, 0644));
}

std::string WorkspaceTest::read(const std::string& path) const { return os::read_file(path).value_or("<absent>"); }

Request WorkspaceTest::request(const std::string& source) const {
  Request request;
  auto found = discover(source);
  EXPECT_TRUE(found) << to_lines(found.error());
  if (found) request.source = std::move(*found);
  request.session_directory = at("state/session");
  request.excluded = {at("state")};
  request.branch = "claude/session-1";
  request.overlay = OverlaySupport::same_owner;
  request.user = {at("home"), at("home/.config"), at("etc")};
  request.is_secret = [](std::string_view name) { return name == ".env" || name.ends_with(".pem"); };
  request.git = &runner_;
  return request;
}

Result<Prepared> WorkspaceTest::prepare_source(const std::string& source, WantedMode mode) const {
  auto wanted = request(source);
  wanted.mode = mode;
  return prepare(wanted);
}

Prepared WorkspaceTest::prepared(const std::string& source, WantedMode mode) const {
  auto result = prepare_source(source, mode);
  EXPECT_TRUE(result) << to_lines(result.error());
  return result.value_or(Prepared{});
}

os::Output WorkspaceTest::inside(const Prepared& prepared, const std::string& script) const {
  EXPECT_TRUE(prepare_remount(prepared));
  const auto output = os::run({.argv = {"/usr/bin/unshare", "-Urm", "--propagation", "private", "/bin/bash", "-euc",
                                        mount_script(prepared, at("mounted")) + script},
                               .environment = environment(at("home")),
                               .directory = base_});
  EXPECT_TRUE(output) << to_lines(output.error());
  return output.value_or(os::Output{});
}

std::string WorkspaceTest::said_inside(const Prepared& prepared, const std::string& script) const {
  const auto output = inside(prepared, script);
  EXPECT_EQ(output.exit_status, 0) << script << "\n" << output.out << output.err;
  EXPECT_EQ(output.err, "") << script;
  std::string_view out = output.out;
  while (out.ends_with('\n')) out.remove_suffix(1);
  return std::string(out);
}

std::string namespaces_obstacle() {
  const auto output = os::run({.argv = {"/usr/bin/unshare", "-Urm", "/bin/bash", "-euc",
                                        "mount -t tmpfs none /run; cd /run; mkdir l u w m; "
                                        "mount -t overlay o -o lowerdir=l,upperdir=u,workdir=w,userxattr m"},
                               .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}});
  if (output && output->exit_status == 0) return {};
  return "no user namespaces with overlay mounts here: " + (output ? output->err : output.error().why);
}

bool has_note(const std::vector<std::string>& notes, const std::string& part) {
  for (const auto& note : notes)
    if (note.find(part) != std::string::npos) return true;
  return false;
}

}  // namespace bailey::workspace
