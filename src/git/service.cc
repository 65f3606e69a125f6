#include "git/service.h"

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "git/ref_name.h"
#include "git/remote_runner.h"
#include "git/remote_service.h"
#include "git/service_report.h"
#include "json/read.h"
#include "os/files.h"

namespace bailey::git {
namespace {

constexpr std::size_t service_bytes_max = std::size_t{8} << 20;  // all rules at their limits

template <typename Number>
Result<Number> parse_number(std::string_view name, std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    return fail("argument " + std::string(name), "'" + visible(text) + "' is not a number");
  return number;
}

Status set_option(ServiceConfig& config, std::string_view name, const std::string& value) {
  if (name == "--quarantine") config.quarantine = value;
  else if (name == "--session") config.session = value;
  else if (name == "--branch") config.branch = value;
  else if (name == "--git") config.git_program = value;
  else if (name == "--host") config.target = LandingTarget{value};
  else if (name == "--pack-bytes") config.limits.pack_bytes_max = TRY(parse_number<std::uint64_t>(name, value));
  else if (name == "--pack-objects") config.limits.pack_objects_max = TRY(parse_number<std::uint32_t>(name, value));
  else if (name == "--seconds") config.limits.time_max = std::chrono::seconds(TRY(parse_number<unsigned>(name, value)));
  else return fail("git service", "unknown argument '" + visible(name) + "'");
  return {};
}

Result<int> serve_remote(const ServiceCall& call, const GitRunner& runner, const PushReview& review,
                         const ServiceFds& fds, const Clock& clock) {
  if (::lseek(remote_service_fd, 0, SEEK_SET) < 0) return fail_errno("read what the remote's service was given");
  const auto text = TRY(os::read_all(remote_service_fd, service_bytes_max));
  const auto value = TRY(json::read(text, "remote service", {.bytes_max = service_bytes_max}));
  const auto service = TRY(remote_service_from_json(value));
  const RemoteRunner remote(call.config.git_program, call.config.quarantine, service.remote,
                            credential_environment(own_environment()));
  const Guard guard{runner, remote, call.config, service, review};
  return call.service == Service::receive_pack ? serve_remote_receive(guard, fds, clock)
                                               : serve_remote_upload(guard, fds, clock);
}

Result<int> serve(const ServiceCall& call, const Confiner& confiner, const PushReview& review, const Clock& clock) {
  RunLimits limits;
  limits.time_max = call.config.limits.time_max;
  const GitRunner runner(call.config.git_program, confiner, limits);
  const ServiceFds fds;
  if (call.serves == Serves::remote) return serve_remote(call, runner, review, fds, clock);
  return call.service == Service::receive_pack ? serve_receive(runner, call.config, fds, clock)
                                               : serve_upload(runner, call.config, fds, clock);
}

}  // namespace

std::optional<Service> parse_service(std::string_view name) {
  if (name == "git-receive-pack") return Service::receive_pack;
  if (name == "git-upload-pack") return Service::upload_pack;
  return std::nullopt;
}

std::optional<ServiceRequest> parse_service_request(std::string_view request_line) {
  const auto space = request_line.find(' ');
  const auto service = parse_service(request_line.substr(0, space));
  if (!service) return std::nullopt;
  if (space == std::string_view::npos) return ServiceRequest{*service, {}};
  const auto remote = request_line.substr(space + 1);
  if (remote.empty() || remote.size() > remote_key_bytes_max || has_control_characters(remote)) return std::nullopt;
  return ServiceRequest{*service, std::string(remote)};
}

std::string find_git() { return os::find_on_path("git", "/usr/local/bin:/usr/bin:/bin"); }

std::vector<std::string> service_arguments(Service service, const ServiceConfig& config, Serves serves) {
  std::vector<std::string> arguments = {
      service == Service::receive_pack ? "git-receive-pack" : "git-upload-pack",
      "--quarantine=" + config.quarantine,
      "--session=" + config.session,
      "--branch=" + config.branch,
      "--git=" + config.git_program,
      "--pack-bytes=" + std::to_string(config.limits.pack_bytes_max),
      "--pack-objects=" + std::to_string(config.limits.pack_objects_max),
      "--seconds=" + std::to_string(config.limits.time_max.count()),
  };
  if (config.target) arguments.push_back("--host=" + config.target->host_git_dir);
  if (serves == Serves::remote) arguments.emplace_back("--serves=remote");
  return arguments;
}

Result<ServiceCall> parse_service_arguments(std::span<const std::string> arguments) {
  const auto service = arguments.empty() ? std::nullopt : parse_service(arguments.front());
  if (!service) return fail("git service", "the first argument names no service");
  ServiceCall call{*service, Serves::quarantine, {}};
  for (const auto& argument : arguments.subspan(1)) {
    const auto equals = argument.find('=');
    if (equals == std::string::npos) return fail("git service", "'" + visible(argument) + "' has no value");
    if (argument == "--serves=remote") {
      call.serves = Serves::remote;
      continue;
    }
    TRY_STATUS(set_option(call.config, argument.substr(0, equals), argument.substr(equals + 1)));
  }
  if (!call.config.quarantine.starts_with('/')) return fail("git service", "--quarantine is missing or not absolute");
  if (!call.config.git_program.starts_with('/')) return fail("git service", "--git is missing or not absolute");
  TRY_STATUS(check_branch_name(call.config.branch));
  return call;
}

int service_main(std::span<const std::string> arguments, const Confiner& confiner, const PushReview& review) {
  std::signal(SIGPIPE, SIG_IGN);  // a guest or supervisor that is gone is an error of one write
  const auto call = parse_service_arguments(arguments);
  const SystemClock clock;
  const auto status = call ? serve(*call, confiner, review, clock) : Result<int>(std::unexpected(call.error()));
  if (status) return *status;
  std::fprintf(stderr, "bailey: git service: %s\n", to_lines(status.error()).c_str());
  return 1;
}

}  // namespace bailey::git
