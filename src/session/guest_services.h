// guest.sock: the only way from inside the sandbox to us. A connection says one line. "request-domain HOST" is answered
// with a line; one that says "git-receive-pack" or "git-upload-pack" is handed, with everything it will ever say, to a
// process of its own (git/service.h) that confines itself. After the service a remote of the host's repository can be
// named, by the address that the sandbox knows it by; which ones there are and where they lead was fixed when the
// session started. Lines of broker/description.h, and a first byte of the ssh-agent protocol, get a broker in the same
// way. The supervisor reads at most that line, and from the process its questions (git/remote_channel.h), its events
// (broker/event.h) and its report.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "approval/request.h"
#include "broker/description.h"
#include "broker/event.h"
#include "event/loop.h"
#include "git/remote_service.h"
#include "git/service.h"
#include "json/value.h"
#include "os/process.h"
#include "session/start_rate.h"

namespace bailey::session {

inline constexpr std::size_t guest_connections_max = 16;
inline constexpr std::size_t broker_connections_max = 10;  // of those: so that work can always be pushed
inline constexpr std::chrono::seconds guest_line_time_max{10};
inline constexpr std::size_t guest_line_bytes_max = git::request_line_bytes_max;
inline constexpr std::size_t guest_report_bytes_max = approval::request_bytes_max;

// What the agent may use of the host's remotes, and how.
struct RemoteConfig {
  std::vector<git::GuardedRemote> remotes;
  std::string host_git_dir;  // to spare transfers; empty: none
  std::vector<policy::GitRule> rules;
  std::string refused;                   // not empty: none may be used, and why
  std::vector<git::StandIn> stand_ins;   // of secrets: no push may hold them
  std::vector<std::string> environment;  // git::credential_environment()
};

// What brokers are started with.
struct BrokerConfig {
  std::string program;      // bailey-broker
  std::string description;  // broker::to_json() as text
  std::vector<std::string> environment;
};

class GuestServices {
 public:
  struct Handlers {
    std::function<void(const json::Value& report)> on_report;  // one for each push and fetch
    // The agent asks for a host (`bailey request domain HOST`), in its own words. The answer is one line for it.
    std::function<std::string(std::string_view host)> on_domain_wanted;
    std::function<void(std::string_view why)> on_refused;  // a connection that was turned away
    // A push wants a decision: approval::Queue::ask() and forget().
    using Reply = std::function<void(const approval::Answer&)>;
    std::function<Result<std::uint64_t>(approval::Request, Reply)> on_ask;
    std::function<void(std::uint64_t id)> on_asker_gone;
    std::function<void(const broker::Event& event)> on_broker_event;
  };
  // `program` is our own executable; `config` says which quarantine and branch. Listens on `socket_path`.
  [[nodiscard]] static Result<std::unique_ptr<GuestServices>> open(event::Loop& loop, const std::string& socket_path,
                                                                   std::string program, git::ServiceConfig config,
                                                                   RemoteConfig remotes, BrokerConfig brokers,
                                                                   Handlers handlers);
  ~GuestServices();
  GuestServices(const GuestServices&) = delete;
  GuestServices& operator=(const GuestServices&) = delete;
  // No work is on its way. (Brokers carry none.)
  [[nodiscard]] bool is_idle() const { return served_.size() == brokers(); }

 private:
  enum class Role { line, git, broker };
  struct Served {
    Role role = Role::line;
    Fd socket;
    Fd report;
    std::string line;
    std::string report_line;  // of the process, as far as it has come
    std::string report_text;  // its last line
    std::optional<std::uint64_t> asked;
    std::shared_ptr<bool> alive = std::make_shared<bool>(true);
    os::Child process;
    event::Watch watch;
    event::Watch report_watch;
    event::Watch exit_watch;
    event::Timer deadline;
  };
  using Position = std::list<Served>::iterator;

  GuestServices(event::Loop& loop, std::string program, git::ServiceConfig config, RemoteConfig remotes,
                BrokerConfig brokers, Handlers handlers)
      : loop_(loop),
        program_(std::move(program)),
        config_(std::move(config)),
        remotes_(std::move(remotes)),
        brokers_(std::move(brokers)),
        handlers_(std::move(handlers)) {}
  void accept();
  void read_line(Position served);
  void serve(Position served, const git::ServiceRequest& wanted);
  void serve_broker(Position served, broker::Kind kind);
  void hand_over(Position served, Role role);
  void turn_away(Position served);
  [[nodiscard]] Status start(Position served, std::vector<std::string> arguments, const git::RemoteService* remote);
  [[nodiscard]] Status start_broker(Position served, broker::Kind kind);
  [[nodiscard]] Status spawn(Position served, os::Command command);
  [[nodiscard]] std::size_t brokers() const;
  [[nodiscard]] git::RemoteService remote_service(std::size_t index) const;
  bool read_report(Position served);  // false: nothing came
  void take_report_line(Position served);
  void take_event(const std::string& line);
  void ask(Position served, const json::Value& value);
  void answer(Position served, const std::string& host);
  void finish(Position served);
  void refuse(Position served, std::string_view why);

  event::Loop& loop_;
  std::string program_;
  git::ServiceConfig config_;
  RemoteConfig remotes_;
  BrokerConfig brokers_;
  Handlers handlers_;
  StartRate broker_starts_;
  Fd listener_;
  event::Watch watch_;
  std::list<Served> served_;
};

}  // namespace bailey::session
