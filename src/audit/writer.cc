#include "audit/writer.h"

#include <algorithm>
#include <cerrno>

#include "audit/writer_state.h"

namespace bailey::audit {
namespace {

bool is_ours(Name action) {
  return action.text() == checkpoint_action || action.text() == recovered_action || action.text() == full_action;
}

}  // namespace

bool is_log_full(const Error& error) { return error.code == ENOSPC || error.code == EDQUOT; }

Writer::Writer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}
Writer::~Writer() {
  // Somebody closed the log and forgot the rest: nobody is left to hear of an error.
  if (state_ && state_->phase == State::Phase::closed && state_->head == State::Head::stale)
    static_cast<void>(sync().has_value());
}

Result<Writer> Writer::open(const std::string& session_dir, const std::string& keys_dir, Identity identity,
                            const Clock& clock, const Limits& limits) {
  if (limits.reserve_bytes < reserve_bytes_min || limits.total_bytes_max < 2 * limits.reserve_bytes)
    return fail("open the audit log", "its limits leave no room",
                "the reserve is at least 256 KiB and at most half of the total");
  SigningKey key = TRY(load_or_make_key(keys_dir));
  Store store = TRY(Store::open(session_dir, {limits.segment_bytes_max, limits.total_bytes_max, limits.reserve_bytes}));
  auto state = std::make_unique<State>(State{.key = std::move(key),
                                             .keys_dir = keys_dir,
                                             .identity = std::move(identity),
                                             .clock = clock,
                                             .limits = limits,
                                             .store = std::move(store)});
  TRY_STATUS(state->start());
  return Writer(std::move(state));
}

Status Writer::append(const Event& event) {
  State& state = *state_;
  if (state.phase == State::Phase::closed) return fail("record an event", "the audit log is closed");
  if (is_ours(event.action))
    return fail("record an event", "'" + std::string(event.action.text()) + "' is an action of the log itself");
  const LogLock lock = TRY(state.store.lock());
  TRY_STATUS(state.refresh());
  if (state.phase == State::Phase::full) return state.put_when_full(event);
  TRY_STATUS(state.start_segment_if_due());
  if (auto put = state.put(event); !put) {
    if (!is_log_full(put.error())) return put;
    ++state.dropped;
    state.phase = State::Phase::full;
    return std::unexpected(state.full_error());
  }
  if (TRY(state.has_room())) return state.sign_if_due();
  TRY_STATUS(state.become_full());
  return std::unexpected(state.full_error());
}

std::optional<std::chrono::milliseconds> Writer::checkpoint_in() const {
  if (!state_->waiting_since) return std::nullopt;
  const auto waited = state_->clock.steady_now() - *state_->waiting_since;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(state_->limits.checkpoint_interval - waited);
  return std::max(left, std::chrono::milliseconds(0));
}

bool Writer::checkpoint_due() const { return checkpoint_in() == std::chrono::milliseconds(0); }

Status Writer::checkpoint() {
  State& state = *state_;
  if (state.phase == State::Phase::closed || !state.waiting_since) return {};
  {
    const LogLock lock = TRY(state.store.lock());
    TRY_STATUS(state.refresh());
    if (state.seq > state.signed_seq) TRY_STATUS(state.put_checkpoint(Reason::timer));
  }
  return sync();
}

std::string Writer::head() const { return state_->hash; }
std::uint64_t Writer::last_seq() const { return state_->seq; }
bool Writer::full() const { return state_->phase == State::Phase::full; }

Status Writer::close() {
  State& state = *state_;
  if (state.phase == State::Phase::closed) return {};
  const LogLock lock = TRY(state.store.lock());
  TRY_STATUS(state.refresh());
  TRY_STATUS(state.put_checkpoint(Reason::closed));
  state.phase = State::Phase::closed;
  state.head = State::Head::stale;
  return {};
}

Status Writer::sync() {
  State& state = *state_;
  // First the log, then its head: the other way round a power loss could leave a head without its log, and that is
  // what a truncation looks like.
  TRY_STATUS(state.store.sync());
  if (state.key.fresh) TRY_STATUS(sync_key(state.keys_dir));
  state.key.fresh = false;
  const LogLock lock = TRY(state.store.lock());
  TRY_STATUS(state.publish_head());
  // Here and not in close(): freeing blocks takes milliseconds on ext4.
  if (state.phase == State::Phase::closed) state.store.release_reserve();
  if (state.seq == state.signed_seq) state.waiting_since.reset();
  state.head = State::Head::written;
  return {};
}

}  // namespace bailey::audit
