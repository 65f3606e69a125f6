#include "git/remote_receive.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "git/pack_pump.h"
#include "git/pkt_line.h"
#include "git/publish_ask.h"
#include "git/publish_report.h"
#include "git/push_answer.h"
#include "git/push_survey.h"
#include "git/quarantine.h"
#include "git/quarantine_lock.h"
#include "git/remote_address.h"
#include "git/remote_channel.h"
#include "git/remote_refs.h"
#include "os/files.h"

namespace bailey::git {
namespace {

constexpr std::uint64_t drained_bytes_max = std::uint64_t{64} << 20;
constexpr auto drain_time_max = std::chrono::seconds(20);
constexpr auto progress_period = std::chrono::seconds(3);
constexpr std::size_t git_lines_max = 8;
constexpr std::size_t remote_lines_max = 40;

// One push to a remote, stage by stage.
class Publication {
 public:
  Publication(const Guard& guard, const ServiceFds& fds, const Clock& clock)
      : guard_(guard),
        fds_(fds),
        clock_(clock),
        name_(remote_namespace(guard.service.index)),
        policy_{guard.service.remote.title(), guard.config.branch, guard.service.rules},
        deadline_(clock.steady_now() + guard.config.limits.time_max),
        reader_(fds.guest_in, deadline_) {
    report_.remote = guard.service.remote.title();
    report_.label = label();
  }

  Result<int> serve() {
    if (!guard_.service.refused.empty()) return turn_away(guard_.service.refused);
    const Fd lock = TRY(enter_quarantine(guard_.config.quarantine));
    quarantine_ = TRY(open_quarantine(guard_.config.quarantine));
    const auto refreshed =
        refresh_remote(guard_.remote, guard_.runner, quarantine_, guard_.service.host_git_dir, name_);
    if (!refreshed) return turn_away(refreshed.error().what + ": " + refreshed.error().why);
    facts_ = {quarantine_.format, TRY(remote_refs(quarantine_, name_)), known_shallow(quarantine_)};
    TRY_STATUS(advertise());
    if (!TRY(read_request())) return 0;
    const PushDecision checked = check_publish_request(request_, facts_);
    if (checked.verdict == PushVerdict::deny) return refuse("", checked.reason, checked.advice);
    return receive();
  }

  void fail_with(const Error& error) {
    report_.reason = error.what + ": " + error.why;
    send_report();
  }

 private:
  [[nodiscard]] std::string label() const {
    const auto& remote = guard_.service.remote;
    const auto address = parse_remote_address(remote.push_url.empty() ? remote.url : remote.push_url);
    return address ? label_of(*address) : remote.key;
  }

  // Before the protocol has begun: the client shows it as "remote error: …".
  Result<int> turn_away(const std::string& why) {
    std::string bytes;
    append_pkt(bytes, "ERR bailey: " + visible(why).substr(0, answer_line_bytes_max) + '\n');
    (void)os::write_all(fds_.guest_out, bytes);
    report_.reason = why;
    send_report();
    return 0;
  }

  Status advertise() {
    std::string bytes;
    std::string tail = '\0' + push_capabilities(quarantine_.format) + '\n';
    for (const auto& ref : facts_.refs) {
      append_pkt(bytes, ref.oid.hex() + ' ' + ref.name + tail);
      tail = "\n";
    }
    if (facts_.refs.empty()) append_pkt(bytes, Oid().hex(quarantine_.format) + " capabilities^{}" + tail);
    for (const auto& oid : facts_.known_shallow) append_pkt(bytes, "shallow " + oid.hex() + '\n');
    append_flush(bytes);
    return os::write_all(fds_.guest_out, bytes);
  }

  // False: the client had nothing to push.
  Result<bool> read_request() {
    std::vector<std::string> lines;
    while (true) {
      const auto pkt = reader_.next();
      if (!pkt && lines.empty()) return false;
      if (!pkt) return std::unexpected(pkt.error());
      if (pkt->kind == PktKind::flush) break;
      if (pkt->kind != PktKind::data) return fail("push request", "an unexpected packet");
      if (lines.size() == publish_commands_max + push_shallows_max) return fail("push request", "too many lines");
      lines.emplace_back(pkt->payload);
    }
    if (lines.empty()) return false;
    auto request = parse_push_request(lines, quarantine_.format, publish_commands_max);
    if (!request) {
      // The first line says how the client wants to be told.
      lines.resize(1);
      request_ = TRY(parse_push_request(lines, quarantine_.format, publish_commands_max));
      refuse(request.error().why, request.error().why, {"Push in smaller steps."});
      return false;
    }
    request_ = std::move(*request);
    for (const auto& command : request_.commands)
      report_.summary.changes.push_back({command.ref, command.old_oid, command.new_oid, ChangeKind::create, {}, 0});
    return true;
  }

  [[nodiscard]] bool has_pack() const {
    return std::any_of(request_.commands.begin(), request_.commands.end(),
                       [](const PushCommand& command) { return !command.new_oid.is_zero(); });
  }

  Result<int> receive() {
    held_ = {TRY(new_held_id()), guard_.service.remote.key, {}};
    for (const auto& command : request_.commands) held_.refs.push_back({command.ref, command.old_oid, command.new_oid});
    if (!has_pack()) return decide();
    std::string begin = reader_.take_rest();
    while (begin.size() < pack_header_bytes) {
      const auto more = TRY(read_some(fds_.guest_in, pack_header_bytes - begin.size(), deadline_));
      if (more.empty()) return fail("pack", "the guest closed before it came");
      begin += more;
    }
    const auto& limits = guard_.config.limits;
    const auto objects = pack_object_count(begin);
    if (!objects) return refuse("malformed pack", "what follows is no pack", {});
    objects_ = *objects;
    if (objects_ > limits.pack_objects_max)
      return refuse("too many objects",
                    "the push has " + std::to_string(objects_) + " objects, the limit is " +
                        std::to_string(limits.pack_objects_max),
                    {"Push in smaller steps."});
    const auto result = TRY(pump_pack(guard_.runner, receive_pack(), job(begin)));
    bytes_ = result.pack_bytes;
    if (result.end == PumpEnd::too_large)
      return refuse("pack too large", "the push is larger than " + std::to_string(limits.pack_bytes_max) + " bytes",
                    {"Leave large files out (.gitignore), or push in smaller steps."});
    if (result.end == PumpEnd::too_late) return refuse("too late", "the push took longer than its time limit", {});
    return settle(result);
  }

  Invocation receive_pack() const {
    Invocation invocation;
    invocation.git_dir = guard_.config.quarantine;
    invocation.arguments = {"-c",
                            "receive.maxInputSize=" + std::to_string(guard_.config.limits.pack_bytes_max),
                            "-c",
                            "receive.hideRefs=!refs/bailey/held",
                            "-c",
                            "core.fsync=committed,-reference",
                            "receive-pack",
                            "--stateless-rpc",
                            guard_.config.quarantine};
    invocation.reach.read_only = quarantine_.object_stores;
    invocation.reach.read_write = {guard_.config.quarantine};
    return invocation;
  }

  // One name of ours for each object: nothing of the guest's but object names and the pack reaches git.
  PumpJob job(std::string_view pack_begin) {
    PumpJob job;
    job.guest_in = fds_.guest_in;
    std::set<Oid> named;
    std::string tail = std::string(1, '\0') +
                       " report-status quiet object-format=" + std::string(name_of(quarantine_.format)) +
                       " agent=bailey";
    for (const auto& command : request_.commands) {
      if (command.new_oid.is_zero() || !named.insert(command.new_oid).second) continue;
      append_pkt(job.head, Oid().hex(quarantine_.format) + ' ' + command.new_oid.hex() + ' ' + held_prefix(held_.id) +
                               std::to_string(named.size()) + tail);
      tail.clear();
    }
    held_names_ = named.size();
    append_flush(job.head);
    job.head += pack_begin;
    job.pack_bytes = pack_begin.size();
    job.pack_bytes_max = guard_.config.limits.pack_bytes_max;
    job.deadline = deadline_;
    return job;
  }

  Result<int> settle(const PumpResult& result) {
    const auto taken = parse_git_report_of_many(result.report, held_names_);
    if (result.end == PumpEnd::answered && taken && taken->ok()) return decide();
    std::vector<std::string> words;
    for (const auto line : split(result.words, '\n'))
      if (!trim(line).empty() && words.size() < git_lines_max) words.push_back("git: " + std::string(trim(line)));
    if (result.end == PumpEnd::ended_by_signal || !taken)
      return refuse("git ended early", "git could not take the pack (memory, time and size are limited)", words);
    return refuse(taken->unpack, taken->unpack == "ok" ? taken->ref_refusal : "the pack was refused", words);
  }

  Result<int> decide() {
    auto summary = survey_push(guard_.runner, quarantine_, name_, request_.commands);
    if (!summary) return refuse("", "what it would do can't be told: " + summary.error().why, {});
    report_.summary = std::move(*summary);
    report_.summary.bytes = bytes_;
    report_.summary.objects = objects_;
    if (auto why = stand_in_in_push())
      return refuse("", *why, {"Take it out of the commits; no secret is lost with it."});
    review();
    const auto decision = decide_publish(report_.summary, policy_);
    report_.rule = decision.rule;
    report_.reason = decision.reason;
    if (decision.action == policy::GitAction::block)
      return refuse("", decision.reason,
                    {"A rule of this session's policy (" + decision.rule + ") does not allow it."});
    TRY_STATUS(save_held(guard_.config.quarantine, held_));
    if (decision.action != policy::GitAction::prompt) return forward();
    return ask(decision);
  }

  void review() {
    auto& summary = report_.summary;
    if (guard_.review.findings)
      for (const auto& range : summary.ranges)
        for (auto& finding : guard_.review.findings(guard_.runner, quarantine_, range))
          summary.findings.push_back(std::move(finding));
    if (!guard_.review.masked) return;
    summary.view = guard_.review.masked(summary.view);
    for (auto* texts : {&summary.authors, &summary.subjects})
      for (auto& text : *texts) text = guard_.review.masked(text);
  }

  // Why the push can't go on: what it would publish holds what stands in for a secret, or can't be searched for it.
  std::optional<std::string> stand_in_in_push() {
    for (const auto& range : report_.summary.ranges) {
      const auto found = find_stand_in(guard_.runner, quarantine_, range, guard_.service.stand_ins);
      if (!found) return "it can't be searched for placeholders: " + found.error().why;
      if (!*found) continue;
      report_.rule = "secret:" + (*found)->id;
      return "the commits hold the placeholder of secret '" + (*found)->id + "', which may not be published";
    }
    return std::nullopt;
  }

  Result<int> ask(const PublishDecision& decision) {
    const auto question = push_question(report_.summary, decision, policy_, report_.label, held_);
    say(question.title);
    for (std::size_t i = 0; i < std::min<std::size_t>(decision.callouts.size(), 5); ++i) say(decision.callouts[i]);
    const auto waited = TRY(ask_and_wait(
        fds_.report, fds_.guest_out, question,
        {.on_waiting =
             [this](std::uint64_t id) {
               say("waiting for a human to decide (on the host: bailey approvals approve " + std::to_string(id) + ")");
             },
         .keep_alive = [this] { return keep_alive(); }}));
    report_.by = waited.answer.by;
    if (waited.end != WaitEnd::answered || waited.answer.state == approval::State::pending) return leave_held();
    if (waited.answer.state == approval::State::approved) return forward();
    report_.end = PublishEnd::denied;
    const bool expired = waited.answer.state == approval::State::expired;
    const std::string reason = expired                        ? "nobody decided in time"
                               : waited.answer.by == "policy" ? "denied by the policy"
                                                              : "denied by the user";
    return refuse("", reason,
                  {"The commits stay in this session; `git push local` brings them to the user's repository.",
                   expired ? "Push again to ask again." : "Do not push the same again unless the user asks for it."});
  }

  // Nobody waits for the outcome any more; an approval carries it out later.
  Result<int> leave_held() {
    report_.end = PublishEnd::held;
    PushAnswer answer;
    answer.refusal = "held: it is pushed when the user approves it";
    answer.lines.push_back(answer.refusal);
    send_report();
    finish(answer);
    return 0;
  }

  Result<int> forward() {
    auto next_progress = clock_.steady_now() + progress_period;
    std::size_t remote_lines = 0;
    const auto outcome = publish(guard_.remote, held_, [&](std::string_view line) {
      if (line.starts_with("remote: ") && remote_lines++ < remote_lines_max) return say(line);
      if (line.find('%') == std::string_view::npos || clock_.steady_now() < next_progress) return;
      next_progress = clock_.steady_now() + progress_period;
      say(trim(line));
    });
    PushAnswer answer;
    if (!outcome) {
      report_.end = PublishEnd::failed;
      report_.reason = outcome.error().why;
      answer.refusal = outcome.error().why;
      answer.lines.push_back("could not " + outcome.error().what + ": " + outcome.error().why);
      if (!outcome.error().remedy.empty()) answer.lines.push_back(outcome.error().remedy);
    } else {
      report_.outcome = *outcome;
      report_.end = outcome->taken() > 0 ? PublishEnd::published : PublishEnd::failed;
      answer.refusals = outcome->refusals;
      answer.lines.push_back(report_.end == PublishEnd::published
                                 ? "pushed to " + report_.remote + " (" + report_.label + ")"
                                 : "the remote took nothing");
    }
    (void)drop_held(guard_.config.quarantine, held_.id);
    send_report();
    finish(answer);
    return 0;
  }

  int refuse(std::string unpack, const std::string& reason, const std::vector<std::string>& advice) {
    PushAnswer answer;
    if (!unpack.empty()) answer.unpack = std::move(unpack);
    answer.refusal = reason;
    answer.lines.push_back("refused: " + reason);
    answer.lines.insert(answer.lines.end(), advice.begin(), advice.end());
    report_.reason = reason;
    report_.summary.bytes = bytes_;
    report_.summary.objects = objects_;
    if (!held_.id.empty()) (void)drop_held(guard_.config.quarantine, held_.id);
    send_report();
    finish(answer);
    return 0;
  }

  void say(std::string_view line) { (void)os::write_all(fds_.guest_out, progress_line(line, request_)); }

  // An empty side-band packet: the client shows nothing, but a helper whose git is gone notices.
  bool keep_alive() {
    if (request_.framing() == Framing::plain) return true;
    return os::write_all(fds_.guest_out, std::string("0005") + static_cast<char>(Band::progress)).has_value();
  }

  void send_report() const {
    if (fds_.report >= 0) (void)os::write_all(fds_.report, to_line(report_));
  }

  void finish(const PushAnswer& answer) {
    (void)os::write_all(fds_.guest_out, encode(answer, request_));
    ::shutdown(fds_.guest_out, SHUT_WR);
    drain(fds_.guest_in, drained_bytes_max, clock_.steady_now() + drain_time_max);
  }

  const Guard& guard_;
  const ServiceFds& fds_;
  const Clock& clock_;
  std::string name_;
  PublishPolicy policy_;
  std::chrono::steady_clock::time_point deadline_;
  PktReader reader_;
  HostRepository quarantine_;
  PublishFacts facts_;
  PushRequest request_;
  HeldPush held_;
  std::size_t held_names_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t objects_ = 0;
  PublishReport report_;
};

}  // namespace

Result<int> serve_remote_receive(const Guard& guard, const ServiceFds& fds, const Clock& clock) {
  Publication publication(guard, fds, clock);
  auto status = publication.serve();
  if (!status) publication.fail_with(status.error());
  return status;
}

}  // namespace bailey::git
