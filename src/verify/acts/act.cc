#include "verify/acts/act.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace bailey::verify {
namespace {

[[gnu::format(printf, 3, 0)]] ActResult formatted(Outcome outcome, int error, const char* format, va_list list) {
  ActResult result;
  result.outcome = outcome;
  result.error = error;
  std::vsnprintf(result.detail, sizeof result.detail, format, list);
  return result;
}

}  // namespace

ActResult succeeded(const char* format, ...) {
  va_list list;
  va_start(list, format);
  const ActResult result = formatted(Outcome::succeeded, 0, format, list);
  va_end(list);
  return result;
}

ActResult refused(int error, const char* format, ...) {
  va_list list;
  va_start(list, format);
  const ActResult result = formatted(Outcome::refused, error, format, list);
  va_end(list);
  return result;
}

ActResult unavailable(const char* format, ...) {
  va_list list;
  va_start(list, format);
  const ActResult result = formatted(Outcome::unavailable, 0, format, list);
  va_end(list);
  return result;
}

ActResult from_call(long result, const char* what) {
  return result == -1 ? refused(errno, "%s", what) : succeeded("%s", what);
}

ActResult from_useless_call(long result, std::span<const int> reached, const char* what) {
  if (result != -1) return succeeded("%s", what);
  const int error = errno;
  for (const int each : reached)
    if (error == each) return succeeded("%s got past every guard", what);
  return refused(error, "%s", what);
}

long long Arguments::number(int index, long long otherwise) const {
  const char* word = text(index);
  if (word == nullptr) return otherwise;
  char* end = nullptr;
  errno = 0;
  const long long value = std::strtoll(word, &end, 10);
  return errno != 0 || end == word || *end != '\0' || value < 0 ? otherwise : value;
}

const char* to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::succeeded:
      return "succeeded";
    case Outcome::refused:
      return "refused";
    case Outcome::unavailable:
      return "unavailable";
  }
  return "";
}

const char* to_string(Layer layer) {
  switch (layer) {
    case Layer::seccomp:
      return "seccomp";
    case Layer::landlock:
      return "landlock";
    case Layer::user_namespace:
      return "user namespace";
    case Layer::mount_namespace:
      return "mount namespace";
    case Layer::pid_namespace:
      return "pid namespace";
    case Layer::network_namespace:
      return "network namespace";
    case Layer::capabilities:
      return "capabilities";
    case Layer::no_new_privileges:
      return "no new privileges";
    case Layer::limits:
      return "limits";
    case Layer::descriptors:
      return "descriptors";
  }
  return "";
}

const char* to_string(Control control) {
  switch (control) {
    case Control::outside_user:
      return "outside as the user";
    case Control::outside_root:
      return "outside as root";
    case Control::fresh_namespaces:
      return "in fresh namespaces";
    case Control::outside_listener:
      return "outside with the verifier's own target";
    case Control::without_layer:
      return "sandbox without the layer";
  }
  return "";
}

}  // namespace bailey::verify
