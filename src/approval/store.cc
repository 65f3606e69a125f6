#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "approval/entry.h"
#include "json/write.h"
#include "os/files.h"

namespace bailey::approval {
namespace {

constexpr std::string_view suffix = ".json";
constexpr std::string_view remembered_name = "remembered.json";
constexpr std::string_view counter_name = "approvals.next";
constexpr std::string_view counter_lock_name = "approvals.lock";
constexpr std::size_t counter_bytes_max = 32;

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0 || number > id_max) return std::nullopt;
  return number;
}

// O_NONBLOCK: a fifo in its place must not make a reader wait.
Result<json::Value> read_json(const std::string& path) {
  const Fd file = TRY(os::open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  const std::string text = TRY(os::read_all(file.get(), request_bytes_max));
  return json::read(text, os::base_name(path), request_read_limits);
}

}  // namespace

std::string approvals_directory(std::string_view session_directory) { return os::join(session_directory, "approvals"); }

std::string Store::path_of(std::uint64_t id) const {
  return os::join(directory_, std::to_string(id) + std::string(suffix));
}

Status Store::save(const Entry& entry) const {
  TRY_STATUS(os::make_directories(directory_));
  // Bytes of the agent that are no UTF-8 are stored as U+FFFD.
  return os::write_file_atomic(path_of(entry.id), json::write(to_json(entry), json::Layout::indented));
}

Result<Entry> Store::load(std::uint64_t id) const {
  const json::Value value = TRY(read_json(path_of(id)));
  Entry entry = TRY(entry_from_json(value));
  if (entry.id != id) return fail("read approval " + std::to_string(id), "the file is about another one");
  return entry;
}

Status Store::remove(std::uint64_t id) const {
  if (::unlink(path_of(id).c_str()) != 0 && errno != ENOENT) return fail_errno("remove '" + path_of(id) + "'");
  return {};
}

Result<Store::Listing> Store::list() const {
  Listing listing;
  if (!os::exists(directory_)) return listing;
  for (const std::string& name : TRY(os::list_directory(directory_))) {
    if (name == remembered_name || !name.ends_with(suffix)) continue;
    const auto id = number_of(std::string_view(name).substr(0, name.size() - suffix.size()));
    if (!id || std::to_string(*id) + std::string(suffix) != name) continue;
    auto entry = load(*id);
    if (entry) listing.entries.push_back(std::move(*entry));
    else listing.damaged.push_back(path_of(*id));
  }
  std::sort(listing.entries.begin(), listing.entries.end(), [](const Entry& a, const Entry& b) { return a.id < b.id; });
  return listing;
}

std::size_t Store::count_pending(WallTime now) const {
  const auto listing = list();
  if (!listing) return 0;
  return static_cast<std::size_t>(std::count_if(listing->entries.begin(), listing->entries.end(),
                                                [&](const Entry& e) { return state_at(e, now) == State::pending; }));
}

Status Store::save_remembered(const std::vector<Remembered>& choices) const {
  TRY_STATUS(os::make_directories(directory_));
  json::Array array;
  for (const Remembered& choice : choices) array.push_back(to_json(choice));
  return os::write_file_atomic(os::join(directory_, remembered_name), json::write(array, json::Layout::indented));
}

Result<std::vector<Remembered>> Store::load_remembered() const {
  const std::string path = os::join(directory_, remembered_name);
  std::vector<Remembered> choices;
  if (!os::exists(path)) return choices;
  const json::Value value = TRY(read_json(path));
  const json::Array* array = value.as_array();
  if (array == nullptr || array->size() > remembered_max)
    return fail("read '" + path + "'", "it is no list of at most " + std::to_string(remembered_max) + " choices");
  for (const json::Value& choice : *array) choices.push_back(TRY(remembered_from_json(choice)));
  return choices;
}

Result<std::uint64_t> take_id(const std::string& state_directory) {
  const Fd lock = TRY(os::lock_file(os::join(state_directory, counter_lock_name)));
  const std::string path = os::join(state_directory, counter_name);
  std::uint64_t id = 1;
  if (os::exists(path)) {
    const Fd file = TRY(os::open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    const std::string text = TRY(os::read_all(file.get(), counter_bytes_max));
    const auto next = number_of(std::string_view(text).substr(0, text.find('\n')));
    // Starting again at 1 would give two requests one number.
    if (!next || *next == id_max)
      return fail("number an approval request", "'" + path + "' holds no number",
                  "write a number into it that is larger than those of bailey approvals list");
    id = *next;
  }
  TRY_STATUS(os::write_file_atomic(path, std::to_string(id + 1) + "\n"));
  return id;
}

}  // namespace bailey::approval
