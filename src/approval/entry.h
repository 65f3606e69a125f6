// A request that was asked, with its number, its times and its answer: <session directory>/approvals/<id>.json.
//
// The file is written before anybody is asked and replaced as a whole, so that a supervisor that is killed loses
// nothing: what was pending is pending. While a session's supervisor lives only it writes here; else whoever holds the
// session's lock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "approval/request.h"
#include "base/clock.h"

namespace bailey::approval {

inline constexpr std::size_t session_bytes_max = 128;
inline constexpr std::size_t outcome_bytes_max = 1'024;
inline constexpr std::size_t remembered_max = 200;  // choices of one session

// What became of the action of an approval that nobody waited for.
enum class Outcome { none, done, failed };

struct Entry {
  std::uint64_t id = 0;  // 1 … id_max, unique over all sessions of the user
  std::string session;
  Request request;
  Answer answer;
  WallTime created{};
  WallTime expires{};
  std::optional<WallTime> decided;
  Outcome outcome = Outcome::none;
  std::string outcome_text;
  bool operator==(const Entry&) const = default;

  [[nodiscard]] bool is_pending() const { return answer.state == State::pending; }
};
// What it is at `now`, whether or not somebody has written it down yet.
[[nodiscard]] State state_at(const Entry& entry, WallTime now);

[[nodiscard]] json::Value to_json(const Entry& entry);
[[nodiscard]] Result<Entry> entry_from_json(const json::Value& value);

// A choice for the rest of the session.
struct Remembered {
  std::string key;  // Request::remember
  std::string kind;
  State state = State::approved;  // or denied
  std::uint64_t id = 0;           // of the request that it answered first
  WallTime since{};
  bool operator==(const Remembered&) const = default;
};
[[nodiscard]] json::Value to_json(const Remembered& remembered);
[[nodiscard]] Result<Remembered> remembered_from_json(const json::Value& value);

// The directory. Reads without following links and without waiting; what can't be read is named, not in the way.
class Store {
 public:
  explicit Store(std::string directory) : directory_(std::move(directory)) {}

  Status save(const Entry& entry) const;  // makes the directory (0700)
  [[nodiscard]] Result<Entry> load(std::uint64_t id) const;
  Status remove(std::uint64_t id) const;
  struct Listing {
    std::vector<Entry> entries;  // by id
    std::vector<std::string> damaged;
  };
  // No directory is an empty one.
  [[nodiscard]] Result<Listing> list() const;
  [[nodiscard]] std::size_t count_pending(WallTime now) const;

  Status save_remembered(const std::vector<Remembered>& choices) const;
  [[nodiscard]] Result<std::vector<Remembered>> load_remembered() const;

 private:
  [[nodiscard]] std::string path_of(std::uint64_t id) const;
  std::string directory_;
};

[[nodiscard]] std::string approvals_directory(std::string_view session_directory);

// The next number, from a counter that all sessions of the user share (<state>/approvals.next, under a lock).
[[nodiscard]] Result<std::uint64_t> take_id(const std::string& state_directory);

}  // namespace bailey::approval
