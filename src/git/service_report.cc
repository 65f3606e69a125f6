#include "git/service_report.h"

#include "json/write.h"
#include "os/files.h"

namespace bailey::git {
namespace {
constexpr std::size_t text_bytes_max = 500;
std::string cut(const std::string& text) { return text.substr(0, text_bytes_max); }
}  // namespace

json::Value to_json(const Landing& landing) {
  return json::Object{
      {"kind", name_of(landing.kind)},          {"ref", cut(landing.ref)},    {"old", landing.old_tip.hex()},
      {"new", landing.new_tip.hex()},           {"commits", landing.commits}, {"archived", cut(landing.archived_ref)},
      {"how_to_take", cut(landing.how_to_take)}};
}

std::string to_line(const ServiceReport& report) {
  json::Value landing;
  if (report.landing) landing = to_json(*report.landing);
  return json::write(json::Object{{"op", report.op},
                                  {"ref", cut(report.ref)},
                                  {"old", report.old_oid.hex()},
                                  {"new", report.new_oid.hex()},
                                  {"bytes", report.bytes},
                                  {"objects", report.objects},
                                  {"decision", report.decision == ServiceDecision::allow ? "allow" : "deny"},
                                  {"reason", cut(report.reason)},
                                  {"landing", landing},
                                  {"landing_error", cut(report.landing_error)}}) +
         '\n';
}

void send_report(int fd, const ServiceReport& report) {
  if (fd >= 0) (void)os::write_all(fd, to_line(report));
}

}  // namespace bailey::git
