// bailey doctor: what this machine offers, what is missing and how to get it.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/start.h"
#include "json/write.h"
#include "verify/doctor.h"
#include "verify/gather_host.h"

namespace bailey::cli {
namespace {

enum class Form { text, json };

int doctor(Form form) {
  const auto directories = user();
  if (!directories) return report(directories.error());
  const auto host = verify::gather_host(*directories, host_environment());
  if (!host) return report(host.error());
  if (form == Form::json) std::printf("%s\n", json::write(verify::to_json(*host), json::Layout::indented).c_str());
  else std::fputs(verify::to_text(*host).c_str(), stdout);
  return verify::exit_status(*host);
}

}  // namespace

void add_doctor(CLI::App& app, Action& chosen) {
  auto as_json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("doctor", "what this machine offers, what is missing and how to get it");
  command->footer(
      "Namespaces, overlays and reflinks are tried for real, in child processes and temporary directories.\n"
      "Exit status: 0 when bailey can run here, degraded perhaps; 1 when something it needs is missing.");
  command->add_flag("--json", *as_json, "JSON on stdout");
  command->callback(
      [&chosen, as_json] { chosen = [form = *as_json ? Form::json : Form::text] { return doctor(form); }; });
}

}  // namespace bailey::cli
