// git-remote-bailey: gitremote-helpers(7) with the `connect` capability. Connects to the guest socket, names the
// service and the remote in one line and relays bytes. It decides nothing: the other end does.
//
// Addresses, as the workspace's configuration gives them (workspace/git_config_text.h):
//   local                the session's quarantine
//   https://h/o/r        a remote of the host's repository, named by the address that it has there
//   KEY#PREFIX#SUFFIX    PREFIX, another spelling of KEY, was found at the beginning of an address (insteadOf). Only
//   with
//                        nothing but ".git" or a slash after it is it the same repository.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bailey::guest {

struct HelperAddress {
  std::string key;    // for the host; empty: the session's quarantine
  std::string plain;  // not empty: none of ours but this one, which git's own helper for it handles
};
[[nodiscard]] HelperAddress parse_helper_address(std::string_view address);

// `arguments`: after the program's name: the remote's name and address. Exit status; 128 with words on stderr when the
// connection can't be made.
[[nodiscard]] int remote_helper(std::span<const std::string_view> arguments);

}  // namespace bailey::guest
