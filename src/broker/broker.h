// What the brokers have in common: whose connection it is, the way to the supervisor, and a rule's verdict.
#pragma once

#include <string>
#include <vector>

#include "approval/request.h"
#include "broker/client.h"
#include "broker/description.h"
#include "broker/event.h"
#include "credentials/credential_decision.h"

namespace bailey::broker {

class Supervisor {
 public:
  explicit Supervisor(int fd) : fd_(fd) {}
  void report(const Event& event) const;
  // Waits for a human as long as the request lives and the client does.
  [[nodiscard]] approval::Answer ask(const approval::Request& request, const Client& client) const;

 private:
  int fd_;
};

struct Scene {
  const Description& description;
  Client client;
  Supervisor supervisor;
  std::vector<std::string> environment;  // for the user's own programs
};

// Decides the event's outcome, rule and reason: by the rule, or by the human that it sends the question to.
// True: go on.
[[nodiscard]] bool is_granted(const Scene& scene, const credentials::CredentialDecision& decision,
                              const approval::Request& question, Event& event);

// On the wire of the two that answer in text: "ok\n" and what was asked for, or "refused WHY\n".
[[nodiscard]] Status answer_ok(const Client& client, std::string_view text);
[[nodiscard]] Status answer_refused(const Client& client, std::string_view why);

// Each serves one connection to its end. An error: the client did not hear the answer.
[[nodiscard]] Status serve_git_credential(const Scene& scene);
[[nodiscard]] Status serve_ssh_agent(const Scene& scene);
[[nodiscard]] Status serve_signing(const Scene& scene, credentials::SigningFormat wanted);

}  // namespace bailey::broker
