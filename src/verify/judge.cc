#include "verify/judge.h"

#include <cerrno>

namespace bailey::verify {
namespace {

bool forbidden(int error) { return error == EPERM || error == EACCES; }

// The kernel was built without it, or the module is not there.
bool not_built_in(int error) {
  return error == ENOSYS || error == EAFNOSUPPORT || error == EPROTONOSUPPORT || error == ESOCKTNOSUPPORT ||
         error == EPROTOTYPE || error == EOPNOTSUPP || error == ENODEV;
}

}  // namespace

bool wants_root(Control kind, const Trial& control) {
  return kind != Control::without_layer && control.verdict == Verdict::refused && forbidden(control.error);
}

ControlState judge_control(Control kind, const Trial& control, Privilege by) {
  switch (control.verdict) {
    case Verdict::succeeded:
      return ControlState::shown;
    case Verdict::unavailable:
      return ControlState::impossible;
    case Verdict::timed_out:
    case Verdict::broken:
      return ControlState::failed;
    case Verdict::refused:
      break;
  }
  if (kind == Control::without_layer) return ControlState::failed;
  if (kind == Control::outside_root) return by == Privilege::root ? ControlState::impossible : ControlState::needs_root;
  if (forbidden(control.error)) return by == Privilege::root ? ControlState::impossible : ControlState::needs_root;
  return not_built_in(control.error) ? ControlState::impossible : ControlState::failed;
}

RowState judge_row(const Trial& inside, const Trial& control, ControlState state) {
  if (inside.verdict == Verdict::refused) return state == ControlState::failed ? RowState::failed : RowState::holds;
  const bool nowhere = inside.verdict == Verdict::unavailable && control.verdict == Verdict::unavailable;
  return nowhere ? RowState::not_applicable : RowState::failed;
}

}  // namespace bailey::verify
