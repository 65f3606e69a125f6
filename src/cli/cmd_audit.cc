// bailey audit [SESSION] and bailey audit verify [SESSION].
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <memory>

#include "audit/keys.h"
#include "audit/query.h"
#include "audit/signature.h"
#include "audit/verify.h"
#include "cli/command.h"
#include "json/write.h"
#include "os/files.h"

namespace bailey::cli {
namespace {

struct Options {
  std::vector<std::string> words;  // [verify] [SESSION]
  std::string category;
  std::string decision;
  std::string since;
  bool follow = false;
  bool json = false;
};

Result<std::vector<session::SessionEntry>> chosen_sessions(const std::string& name) {
  const auto sessions = TRY(registry());
  if (name.empty()) return sessions.list();
  return std::vector<session::SessionEntry>{TRY(sessions.find(name))};
}

Result<audit::QueryOptions> query_of(const Options& options) {
  audit::QueryOptions query;
  if (!options.category.empty()) query.filter.category = TRY(audit::parse_category(options.category));
  if (!options.decision.empty()) query.filter.decision = TRY(audit::parse_decision(options.decision));
  if (!options.since.empty()) query.filter.since = TRY(audit::parse_since(options.since, SystemClock().wall_now()));
  if (options.json) query.format = audit::QueryOptions::Format::json;
  if (options.follow) query.follow = audit::QueryOptions::Follow::yes;
  return query;
}

int show(const Options& options, const std::string& name) {
  auto query = query_of(options);
  if (!query) return report(query.error(), exit_usage);
  const auto entries = chosen_sessions(name);
  if (!entries) return report(entries.error());
  if (options.follow && entries->size() != 1)
    return report({"follow the log", "there is not exactly one session", "name it: bailey audit SESSION --follow", 0},
                  exit_usage);
  Fd interrupted;
  if (options.follow) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    interrupted = Fd(::signalfd(-1, &set, SFD_CLOEXEC));
    query->stop_fd = interrupted.get();
  }
  int status = 0;
  for (const auto& entry : *entries) {
    if (name.empty() && !os::exists(os::join(entry.directory, "audit.jsonl"))) continue;
    const auto shown = audit::show(entry.directory, *query, 1);
    if (!shown) status = report(shown.error());
    else if (shown->unreadable > 0)
      std::fprintf(stderr, "bailey: %s: %llu line(s) are no events; run `bailey audit verify %s`\n", entry.name.c_str(),
                   static_cast<unsigned long long>(shown->unreadable), entry.name.c_str());
  }
  return status;
}

int verify(const Options& options, const std::string& name) {
  const auto directories = user();
  if (!directories) return report(directories.error());
  const auto entries = chosen_sessions(name);
  if (!entries) return report(entries.error());
  audit::VerifyOptions verify_options;
  const auto key = audit::load_public_key(audit::public_key_path(os::join(directories->state, "keys")));
  if (!key) return report(key.error());
  verify_options.keys.push_back(*key);
  json::Array reports;
  int status = 0;
  for (const auto& entry : *entries) {
    verify_options.session = entry.name;
    const auto result = audit::verify(entry.directory, verify_options);
    if (!result) {
      status = report(result.error());
      continue;
    }
    if (!result->is_intact()) status = 1;
    if (options.json) reports.push_back(audit::to_json(*result));
    else
      std::fprintf(result->is_intact() ? stdout : stderr, "%s: %s\n", entry.name.c_str(),
                   audit::to_text(*result).c_str());
  }
  if (options.json) std::printf("%s\n", json::write(reports).c_str());
  return status;
}

}  // namespace

void add_audit(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("audit", "show what sessions did: bailey audit [SESSION]; bailey audit verify [SESSION]");
  command->add_option("words", options->words, "[verify] [SESSION]; without a session: all of them")->expected(0, 2);
  command->add_option("--category", options->category, "session, exec, fs, network, dns, git, policy, resource …");
  command->add_option("--decision", options->decision, "allow, deny, prompt, approved, denied, expired");
  command->add_option("--since", options->since, "a time (RFC 3339) or an age: 10m, 2h, 1d");
  command->add_flag("-f,--follow", options->follow, "go on as events come");
  command->add_flag("--json", options->json, "the log's own lines");
  command->callback([&chosen, options] {
    chosen = [options] {
      const bool verifies = !options->words.empty() && options->words.front() == "verify";
      if (!verifies && options->words.size() > 1)
        return report({"show the log", "more than one session was named", {}, 0}, exit_usage);
      const std::size_t at = verifies ? 1 : 0;
      const std::string name = options->words.size() > at ? options->words[at] : std::string();
      return verifies ? verify(*options, name) : show(*options, name);
    };
  });
}

}  // namespace bailey::cli
