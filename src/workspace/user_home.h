// Where the user's own git settings are: name, email, line endings, global ignore file.
#pragma once

#include <string>

namespace bailey::workspace {

struct UserHome {
  std::string home;          // $HOME
  std::string xdg_config;    // $XDG_CONFIG_HOME or $HOME/.config
  std::string etc = "/etc";  // for gitconfig
};

}  // namespace bailey::workspace
