// The audit log of one session, as its writer sees it.
//
// How it works. <session directory>/audit.jsonl holds one event a line in canonical form (canonical.h), each with the
// hash of the one before it. A *checkpoint* is an event of its own that carries an Ed25519 signature over everything
// before it; one is written when a writer opens the log, at least every 256 events, every 5 seconds of activity, before
// a new segment and when the writer closes. Timed and closing checkpoints are also copied to audit.head, so that a log
// which is cut back to an earlier checkpoint is found (verify.h).
//
// What it relies on. The session directory is 0700 and outside of the sandbox. Each event is one write(2) to a
// descriptor opened with O_APPEND, under flock(2) on audit.jsonl: several processes of the user may write at once, and
// each looks at the size first and reads what the others appended. A line without its newline is what a kill or a power
// loss leaves; the next writer puts a "recovered" event in its place that holds those bytes.
//
// Space. The log is never shortened. Room for `reserve_bytes` is allocated ahead (fallocate(2)), so that a full disk
// stops the session's start; when room can no longer be allocated or total_bytes_max is near, an alert "audit_full" is
// written into the reserve, append() answers with is_log_full(), and from then on only events of category session (the
// session's end) and checkpoints are recorded; the others are counted in the next checkpoint as "dropped".
//
// Nothing here locks within a process: one thread uses a Writer.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "audit/event.h"
#include "base/clock.h"
#include "base/result.h"

namespace bailey::audit {

struct Identity {
  std::string session;  // the session's name
  std::string agent;    // the manifest's name
};

struct Limits {
  std::uint64_t segment_bytes_max = std::uint64_t{32} << 20;  // then audit.1.jsonl, audit.2.jsonl … continue the chain
  std::uint64_t total_bytes_max = std::uint64_t{256} << 20;
  std::uint64_t reserve_bytes = std::uint64_t{512} << 10;  // at least reserve_bytes_min
  std::uint64_t checkpoint_events_max = 256;
  std::chrono::milliseconds checkpoint_interval{5000};
};
inline constexpr std::uint64_t reserve_bytes_min = std::uint64_t{256} << 10;

// True for the error that append() and checkpoint() return once the log accepts no more: stop the session.
[[nodiscard]] bool is_log_full(const Error& error);

class Writer {
 public:
  // Opens or creates the log below `session_dir` (which exists) and the signing key in `keys_dir` (made on first use).
  // Repairs a torn last line. Refuses a log that is shorter than its signed head or that does not end in a valid event,
  // a key that others can read, and a disk without room for the reserve. `clock` outlives the writer.
  [[nodiscard]] static Result<Writer> open(const std::string& session_dir, const std::string& keys_dir,
                                           Identity identity, const Clock& clock, const Limits& limits = {});
  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;
  // Syncs when close() was called and sync() was not. Without close() the log ends as after a kill: valid, unsigned.
  ~Writer();

  // Records the event. An error means that it is not recorded, except for is_log_full() on the event that met the limit
  // first: that one is in the log, followed by "audit_full".
  [[nodiscard]] Status append(const Event& event);

  // True when there are events without a signature and the oldest of them is `checkpoint_interval` old. Cheap.
  [[nodiscard]] bool checkpoint_due() const;
  // Time until checkpoint_due(); nullopt when nothing is waiting. For the event loop's timer.
  [[nodiscard]] std::optional<std::chrono::milliseconds> checkpoint_in() const;
  // Signs what was appended since the last one and makes it durable (fdatasync of log and head: may take as long as the
  // disk does). Nothing to sign is success.
  [[nodiscard]] Status checkpoint();

  // Hash of the last event that this writer knows of, 64 hex digits: for the trailer Bailey-Audit. Never empty.
  [[nodiscard]] std::string head() const;
  [[nodiscard]] std::uint64_t last_seq() const;
  // The log accepts only the session's last events.
  [[nodiscard]] bool full() const;

  // The last event: a signed checkpoint. Quick; append() fails from then on. Call sync() when the user has the result.
  [[nodiscard]] Status close();
  // Makes everything up to the last checkpoint durable and writes audit.head.
  [[nodiscard]] Status sync();

 private:
  struct State;
  explicit Writer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace bailey::audit
