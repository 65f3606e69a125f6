// Is this log what its writers wrote? Reads it as a stream, in bounded memory.
//
// How it works. Every line has to be in canonical form, carry the next number, the hash of the line before it and its
// own hash; every checkpoint has to be signed by a key we trust. The hashes find a careless change at its line; whoever
// computes them anew is found at the next checkpoint, because its signature covers all that is before it. audit.head is
// the last durable checkpoint: a log that does not contain it has been cut. After the last writer has closed the log
// its last line is a checkpoint, and anything behind it is forged.
//
// What it can't find. Events after the last checkpoint of a log whose writer was killed are protected by the hash chain
// alone, and cutting them off looks like the kill. Whoever can put back an old log *and* its old audit.head rolls both
// back; `anchors` (the Bailey-Audit trailers of the session's commits) find that. The owner of the key can forge all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/signature.h"
#include "base/result.h"
#include "json/value.h"

namespace bailey::audit {

enum class ProblemKind {
  not_an_event,     // not canonical form: edited, or not ours
  wrong_number,     // removed, repeated or reordered lines
  broken_chain,     // prev is not the hash of the line before
  wrong_hash,       // the line was changed
  other_session,    // a line of another session's log
  bad_signature,    // something up to this checkpoint was changed and hashed anew
  foreign_key,      // a checkpoint by a key we do not trust
  unsigned_start,   // the log does not start with a writer's checkpoint
  torn_inside,      // half a line, but not at the very end
  missing_segment,  // a file of the log is gone
  truncated,        // the log ends before the event in audit.head
  other_head,       // the event that audit.head names is another one
  bad_head,         // audit.head is damaged, or not signed by us
  missing_head,     // the log had one
  unsigned_end,     // events after the end that the last writer signed
  missing_anchor,   // a hash that must be in the log is not
};
[[nodiscard]] std::string_view to_string(ProblemKind kind);

struct Problem {
  ProblemKind kind = ProblemKind::not_an_event;
  std::string file;        // name within the session directory
  std::uint64_t line = 0;  // from 1; 0: the file as a whole
  std::string why;
};

struct VerifyOptions {
  std::vector<PublicKey> keys;       // trusted
  std::string session;               // whose log it must be; empty: any one session
  std::vector<std::string> anchors;  // hashes that must occur
};

struct VerifyReport {
  std::optional<Problem> problem;  // the first one; nothing: the log is intact
  std::string session;
  std::uint64_t events = 0;  // that were found good, checkpoints included
  std::uint64_t checkpoints = 0;
  std::uint64_t unsigned_events = 0;  // after the last checkpoint: a running or a killed session
  std::uint64_t torn_bytes = 0;       // at the end: what a kill or a power loss leaves
  std::uint64_t recovered = 0;        // torn ends that later writers repaired
  std::uint64_t dropped = 0;          // events that a full log could not take
  std::string head;                   // hash of the last good event
  std::string last_ts;

  [[nodiscard]] bool is_intact() const { return !problem; }
};

// Errors are about reading (no log, no permission); whatever is wrong with the log is in the report.
[[nodiscard]] Result<VerifyReport> verify(const std::string& session_dir, const VerifyOptions& options);

[[nodiscard]] json::Value to_json(const VerifyReport& report);
// A few lines for people, without a trailing newline, control characters made visible.
[[nodiscard]] std::string to_text(const VerifyReport& report);

// The rules alone, without files: feed it all lines in order. Stops at the first problem.
class Verifier {
 public:
  // Both outlive it.
  explicit Verifier(const VerifyOptions& options);
  ~Verifier();
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;

  // The text of audit.head, before any line. Nothing: there is none.
  void set_head(const std::optional<std::string>& text);
  // False once there is a problem.
  bool start_file(std::string_view name);
  bool feed(std::string_view line);
  bool missing_segment(std::string_view name);
  // The file that was started last ends within a line.
  bool torn(std::uint64_t bytes);
  [[nodiscard]] bool is_fine() const;
  // Once.
  [[nodiscard]] VerifyReport finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bailey::audit
