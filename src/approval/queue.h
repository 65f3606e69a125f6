// The approvals of one session, in its supervisor: who asked, what was answered, what is remembered.
//
// How it works. ask() writes the request down (entry.h), then says so (on_step), and from then on anybody who has the
// session's trust may decide(): the terminal's client, `bailey approvals`, the clock. The asker hears it once, from the
// loop and never from inside ask() or decide(). An asker that goes away says forget(): a request whose approval would
// carry something out (Request::action) stays pending and is handed to on_unclaimed when it is approved; one that has
// nothing left to do is denied. When the session ends, close() does the same for all: an asker then hears "pending",
// which means that nothing was decided and that it must not wait any longer.
//
// What it relies on. One thread; handlers don't call back into the queue, askers may. Time for expiry is the wall
// clock, because files outlive the process; a clock that jumps makes a request expire early or late, never be approved.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "approval/entry.h"
#include "event/loop.h"

namespace bailey::approval {

inline constexpr std::size_t pending_max = 100;  // of one session: a flood must not bury what matters
inline constexpr std::size_t decided_max = 200;  // kept on disk for `bailey approvals list`; older ones are removed
inline constexpr std::chrono::seconds lifetime_default{30 * 60};
inline constexpr std::chrono::seconds sweep_period_max{60};

// What happens to a request that nobody at a terminal can see now.
enum class Unattended { queue, deny };

struct QueueConfig {
  std::string session;
  std::string session_directory;
  std::string state_directory;  // for the numbers
  std::chrono::seconds lifetime = lifetime_default;
  Unattended unattended = Unattended::queue;
};

enum class Step { asked, approved, denied, expired, remembered };

struct QueueHandlers {
  std::function<void(Step, const Entry&)> on_step;
  std::function<void(const Remembered&)> on_revoked;
  // Approved, and nobody waits for it: carry the action out and say how it went with set_outcome().
  std::function<void(const Entry&)> on_unclaimed;
  std::function<bool()> is_attended;  // empty: it is
};

class Queue {
 public:
  // Goes on with what an earlier supervisor left: what has expired is expired, what has nothing to do is denied.
  [[nodiscard]] static Result<std::unique_ptr<Queue>> open(event::Loop& loop, QueueConfig config,
                                                           QueueHandlers handlers);

  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;
  ~Queue() { *alive_ = false; }

  // on_answer is called exactly once, unless forget() came first. A remembered choice and the policy for unattended
  // sessions answer by themselves. Errors (nothing was asked): a malformed request, too many pending, a full disk.
  Result<std::uint64_t> ask(Request request, std::function<void(const Answer&)> on_answer);
  // `answer.state` is approved or denied. Errors: no such request, decided already, scope session where nothing can be
  // remembered. An approval that can't be written down is none. Approving again what failed to be carried out tries it
  // again.
  Status decide(std::uint64_t id, Answer answer);
  // The asker went away. Harmless for a number that is decided or unknown.
  void forget(std::uint64_t id);
  // A choice of `key`, kept without a request: `bailey approvals revoke`.
  Status revoke(std::string_view key);
  void set_outcome(std::uint64_t id, Outcome outcome, std::string text);
  // The session ends: what has no action is denied, the rest waits in its file; nobody can ask any more.
  void close();

  [[nodiscard]] std::vector<Entry> pending() const;         // by id
  [[nodiscard]] const Entry* find(std::uint64_t id) const;  // pending, or decided by this process
  // An approval would be handed to on_unclaimed.
  [[nodiscard]] bool is_unclaimed(std::uint64_t id) const;
  [[nodiscard]] const std::vector<Remembered>& remembered() const { return remembered_; }

 private:
  struct Asked {
    Entry entry;
    std::function<void(const Answer&)> on_answer = {};  // empty: nobody waits
    bool performing = false;                            // handed to on_unclaimed, no outcome yet
  };
  Queue(event::Loop& loop, QueueConfig config, QueueHandlers handlers)
      : loop_(loop),
        config_(std::move(config)),
        handlers_(std::move(handlers)),
        store_(approvals_directory(config_.session_directory)) {}
  Status load();
  void drop_oldest();
  Status settle(Asked& asked, const Answer& answer);
  Status try_again(Asked& asked);
  void tell_later(std::uint64_t id);
  void tell_asker(std::uint64_t id);
  Status remember(const Entry& entry);
  void answer_alike(const Entry& entry);
  [[nodiscard]] const Remembered* choice_for(const Request& request) const;
  void sweep();
  void schedule_sweep();
  void step(Step step, const Entry& entry) const;

  event::Loop& loop_;
  QueueConfig config_;
  QueueHandlers handlers_;
  Store store_;
  std::map<std::uint64_t, Asked> asked_;
  std::vector<Remembered> remembered_;
  event::Timer sweep_timer_;
  bool closed_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bailey::approval
