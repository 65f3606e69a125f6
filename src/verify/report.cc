#include "verify/report.h"

#include <algorithm>

namespace bailey::verify {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::succeeded:
      return "succeeded";
    case Verdict::refused:
      return "refused";
    case Verdict::unavailable:
      return "unavailable";
    case Verdict::timed_out:
      return "timed out";
    case Verdict::broken:
      return "broken";
  }
  return "broken";
}

std::string_view to_string(ControlState state) {
  switch (state) {
    case ControlState::shown:
      return "shown";
    case ControlState::needs_root:
      return "needs root";
    case ControlState::impossible:
      return "impossible here";
    case ControlState::failed:
      return "failed";
  }
  return "failed";
}

bool Report::ok() const {
  return !rows.empty() &&
         std::none_of(rows.begin(), rows.end(), [](const Row& row) { return row.state == RowState::failed; });
}

}  // namespace bailey::verify
