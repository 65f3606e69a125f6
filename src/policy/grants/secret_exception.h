// Grant: files of these names go into the workspace although they look like secrets.
//
// Weakens: the agent reads them. For test certificates and the like. Who may give it: the user's own configuration,
// flags, or a repository that the user trusts in its present state (they are its own files). Patterns of the
// administrator stay withheld whatever is excepted here.
#pragma once

#include <string>

namespace bailey::policy::grants {

struct SecretException {
  std::string pattern;  // a glob over file names, see secret_names.h
};

}  // namespace bailey::policy::grants
