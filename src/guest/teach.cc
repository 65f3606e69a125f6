#include "guest/teach.h"

#include <cstdio>
#include <string>

#include "guest/environment.h"
#include "guest/git.h"
#include "guest/text.h"
#include "guest/worktree_state.h"

namespace bailey::guest {
namespace {

constexpr std::string_view help_text =
    R"(bailey: you are inside a sandbox. Work freely: edit, build, run, test and commit in /workspace without asking.

  bailey status           the session, its branch, and what is not saved yet
  bailey autosave         commit everything and push it to the host (also done for you when the session ends)
  bailey explain TOPIC    what is possible and what to do instead: git, network, files, limits, secrets, saving
  bailey request domain HOST   ask the human to let the session reach a host

Your work reaches the human as a git branch: commit as usual, then `git push` (remote `local`).
)";

struct Topic {
  std::string_view name;
  std::string_view text;
};

// By the words of BAILEY_NETWORK.
constexpr Topic networks[] = {
    {"restricted",
     R"(network: this session is restricted: there is no way out, by design; nothing you install or set changes that.
Connections inside the sandbox (localhost) work: start servers and test against them.
Use what is installed and what the repository has; say in your result what you could not fetch.
)"},
    {"proxy",
     R"(network: listed hosts can be reached, everything else is refused. Package registries, code hosts and documentation
usually are listed. Use tools as always: all TCP goes through the session's gateway, with or without proxy variables.
Refused: hosts that are not listed (NXDOMAIN, a 403 with JSON, a TLS alert or a reset), addresses in place of names,
private addresses, ports other than 80 and 443 (so ssh: use https remotes), UDP and ping. Other routes meet the same rules.
A refusal says why. Don't retry it: go on without it, or name the host in your result. Only the human can open it, outside:
`bailey allow SESSION HOST` (the session's name: bailey status).
A certificate of "bailey session CA" is expected where requests are checked. A program that refuses it needs
/run/bailey/trust/ca.pem, or for Java the key store /run/bailey/trust/cacerts (password changeit).
Connections inside the sandbox (localhost) work: start servers and test against them.
)"},
    {"allow-all",
     R"(network: the internet can be reached over TCP; every connection is logged. Refused: private and local addresses,
names of local networks, what the human has denied, UDP (but DNS) and ping. A refusal says why; don't retry it.
Use tools as always: all TCP goes through the session's gateway, with or without proxy variables.
A certificate of "bailey session CA" is expected where requests are checked. A program that refuses it needs
/run/bailey/trust/ca.pem, or for Java the key store /run/bailey/trust/cacerts (password changeit).
Connections inside the sandbox (localhost) work: start servers and test against them.
)"},
};

// A command that was given another environment: it can't tell.
constexpr std::string_view unknown_network =
    R"(network: BAILEY_NETWORK does not say which network this session has. Try the connection: a refusal says why.
Connections inside the sandbox (localhost) work: start servers and test against them.
)";

constexpr Topic topics[] = {
    {"git",
     R"(git: everything inside /workspace is yours: commit, rebase, reset, stash, branches, tags.
`git push` sends the session's branch to the host (remote `local`). It is the only ref that is accepted: other branches,
tags, notes and deletions are refused. After a rebase push with --force: the commits that the host has are kept under
another name. Merging into the human's branches is done by the human, on the host.
The remote `origin` is there for its address: reading it works where the network allows its host (over https, and without
credentials), and what you push there is not how work is handed over.
)"},
    {"network", {}},  // by mode: network_text()
    {"files",
     R"(files: /workspace is a copy of the repository, yours to change. /home/agent and /tmp are private and thrown away.
The system is read-only. Files that look like secrets are not there. Nothing else of the host can be seen.
Programs that you want to keep belong into /workspace; ignored files (.gitignore) are not saved.
)"},
    {"limits",
     R"(limits: processes, memory, processors, disk and open files of the session are limited (nproc, free, ulimit -a).
A process that is killed for memory ends with signal 9: build with fewer jobs. You run as an ordinary user without
privileges: sudo, mount, new namespaces and containers are not available.
)"},
    {"secrets",
     R"(secrets: there are none in here: no keys and no tokens. Don't look for any and don't invent any.
Where a test needs one, use a made-up value.
Some can be used without being here, where the human set it up: ssh (if SSH_AUTH_SOCK is set) logs in to the hosts that
they allow; git asks the host for credentials of this repository's remotes; commits are signed there (if git config
commit.gpgsign is true). A refusal says why. Signed are your own commits, made now, on what the host knows: else push
first, or commit with --no-gpg-sign.
)"},
    {"saving",
     R"(saving: when the session ends, everything in /workspace that git does not ignore is committed and pushed for you.
Better: commit small steps with good messages yourself. Not saved: ignored files, files above 256 MiB, the history of
repositories inside /workspace, stashes, and commits on other branches than the session's.
)"},
};

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string_view network_text() {
  const std::string mode = session_from_environment().network;
  for (const auto& network : networks)
    if (network.name == mode) return network.text;
  return unknown_network;
}

std::string_view text_of(const Topic& topic) { return topic.name == "network" ? network_text() : topic.text; }

std::string or_unknown(const std::string& text) { return text.empty() ? "unknown" : text; }

}  // namespace

int help() {
  print(help_text);
  return 0;
}

int status() {
  const Session session = session_from_environment();
  print("session  " + or_unknown(session.name) + "\nbranch   " + or_unknown(session.branch) + "\nnetwork  " +
        or_unknown(session.network) + '\n');
  const auto result = git({{"status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames"}});
  const auto state = result.ok() ? parse_status(result.out) : std::nullopt;
  if (!state) {
    print("git      no repository in this directory, or it is damaged\n");
    return 1;
  }
  const std::string where = state->head_branch.empty() ? "a detached HEAD" : visible(state->head_branch);
  const std::size_t count = state->changed.size() + state->embedded.size();
  print("git      on " + where + ", " + std::to_string(count) + " changed " + (count == 1 ? "file" : "files") +
        " not committed\n");
  return 0;
}

int explain(std::span<const std::string_view> arguments) {
  const std::string_view wanted = arguments.empty() ? std::string_view() : arguments.front();
  for (const auto& topic : topics)
    if (wanted.empty() || wanted == topic.name) print(text_of(topic));
  for (const auto& topic : topics)
    if (wanted.empty() || wanted == topic.name) return 0;
  std::fprintf(stderr, "bailey: no topic '%s': git, network, files, limits, secrets, saving\n",
               visible(wanted).c_str());
  return 2;
}

}  // namespace bailey::guest
