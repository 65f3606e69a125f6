// bailey completions bash|zsh|fish: made from the commands and options themselves, so that they can't be out of date.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "cli/command.h"

namespace bailey::cli {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  std::vector<const CLI::App*> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) commands.push_back(command);
  return commands;
}

std::string options_of(const CLI::App& command) {
  std::string words;
  for (const CLI::Option* option : command.get_options())
    for (const auto& name : option->get_lnames()) words += (words.empty() ? "--" : " --") + name;
  for (const CLI::App* nested : commands_of(command)) words += " " + nested->get_name();
  return words;
}

constexpr const char* session_names =
    "$(bailey ls --all --json 2>/dev/null | sed -n 's/.*\"name\": *\"\\([^\"]*\\)\".*/\\1/p')";

bool takes_session(const CLI::App& command) { return command.get_option_no_throw("session") != nullptr; }

std::string bash(const CLI::App& app) {
  std::string names;
  std::string cases;
  for (const CLI::App* command : commands_of(app)) {
    names += command->get_name() + " ";
    cases += "    " + command->get_name() + ") words=\"" + options_of(*command) + "\"";
    if (takes_session(*command)) cases += std::string("; [[ $cur != -* ]] && words=") + session_names;
    cases += " ;;\n";
  }
  return "# bash completion for bailey\n_bailey() {\n  local cur=${COMP_WORDS[COMP_CWORD]} words=\"" + names +
         "--help --version\"\n  if ((COMP_CWORD > 1)); then case ${COMP_WORDS[1]} in\n" + cases +
         "  esac; fi\n  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
         "  ((${#COMPREPLY[@]})) || mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n}\ncomplete -F _bailey bailey\n";
}

std::string zsh(const CLI::App& app) {
  std::string text = "#compdef bailey\n_bailey() {\n  local -a commands\n  commands=(\n";
  std::string cases;
  for (const CLI::App* command : commands_of(app)) {
    std::string help;
    for (const char c : command->get_description())
      help += c == '\'' ? std::string("'\\''") : c == ':' ? "\\:" : std::string(1, c);
    text += "    '" + command->get_name() + ":" + help + "'\n";
    cases += "      " + command->get_name() + ") compadd -- " + options_of(*command);
    if (takes_session(*command)) cases += std::string(" ") + session_names;
    cases += "; _files ;;\n";
  }
  return text + "  )\n  if ((CURRENT == 2)); then _describe command commands\n  else\n    case $words[2] in\n" + cases +
         "    esac\n  fi\n}\n_bailey \"$@\"\n";
}

std::string fish(const CLI::App& app) {
  std::string text = "# fish completion for bailey\n";
  for (const CLI::App* command : commands_of(app)) {
    text += "complete -c bailey -n __fish_use_subcommand -a " + command->get_name() + " -d " +
            shell_quoted(command->get_description()) + "\n";
    for (const CLI::Option* option : command->get_options())
      for (const auto& name : option->get_lnames())
        text += "complete -c bailey -n '__fish_seen_subcommand_from " + command->get_name() + "' -l " + name + " -d " +
                shell_quoted(option->get_description()) + "\n";
    for (const CLI::App* nested : commands_of(*command))
      text += "complete -c bailey -n '__fish_seen_subcommand_from " + command->get_name() + "' -a " +
              nested->get_name() + " -d " + shell_quoted(nested->get_description()) + "\n";
  }
  return text;
}

}  // namespace

void add_completions(CLI::App& app, Action& chosen) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completions", "print shell completions: bash, zsh or fish");
  command->add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&chosen, &app, shell] {
    chosen = [&app, shell] {
      const std::string text = *shell == "bash" ? bash(app) : *shell == "zsh" ? zsh(app) : fish(app);
      std::fputs(text.c_str(), stdout);
      return 0;
    };
  });
}

}  // namespace bailey::cli
