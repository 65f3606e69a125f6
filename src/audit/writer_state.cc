#include "audit/writer_state.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "audit/head.h"
#include "base/text.h"

namespace bailey::audit {
namespace {

// What closing a full log still needs: a checkpoint each for the limit and for the end.
constexpr std::uint64_t closing_bytes = 8192;

constexpr std::size_t torn_piece_bytes = text_bytes_max / 2;  // in hex, one text holds these
constexpr std::array<Name, torn_bytes_kept_max / torn_piece_bytes> torn_names = {
    "torn_01", "torn_02", "torn_03", "torn_04", "torn_05", "torn_06", "torn_07", "torn_08",
    "torn_09", "torn_10", "torn_11", "torn_12", "torn_13", "torn_14", "torn_15", "torn_16"};

std::unexpected<Error> may_be_forged(std::string why) {
  return fail("append to the audit log", std::move(why),
              "run 'bailey audit verify'; to go on without this record, move the session's audit.* files aside");
}

Event recovered_event(const Torn& torn) {
  Event event{.level = Level::warning, .category = Category::session, .action = "recovered"};
  event.subject.add("torn_bytes", torn.bytes).add("kept_bytes", torn.kept.size());
  for (std::size_t at = 0, piece = 0; at < torn.kept.size(); at += torn_piece_bytes, ++piece)
    event.subject.add(torn_names[piece], to_hex(std::string_view(torn.kept).substr(at, torn_piece_bytes)));
  return event;
}

}  // namespace

Status Writer::State::start() {
  const LogLock lock = TRY(store.lock());
  TRY_STATUS(refresh());
  TRY_STATUS(check_against_head());
  if (store.is_empty()) {
    if (TRY(store.keep_reserve()) == Reserve::Room::disk_full) return no_room_to_start();
    TRY_STATUS(prepare_head(store.directory()));
  }
  TRY_STATUS(put_checkpoint(Reason::opened));
  // A log that is full already takes what belongs to the session's end; it has said that it is full.
  if (!TRY(has_room())) phase = Phase::full;
  return {};
}

Status Writer::State::refresh() {
  Store::News news = TRY(store.look());
  if (news.last_line) TRY_STATUS(adopt(*news.last_line));
  if (news.torn) TRY_STATUS(repair(*news.torn));
  return {};
}

Status Writer::State::adopt(std::string_view last_line) {
  const auto line = parse_line(last_line);
  if (!line) return may_be_forged("its last line is not an event");
  if (line->record.session != identity.session) return may_be_forged("it is the log of another session");
  if (chain_hash_of_line(line->prev, last_line) != line->hash) return may_be_forged("its last line was changed");
  if (line->record.seq <= seq) return may_be_forged("its numbering goes backwards");
  seq = line->record.seq;
  hash = line->hash;
  return {};
}

Status Writer::State::check_against_head() {
  const auto text = TRY(read_head(store.directory()));
  if (!text) return {};
  const auto line = parse_line(*text);
  if (!line) return may_be_forged("audit.head is damaged");
  if (line->record.seq > seq) return may_be_forged("it ends before the event that audit.head names");
  if (line->record.seq == seq && line->hash != hash) return may_be_forged("it does not match audit.head");
  return {};
}

Status Writer::State::repair(const Torn& torn) {
  // The repair is longer than what it replaces. Without a reserve it is tried all the same.
  static_cast<void>(TRY(store.keep_reserve()));
  const Composed composed = TRY(compose(encode(next_record(recovered_event(torn)))));
  TRY_STATUS(store.replace_torn(composed.line, torn));
  took(composed);
  return {};
}

Record Writer::State::next_record(const Event& event) const {
  return {.seq = seq + 1,
          .ts = to_rfc3339(clock.wall_now()),
          .session = identity.session,
          .agent = identity.agent,
          .level = event.level,
          .category = event.category,
          .action = std::string(event.action.text()),
          .tier = event.tier,
          .decision = event.decision,
          .rule = event.rule,
          .subject = event.subject};
}

Result<Writer::State::Composed> Writer::State::compose(std::string_view canonical) const {
  Composed composed{.hash = chain_hash(hash, canonical)};
  composed.line = to_line(canonical, hash, composed.hash);
  return composed;
}

void Writer::State::took(const Composed& composed) {
  ++seq;
  hash = composed.hash;
  if (!waiting_since) waiting_since = clock.steady_now();
}

Status Writer::State::put_canonical(std::string_view canonical) {
  const Composed composed = TRY(compose(canonical));
  TRY_STATUS(store.append(composed.line));
  took(composed);
  return {};
}

Status Writer::State::put(const Event& event) { return put_canonical(encode(next_record(event))); }

Status Writer::State::put_checkpoint(Reason reason) {
  const Record record = next_record({.category = Category::session, .action = "checkpoint"});
  const std::string canonical = encode_checkpoint(key, record, hash, reason, dropped);
  const Composed composed = TRY(compose(canonical));
  TRY_STATUS(store.append(composed.line));
  took(composed);
  signed_seq = seq;
  signed_line = composed.line;
  dropped = 0;
  return {};
}

Status Writer::State::sign_if_due() {
  if (seq + 1 - signed_seq < limits.checkpoint_events_max) return {};
  return put_checkpoint(Reason::count);
}

Status Writer::State::start_segment_if_due() {
  if (!store.wants_new_segment(line_bytes_max)) return {};
  // Also what tells other writers to look for a new segment: the old one grew.
  TRY_STATUS(put_checkpoint(Reason::rotation));
  // On a full disk the event goes into the old segment's reserve, and has_room() speaks up after it.
  static_cast<void>(TRY(store.next_segment()));
  return {};
}

Result<bool> Writer::State::has_room() {
  if (store.bytes_left() < limits.reserve_bytes) return false;
  return TRY(store.keep_reserve()) == Reserve::Room::enough;
}

Status Writer::State::become_full() {
  phase = Phase::full;
  const bool limit = store.bytes_left() < limits.reserve_bytes;
  TRY_STATUS(put({.level = Level::alert,
                  .category = Category::resource,
                  .action = "audit_full",
                  .tier = Tier::decided,
                  .decision = Decision::deny,
                  .subject = Subject()
                                 .add("cause", limit ? "limit" : "disk")
                                 .add("bytes", store.bytes())
                                 .add("bytes_max", limits.total_bytes_max)}));
  return put_checkpoint(Reason::full);
}

Status Writer::State::put_when_full(const Event& event) {
  const bool is_end = event.category == Category::session;
  const bool fits = store.bytes_left() >= line_bytes_max + closing_bytes;
  if (is_end && fits) {
    auto done = put(event);
    if (done || !is_log_full(done.error())) return done;
  }
  ++dropped;
  return std::unexpected(full_error());
}

Status Writer::State::publish_head() {
  if (signed_line.empty()) return {};
  if (const auto present = TRY(read_head(store.directory()))) {
    const auto line = parse_line(*present);
    // Another process has published a later one.
    if (line && line->record.seq >= signed_seq) return {};
  }
  return write_head(store.directory(), signed_line);
}

Error Writer::State::full_error() const {
  return {.what = "record an event",
          .why = "the audit log has no room left",
          .remedy = "the session has to stop; free some disk, or start a new session for a new log",
          .code = ENOSPC};
}

Status Writer::State::no_room_to_start() const {
  return fail_errno(ENOSPC, "reserve " + std::to_string(limits.reserve_bytes >> 10) + " KiB for the audit log",
                    "free some room on the disk of '" + store.directory() + "'");
}

}  // namespace bailey::audit
