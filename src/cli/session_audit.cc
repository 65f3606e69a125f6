#include "cli/session_audit.h"

#include "audit/writer.h"
#include "os/files.h"

namespace bailey::cli {

Status record_events(const FoundSession& found, const std::vector<audit::Event>& events) {
  const SystemClock clock;
  auto writer = TRY(audit::Writer::open(found.entry.directory, os::join(found.user.state, "keys"),
                                        {found.entry.name, found.entry.record.agent}, clock));
  for (const auto& event : events) TRY_STATUS(writer.append(event));
  TRY_STATUS(writer.close());
  return writer.sync();
}

}  // namespace bailey::cli
