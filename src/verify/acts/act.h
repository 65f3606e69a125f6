// Escape acts: small functions that do the forbidden thing and say what came of it.
//
// How it works: an act tries exactly one thing, for real, and never judges. `bailey verify` runs it inside the sandbox,
// where it must be refused, and once more where only the layer that should stop it is off (Act::control), where it
// must succeed: an act that is refused in both places proves nothing. Acts undo what they did where that is possible
// and choose the harmless form of it where it is not (opening core_pattern for writing, not changing it).
// One act a process: many leave it changed. The acts rely on libc only, so that bailey-probe is a static program
// without exceptions which runs in any sandbox.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace bailey::verify {

enum class Outcome : std::uint8_t {
  succeeded,    // the forbidden thing was done: inside the sandbox, an escape
  refused,      // the kernel said no
  unavailable,  // could not be tried: an argument is missing, the machine lacks what the act needs
};

inline constexpr std::size_t detail_bytes_max = 256;

struct ActResult {
  Outcome outcome = Outcome::unavailable;
  int error = 0;  // errno when refused
  char detail[detail_bytes_max] = {};
};

// printf(3) formats; too long a text is cut.
[[nodiscard, gnu::format(printf, 1, 2)]] ActResult succeeded(const char* format, ...);
[[nodiscard, gnu::format(printf, 2, 3)]] ActResult refused(int error, const char* format, ...);
[[nodiscard, gnu::format(printf, 1, 2)]] ActResult unavailable(const char* format, ...);
// Of a call that returns -1 and sets errno when it fails.
[[nodiscard]] ActResult from_call(long result, const char* what);
// The same for a call made with arguments that cannot work: these errors show that it got past every guard.
[[nodiscard]] ActResult from_useless_call(long result, std::span<const int> reached, const char* what);

struct Arguments {
  int count = 0;
  const char* const* values = nullptr;

  [[nodiscard]] const char* text(int index, const char* otherwise = nullptr) const {
    return index < count ? values[index] : otherwise;
  }
  // `otherwise` if it is absent or no number from 0 up.
  [[nodiscard]] long long number(int index, long long otherwise) const;
};

// What stops an act in the sandbox. The first is the one whose absence the control shows.
enum class Layer : std::uint8_t {
  seccomp,
  landlock,
  user_namespace,
  mount_namespace,
  pid_namespace,
  network_namespace,
  capabilities,
  no_new_privileges,
  limits,
  descriptors,
};

// Where the same act succeeds.
enum class Control : std::uint8_t {
  outside_user,      // outside of the sandbox, as the ordinary user
  outside_root,      // outside, as root only
  fresh_namespaces,  // outside, as "root" of a new user namespace: bailey-probe run --fresh-namespaces
  outside_listener,  // outside, with a listener or process that the verifier provides
  without_layer,     // in a sandbox that leaves out just the layer
};

struct Act {
  const char* name;       // as in `bailey-probe run NAME`
  int scenario;           // of the threat model
  const char* catalogue;  // its row in the catalogue of known ways around
  Layer layer;
  Control control;
  const char* arguments;  // "HOST_FILE", "[PID]", ...; "" for none
  const char* attack;     // one line: what an attacker gains
  ActResult (*run)(const Arguments&);
};

[[nodiscard]] const char* to_string(Outcome outcome);
[[nodiscard]] const char* to_string(Layer layer);
[[nodiscard]] const char* to_string(Control control);

}  // namespace bailey::verify
