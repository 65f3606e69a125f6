// The inspections: each looks at one side of a change and adds findings. They read values that were given to them and
// nothing else.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "review/added_text.h"
#include "review/collector.h"
#include "review/commit_text.h"
#include "review/raw_diff.h"

namespace bailey::review {

// Path rules, also for a link or submodule that stands where a protected directory would; files whose names look like
// secrets; a .git or bare repository in the tree.
void inspect_path(Collector& out, const RawChange& change, const Subject& subject);
// Modes, types, submodules.
void inspect_kind(Collector& out, const RawChange& change, const Subject& subject);
// Where a symbolic link leads.
void inspect_link(Collector& out, const Subject& subject, std::string_view target);

// unknown: no text, and no format that is known; text rules look at it all the same.
enum class ContentKind { text, binary, unknown };
// Programs, archives, pictures: from the first bytes and the name. Adds findings for what is not text.
ContentKind inspect_content(Collector& out, const Subject& subject, std::string_view content);
// What can be said of a file that is too large to be read.
void inspect_unread(Collector& out, const Subject& subject, std::uint64_t bytes, std::string_view why);

// Text rules, secrets among them, on added lines.
void inspect_text(Collector& out, const Subject& subject, const AddedText& added);
// Hidden, reordered and invisible characters, lines that hide what they hold.
void inspect_hidden(Collector& out, const Subject& subject, const AddedText& added);

// Before and after of a file; a view with data() == nullptr stands for "not there".
struct Versions {
  std::string_view before;
  std::string_view after;
};
// package.json, Cargo.toml, pyproject.toml, composer.json: scripts, dependencies and where these come from.
void inspect_manifest(Collector& out, const Subject& subject, const Versions& versions);
// Lock files: hosts off the usual registries, entries without a checksum.
void inspect_lock(Collector& out, const Subject& subject, const Versions& versions, const AddedText& added);
// A test that checks less than before.
void inspect_tests(Collector& out, const Subject& subject, const AddedText& added);

void inspect_commit(Collector& out, const Subject& subject, const CommitText& commit);

// What can only be seen in the list of all changes: locks without their manifests, deleted tests, bare repositories,
// names that are the same to some file systems.
void inspect_changes(Collector& out, std::span<const RawChange> changes, const git::Oid& tip);
// Protected paths that a link of the tree leads to.
struct TreeLink {
  std::string path;
  std::string target;
};
void inspect_aliases(Collector& out, std::span<const RawChange> changes, std::span<const TreeLink> links,
                     const git::Oid& tip);

// Groups of CompiledRules::kinds.
enum class FileKind { test, prose, generated };
[[nodiscard]] bool is_kind(const CompiledRules& rules, const Subject& subject, FileKind kind);
// "a/b" and "../c" give "a/c"; nothing when it leads out of the tree.
[[nodiscard]] std::optional<std::string> resolve_link(std::string_view link_path, std::string_view target);

}  // namespace bailey::review
