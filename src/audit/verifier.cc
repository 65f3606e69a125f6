#include <algorithm>

#include "audit/canonical.h"
#include "audit/checkpoint.h"
#include "audit/verify.h"

namespace bailey::audit {

struct Verifier::State {
  const VerifyOptions& options;
  VerifyReport report;

  std::string file;
  std::uint64_t line_number = 0;
  std::uint64_t seq = 0;
  std::string hash{genesis_hash};
  std::vector<std::string> key_names;  // of options.keys
  std::vector<std::string> anchors;    // not found yet
  std::int64_t open_writers = 0;
  enum class Sync { none, begun };
  Sync sync = Sync::none;         // a timed checkpoint was the last event: its writer went on to write audit.head
  std::uint64_t heads_known = 0;  // how often something came after that

  std::optional<Line> head;

  bool problem(ProblemKind kind, std::string why) { return problem_at(kind, file, line_number, std::move(why)); }
  bool problem_at(ProblemKind kind, std::string_view where, std::uint64_t number, std::string why) {
    if (!report.problem) report.problem = Problem{kind, std::string(where), number, std::move(why)};
    return false;
  }

  bool check_order(const Record& record);
  bool check_chain(std::string_view text, const Line& line);
  bool check_checkpoint(std::string_view text, const Line& line, const Checkpoint& checkpoint);
  bool check_start(const Record& record);
  bool check_against_head(const Line& line);
  void count(const Line& line, const std::optional<Checkpoint>& checkpoint);
  void check_end();
};

namespace {

constexpr std::string_view head_name = "audit.head";

std::string number(std::uint64_t value) { return std::to_string(value); }

}  // namespace

Verifier::Verifier(const VerifyOptions& options) : state_(std::make_unique<State>(State{.options = options})) {
  for (const auto& key : options.keys) state_->key_names.push_back(fingerprint(key));
  state_->anchors = options.anchors;
  state_->report.session = options.session;
}
Verifier::~Verifier() = default;

void Verifier::set_head(const std::optional<std::string>& text) {
  if (!text) return;
  auto line = parse_line(*text);
  const auto checkpoint = line ? read_checkpoint(line->record) : std::nullopt;
  if (!checkpoint) {
    state_->problem_at(ProblemKind::bad_head, head_name, 0, "it holds no checkpoint");
    return;
  }
  state_->file = head_name;
  if (chain_hash_of_line(line->prev, *text) != line->hash) state_->problem(ProblemKind::bad_head, "it was changed");
  else if (state_->check_checkpoint(*text, *line, *checkpoint)) state_->head = std::move(*line);
}

bool Verifier::start_file(std::string_view name) {
  State& state = *state_;
  if (state.report.problem) return false;
  if (state.report.torn_bytes > 0)
    return state.problem(ProblemKind::torn_inside,
                         "the file ends within a line, but '" + std::string(name) + "' follows");
  state.file = name;
  state.line_number = 0;
  return true;
}

bool Verifier::missing_segment(std::string_view name) {
  return state_->problem_at(ProblemKind::missing_segment, name, 0, "it is gone, though later segments exist");
}

bool Verifier::feed(std::string_view text) {
  State& state = *state_;
  if (state.report.problem) return false;
  ++state.line_number;
  const auto line = parse_line(text);
  if (!line) return state.problem(ProblemKind::not_an_event, line.error().why);
  if (!state.check_order(line->record) || !state.check_chain(text, *line)) return false;
  std::optional<Checkpoint> checkpoint;
  if (is_checkpoint(line->record)) {
    checkpoint = read_checkpoint(line->record);
    if (!checkpoint) return state.problem(ProblemKind::bad_signature, "the checkpoint lacks its signature");
    if (!state.check_checkpoint(text, *line, *checkpoint)) return false;
  }
  if (!state.check_start(line->record) || !state.check_against_head(*line)) return false;
  state.count(*line, checkpoint);
  return true;
}

bool Verifier::torn(std::uint64_t bytes) {
  if (!state_->report.problem) state_->report.torn_bytes = bytes;
  return is_fine();
}

bool Verifier::is_fine() const { return !state_->report.problem; }

VerifyReport Verifier::finish() {
  if (is_fine()) state_->check_end();
  return std::move(state_->report);
}

bool Verifier::State::check_order(const Record& record) {
  if (report.session.empty()) report.session = record.session;
  if (record.session != report.session)
    return problem(ProblemKind::other_session, "the event is of session '" + record.session + "'");
  if (record.seq == seq + 1) return true;
  if (record.seq <= seq)
    return problem(ProblemKind::wrong_number, "event " + number(record.seq) + " follows " + number(seq) +
                                                  ": lines were repeated, inserted or moved");
  return problem(ProblemKind::wrong_number,
                 "event " + number(record.seq) + " follows " + number(seq) + ": lines were removed or moved");
}

bool Verifier::State::check_chain(std::string_view text, const Line& line) {
  if (line.prev != hash) return problem(ProblemKind::broken_chain, "it does not continue the event before it");
  if (chain_hash_of_line(line.prev, text) != line.hash)
    return problem(ProblemKind::wrong_hash, "it was changed after it was written");
  return true;
}

bool Verifier::State::check_checkpoint(std::string_view text, const Line& line, const Checkpoint& checkpoint) {
  const auto key = std::find(key_names.begin(), key_names.end(), checkpoint.key);
  if (key == key_names.end())
    return problem(ProblemKind::foreign_key, "signed by the key " + checkpoint.key + ", which is not trusted");
  const PublicKey& trusted = options.keys[static_cast<std::size_t>(key - key_names.begin())];
  if (is_signed_by(trusted, text, line.prev, checkpoint)) return true;
  return problem(file == head_name ? ProblemKind::bad_head : ProblemKind::bad_signature,
                 "the signature is not of this log: an event after the checkpoint before it was changed, or this one");
}

bool Verifier::State::check_start(const Record& record) {
  if (record.seq > 1 || is_checkpoint(record)) return true;
  // What was torn from the very first write of a writer is put back in front of its checkpoint.
  if (record.action == recovered_action) return true;
  return problem(ProblemKind::unsigned_start, "a log starts with its writer's signature");
}

bool Verifier::State::check_against_head(const Line& line) {
  if (!head || head->record.seq != line.record.seq || head->hash == line.hash) return true;
  return problem(ProblemKind::other_head, "audit.head has another event at this place");
}

void Verifier::State::count(const Line& line, const std::optional<Checkpoint>& checkpoint) {
  seq = line.record.seq;
  hash = line.hash;
  ++report.events;
  ++report.unsigned_events;
  report.last_ts = line.record.ts;
  if (line.record.action == recovered_action) ++report.recovered;
  std::erase(anchors, line.hash);
  // A writer that was killed before it could write the head is followed by the next one's start.
  const bool is_start = checkpoint && checkpoint->reason == Reason::opened;
  if (sync == Sync::begun && !is_start) ++heads_known;
  sync = checkpoint && checkpoint->reason == Reason::timer ? Sync::begun : Sync::none;
  if (!checkpoint) return;
  ++report.checkpoints;
  report.unsigned_events = 0;
  report.dropped += checkpoint->dropped;
  if (is_start) ++open_writers;
  if (checkpoint->reason == Reason::closed) --open_writers;
}

void Verifier::State::check_end() {
  report.head = hash;
  if (head && head->record.seq > seq) {
    problem(ProblemKind::truncated, "the log ends at event " + number(seq) + ", but audit.head knows event " +
                                        number(head->record.seq) + " of " + head->record.ts);
  } else if (!head && heads_known > 1) {
    problem_at(ProblemKind::missing_head, head_name, 0, "the log had one and it is gone");
  } else if (open_writers <= 0 && (report.unsigned_events > 0 || report.torn_bytes > 0)) {
    problem(ProblemKind::unsigned_end, "something was added after the last writer had closed the log");
  } else if (!anchors.empty()) {
    problem(ProblemKind::missing_anchor, "the log does not contain " + anchors.front());
  }
}

}  // namespace bailey::audit
