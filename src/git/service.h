// The hidden subcommand `bailey __git …`: one connection of the guest, in a process of its own. The supervisor gives it
// the guest's socket as stdin and stdout and a socket for the report as descriptor 3 (remote_channel.h).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/guarded_remote.h"
#include "git/receive.h"
#include "git/remote_receive.h"
#include "git/runner.h"

namespace bailey::git {

enum class Service { receive_pack, upload_pack };

// "git-receive-pack" or "git-upload-pack"; nullopt: anything else.
[[nodiscard]] std::optional<Service> parse_service(std::string_view name);

struct ServiceRequest {
  Service service = Service::receive_pack;
  std::string remote;  // a key (guarded_remote.h); empty: the session's own quarantine, `local`
};
// The guest's request line without the newline: a service, or a service, one space and the key of a remote, which has
// no control characters. nullopt: anything else.
[[nodiscard]] std::optional<ServiceRequest> parse_service_request(std::string_view request_line);
inline constexpr std::size_t request_line_bytes_max = 64 + remote_key_bytes_max;

// Absolute path of git on a fixed search path, never the user's PATH; empty: not installed.
[[nodiscard]] std::string find_git();

// Arguments after "bailey __git", and back.
// What it serves: the session's quarantine, or a remote, described on descriptor remote_service_fd.
enum class Serves { quarantine, remote };
[[nodiscard]] std::vector<std::string> service_arguments(Service service, const ServiceConfig& config,
                                                         Serves serves = Serves::quarantine);
struct ServiceCall {
  Service service = Service::receive_pack;
  Serves serves = Serves::quarantine;
  ServiceConfig config;
};
[[nodiscard]] Result<ServiceCall> parse_service_arguments(std::span<const std::string> arguments);

// All of `bailey __git`; returns the exit status. Errors go to stderr and into the report.
// `review`: for the question about a push to a remote.
[[nodiscard]] int service_main(std::span<const std::string> arguments, const Confiner& confiner,
                               const PushReview& review = {});

}  // namespace bailey::git
