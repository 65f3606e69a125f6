// The agent's workspace: tracked, untracked and ignored files as they are on the host at the start, with a fresh .git.
//
// How it works. discover() says what a path is, without running git on it. prepare() then makes a workspace in one of
// three ways and says which and why:
//   copy     every file reflinked or copied into <session>/workspace, which the sandbox binds at /workspace;
//   overlay  nothing is copied: the host's tree is the lower layer of an overlay that init mounts in its namespaces;
//   mixed    a copy, with large ignored directories (node_modules, target …) as overlays on top of it.
// The .git is always written by us: own configuration, refs as one packed-refs file, the host's index, and an
// alternates file that leads to the host's objects, which the sandbox mounts read-only. Nothing of the host's .git is
// shared writable, and no hook, credential or configuration of it comes along.
//
// What it relies on. The session directory is ours alone (0700, on a local file system). The sandbox mounts exactly
// what Prepared lists. The host's tree may be hostile and may change meanwhile: it is read by descriptor, links are
// never followed, and everything parsed has a limit. docs/workspace.md describes the window that an overlay leaves, and
// guest/settle.h what makes it smaller.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/guarded_remote.h"
#include "git/runner.h"
#include "workspace/discover.h"
#include "workspace/mode.h"
#include "workspace/owner.h"
#include "workspace/read_only.h"
#include "workspace/seal.h"
#include "workspace/user_home.h"

namespace bailey::workspace {

// What the sandbox can mount on this host, as found by doctor or the plan.
enum class OverlaySupport {
  unavailable,
  same_owner,  // only trees that belong to the user the sandbox runs as
  any_owner,   // the launcher idmaps the lower layer (mount_setattr(2)) where Overlay::lower_owner differs
};

struct Request {
  GitFacts source;                    // from discover()
  std::string session_directory;      // exists, 0700; we create workspace/, upper/, work/ and objects/ in it
  std::vector<std::string> excluded;  // directories that are never shared: bailey's own state and cache
  std::string branch;                 // the agent's branch, e.g. "claude/session-1"; starts at the host's HEAD commit
  WantedMode mode = WantedMode::automatic;
  OverlaySupport overlay = OverlaySupport::unavailable;
  std::optional<Owner> owner;  // started as root: who must own the files; absent: the caller
  UserHome user;
  // Does a file's name look like a secret's? Empty: nothing is withheld.
  std::function<bool(std::string_view name)> is_secret;
  // Where findings in large trees are remembered ($XDG_CACHE_HOME/bailey), and what tells the patterns behind is_secret
  // from others (their text, or a hash of it). Either one empty: nothing is remembered.
  std::string cache_directory;
  std::string secret_rules;
  // Borrowed. Used only with git directories that we wrote, for a bare repository and to find the ignored directories
  // of large trees. nullptr: a bare repository is an error, and no directory is overlaid.
  const git::GitRunner* git = nullptr;
};

struct Overlay {
  std::string lower;   // host directory
  std::string upper;   // ours, prepared: fresh .git (opaque) and whiteouts over what is withheld
  std::string work;    // ours, empty, on the same file system as upper
  std::string target;  // relative to /workspace; "" = /workspace itself
  Owner lower_owner;   // who owns `lower` on the host
};

struct Prepared {
  Mode mode = Mode::copy;
  std::string why;                      // one sentence for the user
  std::string root;                     // copy and mixed: directory to bind at /workspace; else empty
  std::vector<Overlay> overlays;        // to mount in this order, after `root` is bound
  std::vector<ReadOnly> object_stores;  // at /run/bailey/objects/<n>
  std::vector<std::string> withheld;    // secret-looking files that the agent does not get, relative to /workspace
  std::vector<std::string> notes;  // what else the user should know, one sentence each; names in them are visible()
  GitFacts git;
  std::vector<git::GuardedRemote> remotes;  // of the repository and of those inside it, as the host has them now
  std::string git_dir;                      // host path of the fresh .git (in root or in the first overlay's upper)
  Seal seal;                                // when the workspace was as prepared; see changes_since()
};

// On failure nothing of ours is left in the session directory.
[[nodiscard]] Result<Prepared> prepare(const Request& request);

// Options for mount("overlay", …): "lowerdir=…,upperdir=…,workdir=…,userxattr" with escapes. Fails when they exceed the
// page that mount(2) takes or contain what can't be escaped.
[[nodiscard]] Result<std::string> mount_options(const Overlay& overlay);

// Makes the layers mountable again after a session was stopped or killed ("volatile" leaves a mark in `work`).
[[nodiscard]] Status prepare_remount(const Prepared& prepared);

enum class Changes { none, possible };
// A cheap look at a stopped session: `none` only if neither a file nor a ref has been changed since prepare(), so that
// an auto-save has nothing to do. Reads names and times, and in overlays the bytes of files that were copied up but
// look like the host's; follows no link: the tree is the agent's.
[[nodiscard]] Changes changes_since(const Prepared& prepared);

// Removes everything that prepare() and the mounts left in the session directory, also the work directories' children
// without permissions.
[[nodiscard]] Status cleanup(const std::string& session_directory);

}  // namespace bailey::workspace
