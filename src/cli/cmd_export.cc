// bailey export: files that git does not carry, out of a session's workspace.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <climits>
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "cli/command.h"
#include "cli/found_session.h"
#include "cli/landing_findings.h"
#include "cli/landing_gate.h"
#include "cli/plan.h"
#include "cli/session_audit.h"
#include "json/write.h"
#include "os/files.h"
#include "policy/quantity.h"
#include "session/session_spec.h"
#include "workspace/export.h"

namespace bailey::cli {
namespace {

struct ExportOptions {
  std::string name;
  std::vector<std::string> paths;
  std::string to;
  std::string bytes_max;
  TypedWords words;
  bool overwrite = false;
  bool json = false;
};

// Absolute, "." and ".." taken out: links on the way are refused, so these mean what they say.
Result<std::string> destination(const std::string& typed) {
  std::string path = typed;
  if (!path.starts_with('/')) {
    char directory[PATH_MAX];
    if (::getcwd(directory, sizeof directory) == nullptr) return fail_errno("find the current directory");
    path = os::join(directory, typed);
  }
  std::vector<std::string_view> parts;
  for (const auto part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") parts.push_back(part);
    else if (!parts.empty()) parts.pop_back();
  }
  std::string result;
  for (const auto part : parts) result += '/' + std::string(part);
  return result.empty() ? "/" : result;
}

Status check_destination(const std::string& to, const os::UserDirectories& user) {
  for (const auto& own : {user.state, user.config, user.cache})
    if (to == own || to.starts_with(own + '/'))
      return fail("export to '" + visible(to) + "'", "it is bailey's own directory", "choose another");
  return {};
}

json::Value summary(const std::vector<workspace::ExportedFile>& files, const std::vector<std::string>& notes,
                    const std::vector<policy::LandingItem>& items, const char* outcome) {
  json::Value value = json::Object{};
  std::uint64_t bytes = 0;
  for (const auto& file : files) bytes += file.bytes;
  value.set("outcome", outcome);
  value.set("files", files.size());
  value.set("bytes", bytes);
  value.set("findings", to_json(items));
  value.set("notes", json::Array(notes.begin(), notes.end()));
  return value;
}

std::string some(const std::vector<std::string>& paths) {
  std::string text = visible(paths.front());
  if (paths.size() > 1) text += " and " + std::to_string(paths.size() - 1) + " more";
  return text;
}

Status record_export(const FoundSession& found, const std::string& to, std::size_t files,
                     const std::vector<policy::LandingItem>& items) {
  std::vector<audit::Event> events;
  for (const auto& item : items) {
    audit::Event event{.level = audit::Level::notice,
                       .category = audit::Category::approval,
                       .action = "export",
                       .tier = audit::Tier::decided,
                       .decision = audit::Decision::approved,
                       .rule = item.finding.rule_id};
    event.subject.add("path", item.finding.path).add("by", item.by).add("protected", !item.protected_by.empty());
    events.push_back(std::move(event));
  }
  audit::Event event{.category = audit::Category::fs, .action = "export", .tier = audit::Tier::logged};
  event.subject.add("to", to).add("files", files);
  events.push_back(std::move(event));
  return record_events(found, events);
}

Result<int> run(const ExportOptions& options) {
  const auto found = TRY(find_session(options.name));
  const auto spec = TRY(session::load_spec(found.entry.directory));
  const std::string to = TRY(destination(options.to));
  TRY_STATUS(check_destination(to, found.user));
  workspace::ExportLimits limits;
  if (!options.bytes_max.empty()) limits.bytes_max = TRY(policy::parse_size(options.bytes_max));
  std::vector<std::string> paths;
  for (const auto& typed : options.paths) paths.push_back(TRY(workspace::exported_path(typed)));
  auto one = TRY(workspace::Export::open(to, limits));
  TRY_STATUS(one.stage(spec.workspace, paths));
  const auto notes = one.notes().sentences();

  Gate gate;
  gate.what = "export";
  gate.findings = TRY(export_findings(one.files(), to, found.user));
  for (const auto& file : one.files()) gate.changed.push_back(file.source);
  gate.rules = landing_rules(
      TRY(make_plan({found.entry.record.agent, found.entry.record.repository, {"true"}, {}}, found.user)));
  gate.words = words_of(options.words, gate.findings, gate.changed);
  if (options.json) gate.manner = Gate::Manner::list;
  const auto undecided = look_at(gate);
  const auto items = pass_gate(std::move(gate));
  if (!items) {
    if (options.json)
      std::printf("%s\n",
                  json::write(summary(one.files(), notes, undecided, "undecided"), json::Layout::indented).c_str());
    return std::unexpected(items.error());
  }
  if (const auto obstacles = TRY(one.in_the_way()); !obstacles.empty() && !options.overwrite)
    return fail("export to '" + visible(to) + "'", some(obstacles) + " would be replaced; nothing was changed",
                "say --overwrite, or choose another directory");
  TRY_STATUS(record_export(found, to, one.files().size(), *items));
  TRY_STATUS(one.publish(options.overwrite ? workspace::Overwrite::yes : workspace::Overwrite::no));
  if (options.json) {
    std::printf("%s\n", json::write(summary(one.files(), notes, *items, "exported"), json::Layout::indented).c_str());
    return 0;
  }
  for (const auto& note : notes) std::fprintf(stderr, "bailey: %s\n", note.c_str());
  std::printf("%zu file(s) to %s\n", one.files().size(), visible(to).c_str());
  return 0;
}

}  // namespace

void add_export(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<ExportOptions>();
  CLI::App* command = app.add_subcommand("export", "bring files that git ignores out of a session, running or ended");
  command->footer(
      "Each path comes under its last name: `bailey export S target/release/app --to bin` makes bin/app. Programs and\n"
      "files that some tool runs or obeys by itself are decided one by one first. Only regular files and directories\n"
      "come; links, pipes, devices and every .git stay behind, links at the destination are not followed.");
  command->add_option("session", options->name, "its name, or the beginning of one (see `bailey ls`)")->required();
  command->add_option("path", options->paths, "counted from /workspace (repeatable)")->required();
  command->add_option("--to", options->to, "a directory; it is made when its parent exists")->required();
  command->add_flag("--overwrite", options->overwrite, "replace files that exist");
  command->add_option("--max-bytes", options->bytes_max, "of all files, e.g. 40g (default: 16g)");
  add_gate_options(*command, options->words);
  command->add_flag("--json", options->json, "as JSON; asks nothing");
  command->callback([&chosen, options] {
    chosen = [options] {
      const auto status = run(*options);
      return status ? *status : report(status.error());
    };
  });
}

}  // namespace bailey::cli
