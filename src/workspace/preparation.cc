#include "workspace/preparation.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/text.h"
#include "git/ref_name.h"
#include "os/files.h"
#include "workspace/fresh_git.h"
#include "workspace/git_config_text.h"
#include "workspace/git_files.h"

namespace bailey::workspace {
namespace {

bool contains(const std::string& directory, const std::string& path) {
  return directory == path || !relative_to(directory, path).empty();
}

}  // namespace

Preparation::Preparation(const Request& request)
    : request_(request), stores_(os::join(request.session_directory, "objects/none")) {
  prepared_.git = request.source;
  if (request.is_secret) rules_.is_secret = &request.is_secret;
  auto excluded = request.excluded;
  excluded.push_back(request.session_directory);
  for (const auto& path : excluded) {
    const auto real = os::real_path(path);
    std::string inside = real ? relative_to(request.source.top, *real) : "";
    if (!inside.empty()) rules_.left_out.insert(std::move(inside));
  }
}

std::string Preparation::workspace() const { return os::join(request_.session_directory, "workspace"); }

Result<Prepared> Preparation::run() {
  TRY_STATUS(check_request());
  note_facts();
  const Choice choice = TRY(choose_mode());
  prepared_.mode = choice.mode;
  prepared_.why = choice.why;
  if (choice.mode == Mode::overlay) {
    TRY_STATUS(overlay(""));
  } else {
    TRY_STATUS(copy(choice.overlaid));
    for (const auto& target : choice.overlaid) TRY_STATUS(overlay(target));
  }
  TRY_STATUS(finish());
  return std::move(prepared_);
}

Status Preparation::check_request() const {
  const auto& top = request_.source.top;
  const auto home = os::real_path(request_.user.home);
  if (top == "/" || (home && *home != "/" && contains(top, *home)))
    return fail(
        "share '" + top + "'", "it contains your home directory, with the keys and logins in it",
        "name a project's directory; if your home directory is itself a git repository, run 'git init' in the project");
  if (contains(request_.session_directory, top))
    return fail("share '" + top + "'", "it is inside the session's own directory");
  return git::check_branch_name(request_.branch);
}

void Preparation::note_facts() {
  const auto& facts = request_.source;
  const auto say = [this](std::string text) { notes_.add_sentence(std::move(text)); };
  for (const auto& note : facts.notes) say(note);
  if (facts.kind == SourceKind::directory) {
    say("this is no git repository: nothing lands in one on the host; the session's own keeps the work, and its last "
        "words say where");
    return;
  }
  if (!facts.operation.empty())
    say("a " + facts.operation + " is under way on the host; the agent sees its files, but not the " + facts.operation +
        " itself");
  if (facts.shallow()) say("the repository is a shallow clone: older history is not there for the agent either");
  const auto attributes = os::open_file(facts.top, O_RDONLY | O_DIRECTORY);
  const auto text = attributes ? read_git_text(attributes->get(), ".gitattributes").value_or("") : "";
  if (text.find("filter=lfs") != std::string::npos)
    say("git-lfs does not run in the workspace: its files are there as they are on the host, and changes to them would "
        "be "
        "committed in full");
  else if (text.find("filter=") != std::string::npos)
    say("filters named in .gitattributes do not run in the workspace: changed files are committed as they are");
}

Status Preparation::write_root_git(const std::string& directory) {
  prepared_.git_dir = directory;
  settings_ = read_settings(request_.user, has_repository() ? &request_.source.repository : nullptr, notes_);
  if (std::any_of(settings_.remotes.begin(), settings_.remotes.end(), [](const Remote& r) { return r.promisor; }))
    notes_.add_sentence(
        "the repository is a partial clone: objects that are not on the host are not there for the agent either");
  const auto guarded = guarded_remotes(settings_.remotes, request_.source.top);
  keep_remotes(guarded, "");
  FreshGit fresh{.branch = git::branch_ref(request_.branch),
                 .config = git_config_text(settings_, request_.source.repository.format, LocalRemote::present, guarded),
                 .excludes = settings_.excludes,
                 .owner = request_.owner};
  if (has_repository()) {
    fresh.facts = &request_.source;
    fresh.alternates = stores_.alternates_for(request_.source.repository);
  }
  return write_fresh_git(directory, fresh);
}

void Preparation::keep_remotes(const std::vector<git::GuardedRemote>& remotes, const std::string& path) {
  for (auto remote : remotes) {
    if (prepared_.remotes.size() == git::guarded_remotes_max) return;
    if (git::find_remote(prepared_.remotes, remote.key)) continue;
    remote.path = path;
    prepared_.remotes.push_back(std::move(remote));
  }
}

Status Preparation::finish() {
  if (stores_.needs_empty_file()) {
    TRY_STATUS(os::make_directories(os::join(request_.session_directory, "objects")));
    TRY_STATUS(os::write_file(os::join(request_.session_directory, "objects/none"), "", 0444));
  }
  prepared_.object_stores = stores_.mounts();
  std::sort(prepared_.withheld.begin(), prepared_.withheld.end());
  prepared_.notes = notes_.sentences();
  prepared_.seal = TRY(make_seal(os::join(prepared_.git_dir, "config")));
  return {};
}

}  // namespace bailey::workspace
