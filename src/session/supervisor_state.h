// The supervisor's inside, shared by supervisor.cc (the order of things), supervisor_start.cc (stages before the
// command runs), supervisor_network.cc, supervisor_approvals.cc, supervisor_brokers.cc and supervisor_end.cc (stages
// after it).
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "approval/queue.h"
#include "audit/writer.h"
#include "event/loop.h"
#include "sandbox/launch.h"
#include "sandbox/refused_traffic.h"
#include "sandbox/rootfs.h"
#include "session/control_server.h"
#include "session/desktop_notice.h"
#include "session/gateway_process.h"
#include "session/guest_services.h"
#include "session/session_tokens.h"
#include "session/settings_reads.h"
#include "session/settings_watch.h"
#include "session/supervisor.h"
#include "session/wanted_host.h"

namespace bailey::session {

class Supervisor {
 public:
  Supervisor(const Registry& registry, SuperviseRequest request, const Clock& clock)
      : registry_(registry), request_(std::move(request)), clock_(clock) {}
  // `client`: the supervisor's end of the starting client's connection.
  int run(Fd client);

 private:
  // Command ids in the sandbox.
  static constexpr std::uint32_t main_id = 1;
  static constexpr std::uint32_t save_id = 2;
  static constexpr std::uint32_t settle_id = 3;
  static constexpr std::uint32_t restore_id = 4;
  static constexpr std::uint32_t first_exec_id = 16;

  struct Command {
    std::uint32_t id = 0;
    std::unique_ptr<CommandIo> io = nullptr;
    std::optional<int> status = std::nullopt;  // of the command, as in shells
    bool finished = false;                     // Exit was sent
    std::uint64_t seen_bytes = 0;              // of output, when it was last looked whether any still comes
    event::Timer waiting = {};
  };
  using Position = std::list<Command>::iterator;
  enum class Phase { starting, running, emptying, saving, landing, draining, ended };

  // ---- supervisor.cc ----
  Status open_loop(Fd client);
  void on_sandbox_event();
  void handle(const sandbox::Started& started, Fd terminal);
  void handle(const sandbox::Refused& refused);
  void handle(const sandbox::Ended& ended);
  void on_gone();
  void on_attach(std::unique_ptr<Connection> connection, const Attach& attach);
  void on_exec(std::unique_ptr<Connection> connection, Exec exec);
  void on_stop(std::unique_ptr<Connection> connection, StopMode mode);
  void on_status(std::unique_ptr<Connection> connection);
  void on_network_rule(std::unique_ptr<Connection> connection, const SayRule& said);
  void stop(StopMode mode, std::string reason, int status);
  Position find(std::uint32_t id);
  void finish_exec(Position command);
  void record(audit::Event event);
  void save_record();
  void tell(const std::string& notice);
  void progress(const std::string& text);

  // ---- supervisor_start.cc: each stage should do what its name says and mustn't leave anything behind when it fails
  // ----
  Status open_log();
  Status prepare_workspace();
  Status create_quarantine();
  Status open_guest_socket();
  [[nodiscard]] RemoteConfig remote_config() const;
  Status launch_sandbox();
  Status await_sandbox();
  Status start_command();
  Result<sandbox::SandboxPlan> sandbox_plan();
  Result<std::string> seccomp_program() const;
  void settle_later();
  void settle();
  void watch_limits();
  void check_limits();
  void check_disk();
  void fail_start(const Error& error);

  // ---- supervisor_network.cc ----
  Status spawn_gateway();
  Status write_trust();
  Status connect_gateway();
  void on_gateway_end(const std::string& why);
  void close_network();
  void report_refused_traffic();
  Status say_rule(policy::NetworkRule rule);
  Status renew_policy();
  void watch_policy_files();
  bool find_policy_directory();
  void on_policy_edited();
  [[nodiscard]] std::string trust_directory() const;

  // ---- supervisor_credentials.cc ----
  Status start_tokens();
  void on_token(const policy::SecretRule& rule, credentials::SecretText value);
  void on_login(const std::string& source, credentials::SecretText value);
  [[nodiscard]] std::vector<std::string> secret_variables() const;
  Status gather_credentials();
  Status fill_home();
  void record_credentials();
  void watch_settings();
  [[nodiscard]] std::string keep_text() const;  // for the gateway; whoever asked wipes it
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> placeholder_variables() const;
  void forget_secret_variables();

  // ---- supervisor_approvals.cc ----
  Status open_approvals();
  void on_approval_step(approval::Step step, const approval::Entry& entry);
  [[nodiscard]] std::optional<ApprovalPrompt> next_prompt(const std::set<std::uint64_t>& later) const;
  Status on_answer(std::uint64_t id, ApprovalChoice choice);
  void on_approval(std::unique_ptr<Connection> connection, const ApprovalAnswer& said);
  void on_revoke(std::unique_ptr<Connection> connection, const RevokeChoice& revoked);
  void on_revoked(const approval::Remembered& choice);
  void end_with(std::unique_ptr<Connection> connection, const Status& done);
  void perform(const approval::Entry& entry);
  void perform_in_child(const approval::Entry& entry);
  void on_performer_end(std::uint64_t id);
  void on_performed(std::uint64_t id, const Status& done, const std::string& text = {});
  void close_approvals();
  std::string on_domain_wanted(std::string_view host);
  std::string ask_for_host(const WantedHost& wanted);
  void on_observed(const gateway::Observation& seen);

  // ---- supervisor_brokers.cc ----
  [[nodiscard]] BrokerConfig broker_config();
  [[nodiscard]] std::string guest_git_config() const;
  [[nodiscard]] std::string guest_ssh_agent() const;
  void on_broker_event(const broker::Event& event);

  // ---- supervisor_checkpoint.cc ----
  using CheckpointDone = std::function<void(const Result<json::Value>& report)>;
  void on_checkpoint(std::unique_ptr<Connection> connection, const CheckpointRequest& request);
  Status start_checkpoint(const std::string& reason, const std::string& name, CheckpointDone done);
  Status start_undo(const std::string& which, CheckpointDone done);
  Status start_checkpoint_service(std::vector<std::string> arguments, int from_sandbox, int to_sandbox,
                                  CheckpointDone done);
  void on_checkpoint_service_end();
  void record_checkpoint(const Result<json::Value>& report, audit::Name action);
  void finish_undo();      // one that was cut off: before the work is saved
  void checkpoint_work();  // then the auto-save

  // ---- supervisor_end.cc ----
  void begin_end();            // the command is over: kill what is left
  bool save_in_new_sandbox();  // after init was killed; false: it can't be made
  void save_work();            // checkpoint, then auto-save inside the sandbox
  void autosave();
  void on_saved(int status);
  void wait_for_landing();
  void on_git_report(const json::Value& report);
  void on_remote_report(const json::Value& report);
  void finish();  // tear down, record, tell
  void close_log();
  [[nodiscard]] bool has_changed();
  [[nodiscard]] std::string summary();

  const Registry& registry_;
  SuperviseRequest request_;
  const Clock& clock_;
  std::unique_ptr<event::Loop> loop_;
  std::unique_ptr<ControlServer> control_;
  std::optional<audit::Writer> log_;
  std::optional<TerminalLog> terminal_log_;
  std::unique_ptr<GuestServices> guest_;
  std::unique_ptr<GatewayProcess> gateway_;
  bool gateway_restarted_ = false;
  std::unique_ptr<SessionTokens> tokens_;  // none without a network
  SettingsReads settings_reads_;
  std::unique_ptr<SettingsWatch> settings_watch_;
  std::unique_ptr<Keeper> keeper_;                   // none while the work of an interrupted session is saved
  std::string host_trust_;                           // PEM
  std::vector<policy::NetworkRule> said_rules_;      // by `bailey allow|deny`, the newest first
  std::map<std::string, std::size_t> wanted_hosts_;  // that a human was asked about, how often
  // A child that carries out what was approved.
  struct Performing {
    Fd text;  // what it says about it
    os::Child process = {};
    event::Watch exit = {};
    event::Timer deadline = {};
  };
  std::unique_ptr<approval::Queue> approvals_;
  std::map<std::uint64_t, Performing> performing_;
  std::multimap<std::uint64_t, std::unique_ptr<Connection>> approval_waiters_;
  std::unique_ptr<DesktopNotice> desktop_;
  Fd policy_events_;           // inotify(7)
  int policy_directory_ = -1;  // its watch, or that of the nearest one above it
  event::Watch policy_watch_;
  event::Timer policy_timer_;
  sandbox::Cgroup cgroup_;
  sandbox::Toolchains toolchains_;
  std::optional<sandbox::Sandbox> sandbox_;
  event::Watch sandbox_watch_;
  event::Timer refused_timer_;
  sandbox::RefusedTraffic refused_traffic_{};  // what was reported of it
  event::Signals signals_;
  event::Timer checkpoint_timer_;
  event::Timer limit_timer_;
  event::Timer disk_timer_;
  event::Timer settle_timer_;
  event::Timer save_deadline_;
  struct CheckpointService {
    os::Child child;
    Fd report;  // what it has to say when it has ended
    event::Watch watch;
    CheckpointDone done;
  };
  std::optional<CheckpointService> checkpoint_;  // one at a time
  std::list<Command> commands_;
  std::vector<std::string> environment_;
  std::uint32_t next_id_ = first_exec_id;
  Phase phase_ = Phase::starting;
  std::string stop_reason_;  // empty: the command ended by itself
  int stop_status_ = 0;
  bool client_seen_ = false;  // somebody attached or asked: last words have been or will be heard
  std::vector<std::string> untold_;
  std::optional<bool> changed_;  // has the workspace, since it was prepared
  bool save_failed_ = false;
  bool rebuilt_ = false;  // a second sandbox was made for the save
  bool gone_ = false;     // init was killed: the record stays as it is, which the registry reads as `interrupted`
  std::string landed_;    // "shell/x: 2 commits, …"
  std::string landing_error_;
  std::vector<std::unique_ptr<Connection>> stop_waiters_;
};

[[nodiscard]] std::string guest_socket_path(const std::string& session_directory);

}  // namespace bailey::session
