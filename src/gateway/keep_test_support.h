// For tests: keeps with known secrets.
#pragma once

#include <string>

#include "credentials/keep.h"

namespace bailey::gateway::lab {

inline credentials::Keep one_secret(std::string_view value, std::string_view placeholder,
                                    std::vector<policy::SecretUse> uses = {{policy::SecretForm::bearer, ""}}) {
  credentials::Keep keep;
  keep.secrets.push_back({.id = "key",
                          .value = credentials::SecretText(value),
                          .placeholder = std::string(placeholder),
                          .hosts = {"origin.example"},
                          .methods = {},
                          .paths = {},
                          .uses = std::move(uses)});
  return keep;
}

}  // namespace bailey::gateway::lab
