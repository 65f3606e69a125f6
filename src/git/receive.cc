#include "git/receive.h"

#include <sys/socket.h>

#include <algorithm>

#include "base/text.h"
#include "git/pack_pump.h"
#include "git/pkt_line.h"
#include "git/push_answer.h"
#include "git/push_request.h"
#include "git/quarantine.h"
#include "git/quarantine_lock.h"
#include "git/ref_name.h"
#include "git/refs.h"
#include "git/service_report.h"
#include "os/files.h"

namespace bailey::git {
namespace {

constexpr std::size_t have_lines_max = 100;
constexpr std::uint64_t drained_bytes_max = std::uint64_t{64} << 20;
constexpr auto drain_time_max = std::chrono::seconds(20);
constexpr std::size_t git_lines_max = 8;

// One push, stage by stage.
class Push {
 public:
  Push(const GitRunner& runner, const ServiceConfig& config, const ServiceFds& fds, const Clock& clock)
      : runner_(runner),
        config_(config),
        fds_(fds),
        clock_(clock),
        deadline_(clock.steady_now() + config.limits.time_max),
        reader_(fds.guest_in, deadline_) {
    report_.op = "push";
  }

  Result<int> serve() {
    const Fd lock = TRY(enter_quarantine(config_.quarantine));
    quarantine_ = TRY(open_quarantine(config_.quarantine));
    TRY_STATUS(catch_up());
    TRY_STATUS(advertise());
    if (!TRY(read_request())) return tell_of_catching_up();
    const PushDecision decision =
        decide_push(request_, {config_.branch, quarantine_.format, current_, known_shallow(quarantine_)});
    if (decision.verdict == PushVerdict::deny) return refuse("", decision.reason, decision.advice);
    return accept();
  }

  void fail_with(const Error& error) {
    report_.reason = error.what + ": " + error.why;
    send_report(fds_.report, report_);
  }

 private:
  // An earlier push that was killed between quarantine and host lands now: git would find nothing left to push.
  Status catch_up() {
    if (!config_.target) return {};
    const RefStore refs = TRY(RefStore::open(quarantine_));
    const Oid tip = TRY(refs.read(branch_ref(config_.branch)));
    const Oid landed = TRY(refs.read(landed_ref));
    if (tip.is_zero() || tip == landed) return {};
    report_.ref = branch_ref(config_.branch);
    report_.old_oid = landed;
    report_.new_oid = tip;
    auto landing = land_on_host();
    if (landing) report_.landing = *landing;
    else report_.landing_error = landing.error().what + ": " + landing.error().why;
    caught_up_ = true;
    return {};
  }

  int tell_of_catching_up() {
    if (!caught_up_) return 0;
    report_.decision = ServiceDecision::allow;
    report_.reason = "an earlier push that had been interrupted";
    send_report(fds_.report, report_);
    return 0;
  }

  // This session's branch, and as ".have" what the guest need not send (no names: it learns nothing new).
  Status advertise() {
    const RefStore refs = TRY(RefStore::open(quarantine_));
    current_ = TRY(refs.read(branch_ref(config_.branch)));
    std::string bytes;
    const std::string tail = '\0' + push_capabilities(quarantine_.format) + '\n';
    if (current_.is_zero()) append_pkt(bytes, current_.hex(quarantine_.format) + " capabilities^{}" + tail);
    else append_pkt(bytes, current_.hex() + ' ' + branch_ref(config_.branch) + tail);
    if (!current_.is_zero())
      for (const auto& oid : tips_to_offer()) append_pkt(bytes, oid.hex() + " .have\n");
    for (const auto& oid : known_shallow(quarantine_)) append_pkt(bytes, "shallow " + oid.hex() + '\n');
    append_flush(bytes);
    return os::write_all(fds_.guest_out, bytes);
  }

  std::vector<Oid> tips_to_offer() const {
    std::vector<Oid> tips;
    if (!config_.target) return tips;
    const auto host = open_host_repository(config_.target->host_git_dir);
    if (!host) return tips;  // only a help; landing will say what is wrong
    const auto refs = RefStore::open(*host);
    const auto list = refs ? refs->list("refs/heads/") : Result<std::vector<Ref>>();
    for (std::size_t i = 0; list && i < list->size() && tips.size() < have_lines_max; ++i)
      if ((*list)[i].oid != current_) tips.push_back((*list)[i].oid);
    return tips;
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
      if (lines.size() == push_lines_max) return fail("push request", "too many lines");
      lines.emplace_back(pkt->payload);
    }
    if (lines.empty()) return false;
    request_ = TRY(parse_push_request(lines, quarantine_.format));
    if (request_.commands.empty()) return true;
    const PushCommand& command = request_.commands.front();
    report_.ref = command.ref;
    report_.old_oid = command.old_oid;
    report_.new_oid = command.new_oid;
    return true;
  }

  int refuse(std::string unpack, const std::string& reason, const std::vector<std::string>& advice) {
    PushAnswer answer;
    if (!unpack.empty()) answer.unpack = std::move(unpack);
    answer.refusal = reason;
    answer.lines.push_back("refused: " + reason);
    answer.lines.insert(answer.lines.end(), advice.begin(), advice.end());
    report_.decision = ServiceDecision::deny;
    report_.reason = reason;
    send_report(fds_.report, report_);
    finish(answer);
    return 0;
  }

  void finish(const PushAnswer& answer) {
    (void)os::write_all(fds_.guest_out, encode(answer, request_));  // a guest that is gone needs no answer
    ::shutdown(fds_.guest_out, SHUT_WR);
    drain(fds_.guest_in, drained_bytes_max, std::min(deadline_, clock_.steady_now() + drain_time_max));
  }

  // The beginning of the pack, without waiting for more than its header.
  Result<std::string> read_pack_header() {
    std::string begin = reader_.take_rest();
    while (begin.size() < pack_header_bytes) {
      const auto more = TRY(read_some(fds_.guest_in, pack_header_bytes - begin.size(), deadline_));
      if (more.empty()) return fail("pack", "the guest closed before it came");
      begin += more;
    }
    return begin;
  }

  Result<int> accept() {
    std::string begin = TRY(read_pack_header());
    const auto objects = pack_object_count(begin);
    if (!objects) return refuse("malformed pack", "what follows is no pack", {});
    report_.objects = *objects;
    if (*objects > config_.limits.pack_objects_max)
      return refuse("too many objects",
                    "the push has " + std::to_string(*objects) + " objects, the limit is " +
                        std::to_string(config_.limits.pack_objects_max),
                    {"Push in smaller steps."});
    const auto result = TRY(pump_pack(runner_, receive_pack(), job(begin)));
    report_.bytes = result.pack_bytes;
    if (result.end == PumpEnd::too_large)
      return refuse("pack too large",
                    "the push is larger than " + std::to_string(config_.limits.pack_bytes_max) + " bytes",
                    {"Leave large files out (.gitignore), or push in smaller steps."});
    if (result.end == PumpEnd::too_late) return refuse("too late", "the push took longer than its time limit", {});
    return settle(result);
  }

  Invocation receive_pack() const {
    Invocation invocation;
    invocation.git_dir = config_.quarantine;
    invocation.arguments = {"-c", "receive.maxInputSize=" + std::to_string(config_.limits.pack_bytes_max),
                            "receive-pack", "--stateless-rpc", config_.quarantine};
    invocation.reach.read_only = quarantine_.object_stores;
    invocation.reach.read_write = {config_.quarantine};
    return invocation;
  }

  // One command, written by us: nothing of the guest's but the object name and the pack reaches git.
  PumpJob job(std::string_view pack_begin) const {
    PumpJob job;
    job.guest_in = fds_.guest_in;
    append_pkt(job.head, current_.hex(quarantine_.format) + ' ' + report_.new_oid.hex() + ' ' +
                             branch_ref(config_.branch) + std::string(1, '\0') + " report-status quiet object-format=" +
                             std::string(name_of(quarantine_.format)) + " agent=bailey");
    append_flush(job.head);
    job.head += pack_begin;
    job.pack_bytes = pack_begin.size();
    job.pack_bytes_max = config_.limits.pack_bytes_max;
    job.deadline = deadline_;
    return job;
  }

  int settle(const PumpResult& result) {
    const auto git_report = parse_git_report(result.report, branch_ref(config_.branch));
    if (result.end == PumpEnd::answered && git_report && git_report->ok()) return land_it();
    std::vector<std::string> words;
    for (const auto line : split(result.words, '\n'))
      if (!trim(line).empty() && words.size() < git_lines_max) words.push_back("git: " + std::string(trim(line)));
    if (result.end == PumpEnd::ended_by_signal || !git_report)
      return refuse("git ended early", "git could not take the pack (memory, time and size are limited)", words);
    return refuse(git_report->unpack, git_report->unpack == "ok" ? git_report->ref_refusal : "the pack was refused",
                  words);
  }

  int land_it() {
    report_.decision = ServiceDecision::allow;
    report_.reason = "the session's own branch";
    PushAnswer answer;
    if (!config_.target) {
      answer.lines.emplace_back("kept in the session's quarantine (--no-push): the host repository is unchanged");
    } else {
      auto landing = land_on_host();
      if (landing) report_.landing = *landing;
      else report_.landing_error = landing.error().what + ": " + landing.error().why;
      answer.lines = landing ? words_for(*landing)
                             : std::vector<std::string>{
                                   "kept in the session's quarantine; the host repository could not "
                                   "take it: " +
                                       report_.landing_error,
                                   landing.error().remedy};
    }
    send_report(fds_.report, report_);
    finish(answer);
    return 0;
  }

  Result<Landing> land_on_host() const {
    const auto host = TRY(open_host_repository(config_.target->host_git_dir));
    return land(runner_, {host, config_.quarantine, config_.session, config_.branch}, clock_);
  }

  static std::vector<std::string> words_for(const Landing& landing) {
    std::vector<std::string> words;
    switch (landing.kind) {
      case LandingKind::landed:
        words.push_back("landed on the host as " + landing.ref);
        break;
      case LandingKind::unchanged:
        words.push_back("the host has it already as " + landing.ref);
        break;
      case LandingKind::contained:
        words.emplace_back("the host's branch is ahead and holds these commits");
        break;
      case LandingKind::nothing:
        words.emplace_back("no commits of the session's own yet: nothing to land");
        break;
    }
    if (!landing.archived_ref.empty()) words.push_back("the host's former tip was kept as " + landing.archived_ref);
    return words;
  }

  const GitRunner& runner_;
  const ServiceConfig& config_;
  const ServiceFds& fds_;
  const Clock& clock_;
  std::chrono::steady_clock::time_point deadline_;
  PktReader reader_;
  HostRepository quarantine_;
  Oid current_;
  PushRequest request_;
  ServiceReport report_;
  bool caught_up_ = false;
};

}  // namespace

Result<int> serve_receive(const GitRunner& runner, const ServiceConfig& config, const ServiceFds& fds,
                          const Clock& clock) {
  TRY_STATUS(check_branch_name(config.branch));
  Push push(runner, config, fds, clock);
  auto status = push.serve();
  if (!status) push.fail_with(status.error());
  return status;
}

}  // namespace bailey::git
