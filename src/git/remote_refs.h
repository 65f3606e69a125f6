// What a remote has, as the quarantine knows it: its branches, tags and notes, fetched into a namespace of their own
// (gitnamespaces(7)), so that git upload-pack can show a guest these and nothing else.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/refs.h"
#include "git/remote_runner.h"
#include "git/repository.h"
#include "git/runner.h"

namespace bailey::git {

// Of the remote at this position of the session's list.
[[nodiscard]] std::string remote_namespace(std::size_t index);
// "refs/namespaces/r0/"
[[nodiscard]] std::string namespace_prefix(std::string_view name);

// Makes the quarantine's view of the remote what it is now. `host_git_dir` (empty: none) tells what need not be
// transferred. One at a time for each quarantine; others wait.
[[nodiscard]] Status refresh_remote(const RemoteRunner& remote, const GitRunner& runner,
                                    const HostRepository& quarantine, const std::string& host_git_dir,
                                    const std::string& name);
// Where the remote's HEAD leads; asked once.
[[nodiscard]] Status learn_head(const RemoteRunner& remote, const HostRepository& quarantine, const std::string& name);

// By the names that they have at the remote, sorted.
[[nodiscard]] Result<std::vector<Ref>> remote_refs(const HostRepository& quarantine, std::string_view name);

}  // namespace bailey::git
