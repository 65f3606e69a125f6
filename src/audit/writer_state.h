// What a Writer holds, for writer.cc and recovery of torn ends. Private to the room.
#pragma once

#include <optional>
#include <string>

#include "audit/checkpoint.h"
#include "audit/keys.h"
#include "audit/signature.h"
#include "audit/store.h"
#include "audit/writer.h"

namespace bailey::audit {

struct Writer::State {
  SigningKey key;
  std::string keys_dir;
  Identity identity;
  const Clock& clock;
  Limits limits;
  Store store;

  std::uint64_t seq = 0;                    // of the last event in the log
  std::string hash{genesis_hash};           // and its hash
  std::uint64_t signed_seq = 0;             // of our last checkpoint
  std::string signed_line;                  // and its line, with the newline
  std::optional<SteadyTime> waiting_since;  // the oldest event of ours that is not durable under a checkpoint
  std::uint64_t dropped = 0;                // events refused since our last checkpoint
  enum class Phase { open, full, closed };
  Phase phase = Phase::open;
  enum class Head { written, stale };
  Head head = Head::written;  // stale after close() until sync()

  // All of these need the lock; start() takes it.

  [[nodiscard]] Status start();
  // Looks at what other processes appended and repairs a torn end.
  [[nodiscard]] Status refresh();
  [[nodiscard]] Status put(const Event& event);
  [[nodiscard]] Status put_when_full(const Event& event);
  [[nodiscard]] Status put_checkpoint(Reason reason);
  [[nodiscard]] Status sign_if_due();
  [[nodiscard]] Status start_segment_if_due();
  // Both the limit and the disk leave a reserve.
  [[nodiscard]] Result<bool> has_room();
  // The alert and a signature under it, in the reserve.
  [[nodiscard]] Status become_full();
  [[nodiscard]] Status publish_head();
  [[nodiscard]] Error full_error() const;

 private:
  struct Composed {
    std::string line;  // with its newline
    std::string hash;
  };
  [[nodiscard]] Record next_record(const Event& event) const;
  [[nodiscard]] Result<Composed> compose(std::string_view canonical) const;
  [[nodiscard]] Status put_canonical(std::string_view canonical);
  void took(const Composed& composed);
  [[nodiscard]] Status adopt(std::string_view last_line);
  [[nodiscard]] Status repair(const Torn& torn);
  [[nodiscard]] Status check_against_head();
  [[nodiscard]] Status no_room_to_start() const;
};

}  // namespace bailey::audit
