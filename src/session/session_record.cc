#include "session/session_record.h"

#include <charconv>
#include <cstdio>
#include <ctime>
#include <iterator>

#include "base/text.h"
#include "base/time_text.h"
#include "os/files.h"

namespace bailey::session {
namespace {

constexpr std::string_view status_words[] = {"starting", "running", "exited", "stopped", "interrupted", "failed"};
constexpr std::size_t proc_stat_bytes_max = 4096;
constexpr std::size_t start_time_field = 22;  // proc(5), counted from 1

std::optional<std::string> from_hex(std::string_view hex) {
  std::string bytes;
  if (hex.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    if (error != std::errc() || end != hex.data() + i + 2) return std::nullopt;
    bytes += static_cast<char>(value);
  }
  return bytes;
}

// Reads members of an object; the first that is missing or of another kind is remembered.
class Members {
 public:
  explicit Members(const json::Value& object) : object_(object) {}

  std::string text(std::string_view key) {
    const auto* value = object_.find(key);
    const auto* string = value == nullptr ? nullptr : value->as_string();
    if (string == nullptr) note(key);
    return string == nullptr ? std::string() : *string;
  }
  std::uint64_t number(std::string_view key) {
    const auto* value = object_.find(key);
    const auto number = value == nullptr ? std::nullopt : value->as_uint();
    if (!number) note(key);
    return number.value_or(0);
  }
  bool flag(std::string_view key) {
    const auto* value = object_.find(key);
    const auto flag = value == nullptr ? std::nullopt : value->as_bool();
    if (!flag) note(key);
    return flag.value_or(false);
  }
  WallTime time(std::string_view key) {
    const auto time = wall_time_of(text(key));
    if (!time) note(key);
    return time.value_or(WallTime{});
  }
  const json::Value& at(std::string_view key) {
    static const json::Value null;
    const auto* value = object_.find(key);
    if (value == nullptr) note(key);
    return value == nullptr ? null : *value;
  }
  bool has(std::string_view key) const {
    const auto* value = object_.find(key);
    return value != nullptr && !value->is_null();
  }
  void note(std::string_view key) {
    if (bad_.empty()) bad_ = key;
  }
  [[nodiscard]] const std::string& first_bad() const { return bad_; }

 private:
  const json::Value& object_;
  std::string bad_;
};

json::Value limits_to_json(const SessionLimits& limits) {
  return json::Object{{"cpus", limits.cpus},
                      {"memory_bytes", limits.memory_bytes},
                      {"pids", limits.pids},
                      {"disk_bytes", limits.disk_bytes},
                      {"enforced_by", limits.enforced_by}};
}

SessionLimits limits_of(const json::Value& value, Members& outer) {
  Members members(value);
  SessionLimits limits{.cpus = members.at("cpus").as_double().value_or(0),
                       .memory_bytes = members.number("memory_bytes"),
                       .pids = members.number("pids"),
                       .disk_bytes = members.number("disk_bytes"),
                       .enforced_by = members.text("enforced_by")};
  if (!members.first_bad().empty()) outer.note("limits");
  return limits;
}

ProcessIdentity process_of(const json::Value& value, Members& outer) {
  Members members(value);
  const std::uint64_t pid = members.number("pid");
  const ProcessIdentity process{static_cast<pid_t>(pid), members.number("start_ticks")};
  if (!members.first_bad().empty() || pid > INT32_MAX) outer.note("supervisor");
  return process;
}

std::vector<std::string> strings_of(const json::Value& value, Members& outer, std::string_view key) {
  std::vector<std::string> strings;
  const auto* array = value.as_array();
  if (array == nullptr) {
    outer.note(key);
    return strings;
  }
  for (const auto& item : *array) {
    if (item.as_string() == nullptr) outer.note(key);
    else strings.push_back(*item.as_string());
  }
  return strings;
}

}  // namespace

std::string_view to_string(SessionStatus status) { return status_words[static_cast<std::size_t>(status)]; }

std::optional<SessionStatus> session_status_of(std::string_view word) {
  for (std::size_t i = 0; i < std::size(status_words); ++i)
    if (status_words[i] == word) return static_cast<SessionStatus>(i);
  return std::nullopt;
}

Result<ProcessIdentity> identity_of(pid_t pid) {
  const std::string text = TRY(os::read_file("/proc/" + std::to_string(pid) + "/stat", proc_stat_bytes_max));
  // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 2 > text.size()) return fail("read /proc", "it has another form");
  const auto fields = split(std::string_view(text).substr(name_end + 2), ' ');
  ProcessIdentity process{.pid = pid};
  constexpr std::size_t index = start_time_field - 3;
  if (fields.size() <= index ||
      std::from_chars(fields[index].begin(), fields[index].end(), process.start_ticks).ec != std::errc())
    return fail("read /proc", "it has another form");
  return process;
}

bool is_running(const ProcessIdentity& process) {
  const auto now = identity_of(process.pid);
  return process.pid > 0 && now && now->start_ticks == process.start_ticks;
}

json::Value to_json(const SessionRecord& record) {
  json::Array degraded(record.degraded.begin(), record.degraded.end());
  json::Value value = json::Object{
      {"name", record.name},
      {"agent", record.agent},
      {"repository", record.repository},
      {"branch", record.branch},
      {"base_commit", record.base_commit},
      {"network", record.network},
      {"workspace", record.workspace_mode},
      {"status", to_string(record.status)},
      {"exit_status", record.exit_status ? json::Value(*record.exit_status) : json::Value()},
      {"unlanded_work", record.unlanded_work},
      {"last_error", record.last_error},
      {"degraded", std::move(degraded)},
      {"limits", limits_to_json(record.limits)},
      {"supervisor", json::Object{{"pid", record.supervisor.pid}, {"start_ticks", record.supervisor.start_ticks}}},
      {"created", to_rfc3339(record.created)},
      {"ended", record.ended ? json::Value(to_rfc3339(*record.ended)) : json::Value()},
  };
  // A path is bytes, JSON is UTF-8: the exact form goes beside the readable one when they differ.
  if (!is_utf8(record.repository)) value.set("repository_hex", to_hex(record.repository));
  return value;
}

Result<SessionRecord> session_record_of(const json::Value& value) {
  Members members(value);
  SessionRecord record;
  record.name = members.text("name");
  record.agent = members.text("agent");
  record.repository = members.text("repository");
  if (members.has("repository_hex")) record.repository = from_hex(members.text("repository_hex")).value_or("");
  record.branch = members.text("branch");
  record.base_commit = members.text("base_commit");
  record.network = members.text("network");
  record.workspace_mode = members.text("workspace");
  const auto status = session_status_of(members.text("status"));
  if (!status) members.note("status");
  record.status = status.value_or(SessionStatus::failed);
  if (members.has("exit_status")) record.exit_status = static_cast<int>(members.number("exit_status"));
  record.unlanded_work = members.flag("unlanded_work");
  record.last_error = members.text("last_error");
  record.degraded = strings_of(members.at("degraded"), members, "degraded");
  record.limits = limits_of(members.at("limits"), members);
  record.supervisor = process_of(members.at("supervisor"), members);
  record.created = members.time("created");
  if (members.has("ended")) record.ended = members.time("ended");
  if (members.first_bad().empty()) return record;
  return fail("read a session's record", "'" + members.first_bad() + "' is missing or of the wrong kind");
}

}  // namespace bailey::session
