// bailey-probe: one escape act a process, for `bailey verify` and tests.
//
//   bailey-probe list [--json]
//   bailey-probe run [--fresh-namespaces] ACT [ARGUMENT...]
//
// `run` prints one line of JSON and exits with 0 if the act succeeded (inside the sandbox: an escape), 1 if it was
// refused, 2 if it could not be tried, 64 for a wrong command line. --fresh-namespaces first makes the caller "root" of
// new namespaces: the positive control of acts that need it.
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "verify/acts/fresh_namespaces.h"
#include "verify/acts/groups.h"
#include "verify/acts/json_line.h"
#include "verify/acts/through_gateway.h"
#include "verify/acts/useful.h"

namespace bailey::verify {
namespace {

constexpr int usage_error = 64;  // EX_USAGE, sysexits.h

int usage() {
  std::fputs("usage: bailey-probe list [--json] | run [--fresh-namespaces] ACT [ARGUMENT...]\n", stderr);
  return usage_error;
}

void describe(const Act& act) {
  JsonLine line;
  line.text("name", act.name);
  line.number("scenario", act.scenario);
  line.text("catalogue", act.catalogue);
  line.text("layer", to_string(act.layer));
  line.text("control", to_string(act.control));
  line.text("arguments", act.arguments);
  line.text("attack", act.attack);
  std::fputs(line.finish(), stdout);
}

int list(const char* form) {
  const bool json = form != nullptr && std::strcmp(form, "--json") == 0;
  if (form != nullptr && !json) return usage();
  const char* separator = json ? "[" : "";
  for (int i = 0; i < groups_count; ++i)
    for (const Act& act : group(i)) {
      if (json) {
        std::fputs(separator, stdout);
        describe(act);
        separator = ",\n";
      } else {
        std::printf("%d  %-22s %-18s %s\n", act.scenario, act.name, to_string(act.layer), act.attack);
      }
    }
  if (json) std::fputs("]\n", stdout);
  return 0;
}

int report(const char* name, const ActResult& result) {
  JsonLine line;
  line.text("act", name);
  line.text("outcome", to_string(result.outcome));
  if (result.outcome == Outcome::refused) {
    line.number("errno", result.error);
    const char* error = ::strerrorname_np(result.error);
    line.text("error", error == nullptr ? "" : error);
  }
  line.text("detail", result.detail);
  std::puts(line.finish());
  std::fflush(stdout);
  return static_cast<int>(result.outcome);
}

int run(int count, char** words) {
  const bool fresh = count > 0 && std::strcmp(words[0], "--fresh-namespaces") == 0;
  if (fresh) {
    --count;
    ++words;
  }
  const Act* act = count > 0 ? find_act(words[0]) : nullptr;
  if (act == nullptr && count > 0) act = find_useful_act(words[0]);
  if (act == nullptr && count > 0) act = find_gateway_act(words[0]);
  if (act == nullptr) return usage();
  if (fresh)
    if (const int error = enter_fresh_namespaces(); error != 0)
      return report(act->name, unavailable("no fresh namespaces: %s", std::strerror(error)));
  return report(act->name, act->run(Arguments{count - 1, words + 1}));
}

}  // namespace
}  // namespace bailey::verify

int main(int argc, char** argv) {
  static_assert(static_cast<int>(bailey::verify::Outcome::succeeded) == 0);
  static_assert(static_cast<int>(bailey::verify::Outcome::refused) == 1);
  static_assert(static_cast<int>(bailey::verify::Outcome::unavailable) == 2);
  if (argc >= 2 && argc <= 3 && std::strcmp(argv[1], "list") == 0) return bailey::verify::list(argv[2]);
  if (argc >= 3 && std::strcmp(argv[1], "run") == 0) return bailey::verify::run(argc - 2, argv + 2);
  return bailey::verify::usage();
}
