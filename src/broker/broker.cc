#include "broker/broker.h"

#include "base/text.h"
#include "git/remote_channel.h"
#include "os/files.h"

namespace bailey::broker {

void Supervisor::report(const Event& event) const {
  (void)os::write_all(fd_, event_line(event));  // when nobody reads it, nobody is there any more
}

approval::Answer Supervisor::ask(const approval::Request& request, const Client& client) const {
  const auto waited = git::ask_and_wait(fd_, client.socket(), approval::fitted(request),
                                        {.on_waiting = [](std::uint64_t) {}, .keep_alive = [] { return true; }});
  if (!waited || waited->end != git::WaitEnd::answered) return {.state = approval::State::denied, .by = "nobody"};
  return waited->answer;
}

bool is_granted(const Scene& scene, const credentials::CredentialDecision& decision, const approval::Request& question,
                Event& event) {
  event.rule = decision.rule;
  if (decision.is_blocked()) {
    event.outcome = Outcome::refused;
    event.reason = !decision.reason.empty() ? decision.reason
                   : decision.rule.empty()  ? "no rule allows it"
                                            : "the rule " + decision.rule + " forbids it";
    return false;
  }
  if (decision.action != policy::CredentialAction::prompt) return true;
  const auto answer = scene.supervisor.ask(question, scene.client);
  event.by = answer.by;
  if (answer.state == approval::State::approved) return true;
  event.outcome = Outcome::denied;
  event.reason = answer.state == approval::State::denied ? "the human said no" : "no human has answered";
  return false;
}

Status answer_ok(const Client& client, std::string_view text) {
  TRY_STATUS(client.write("ok\n"));
  return client.write(text);
}

Status answer_refused(const Client& client, std::string_view why) {
  return client.write("refused " + visible(why) + '\n');
}

}  // namespace bailey::broker
